/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel: a monitor's connection to the control socket, and the guest that comes by it.
 *
 * The monitor says which domain it speaks for, then hands over the guest's connections
 * (docs/architecture.md, "The guest's channel").  With the channel all of them end.
 */

#include <glib.h>
#include "policy/guest.h"

#define CHANNEL_STREAMS_MAX 64

typedef struct Channel Channel;

typedef struct {
	/* A connection of the guest has this unique name, or had it. */
	void (*named)(Channel *channel, const char *name, void *data);
	void (*unnamed)(const char *name, void *data);

	/* From the loop: free it. */
	void (*closed)(Channel *channel, void *data);
} ChannelEvents;

/* Takes @fd. */
Channel *channel_new(int fd, Bus *bus, const RuleSet *global, const ChannelEvents *events,
		     void *data);
void channel_free(Channel *channel); /* NULL is fine */

/* The rules of all guests, borrowed, changed. */
void channel_set_global(Channel *channel, const RuleSet *global);

Guest *channel_guest(const Channel *channel); /* NULL: not said yet */

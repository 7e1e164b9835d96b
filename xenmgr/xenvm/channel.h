/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel: the host's end of a guest's way to its bus (docs/architecture.md, "The
 * guest's channel").
 *
 * It accepts the guest's connections and hands each to rpc-proxy, with who the guest is;
 * while there is no proxy that said "ready" for this domain, it closes them.  What comes
 * through a connection it never reads.  channel-unix.c is the one there is.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Channel Channel;

/* Listens at @path.  @control: the proxy's socket. */
Channel *channel_new(const char *path, const char *control, const char *uuid,
		     GError **error);
void channel_free(Channel *channel); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_free)

const char *channel_path(const Channel *channel);

/* Comes once, from the loop: the proxy said ready, or did not within CHANNEL_PATIENCE. */
typedef void (*ChannelOpened)(void *data);
#define CHANNEL_PATIENCE 2000 /* ms */

/* Register domain @domid; a registration before it is forgotten. */
void channel_open(Channel *channel, uint32_t domid, ChannelOpened opened, void *data);

/* The domain is gone: so are its connections. */
void channel_close(Channel *channel);

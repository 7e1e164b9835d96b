/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Stream: one bus connection of a guest, and the connection to the bus that stands for
 * it.
 *
 * Bytes of messages that pass go on as they came.  What waits is bounded each way: while
 * one side does not read, nothing more is read that would go there.  Garbage ends the
 * stream.
 */

#include <glib.h>
#include "policy/filter.h"

#define STREAM_GUEST_MESSAGE_MAX (1024 * 1024)
#define STREAM_BUS_MESSAGE_MAX   (16 * 1024 * 1024)

typedef struct Stream Stream;

typedef struct {
	/* The bus has given it @name; nothing was forwarded under that yet. */
	void (*named)(Stream *stream, const char *name, void *data);

	/* A message was denied, and its sender answered if it waits. */
	void (*denied)(const Ruling *ruling, void *data);

	/* From the loop, at the end of it: free it.  @why is for the log, NULL: nothing
	 * odd. */
	void (*closed)(Stream *stream, const char *why, void *data);
} StreamEvents;

/* Takes @fd.  @policy is of the guest, and may change while the stream is open. */
Stream *stream_new(int fd, const Policy *policy, const StreamEvents *events, void *data);
void stream_free(Stream *stream); /* NULL is fine */

const char *stream_name(const Stream *stream); /* NULL: none yet */

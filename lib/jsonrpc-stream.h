/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JsonrpcStream: one connected socket of lib/jsonrpc.h on the main loop, frames in and
 * bytes out.  Private to lib/jsonrpc-*.c.
 *
 * It may be freed inside its own callbacks.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* What may wait to be sent; a peer that lets more pile up has gone wrong. */
#define JSONRPC_UNSENT_MAX (4 * JSONRPC_FRAME_MAX)

typedef struct JsonrpcStream JsonrpcStream;

typedef struct {
	void (*frame)(const char *text, size_t len, void *data);
	/* The other side sends no more (or sends nonsense): nothing is read from now on.
	 */
	void (*ended)(void *data);
	void (*sent)(void *data); /* all of it; may be NULL */
} JsonrpcStreamEvents;

/* Takes @fd, which must not block.  @events must outlive the stream. */
JsonrpcStream *jsonrpc_stream_new(int fd, const JsonrpcStreamEvents *events, void *data);
void jsonrpc_stream_free(JsonrpcStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonrpcStream, jsonrpc_stream_free)

/* False: more than JSONRPC_UNSENT_MAX waits, or nobody is there. */
bool jsonrpc_stream_send(JsonrpcStream *stream, const json_t *message, bool framed);
bool jsonrpc_stream_idle(const JsonrpcStream *stream); /* nothing waits to be sent */
int jsonrpc_stream_fd(const JsonrpcStream *stream);
/* Try to send what waits, now. */
void jsonrpc_stream_flush(JsonrpcStream *stream);

/* The pieces of a request and of an answer that both ends build: new references. */
GByteArray *jsonrpc_pack(const json_t *message, bool framed);
json_t *jsonrpc_request_new(unsigned int id, const char *method,
			    const char *const *params);
/* NULL result and no error: {"result": null}.  False with @error if it says an error. */
bool jsonrpc_answer_read(const json_t *answer, const char **ret_result, GError **error);

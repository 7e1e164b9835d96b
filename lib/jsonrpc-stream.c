/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/jsonrpc-stream.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/jsonrpc.h"

#define HEADER     4
#define READ_CHUNK 65536

struct JsonrpcStream {
	unsigned int refs; /* the owner's, and one of each callback that runs */
	int fd;
	guint in_source, out_source; /* 0: not wanted */
	GByteArray *in, *out;
	const JsonrpcStreamEvents *events; /* NULL: freed by the owner */
	void *data;
	bool broken; /* nobody reads what we send */
};

static void stream_unref(JsonrpcStream *stream)
{
	if (--stream->refs)
		return;
	close(stream->fd);
	g_byte_array_unref(stream->in);
	g_byte_array_unref(stream->out);
	g_free(stream);
}

/* ---- in ---- */

static size_t frame_length(const GByteArray *in)
{
	const guint8 *p = in->data;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* False: nonsense. */
static bool take_frames(JsonrpcStream *stream)
{
	while (stream->events && stream->in->len >= HEADER) {
		size_t len = frame_length(stream->in);
		g_autofree char *text = NULL;

		if (len > JSONRPC_FRAME_MAX)
			return false;
		if (stream->in->len < HEADER + len)
			break;
		text = g_strndup((const char *)stream->in->data + HEADER, len);
		g_byte_array_remove_range(stream->in, 0, HEADER + len);
		stream->events->frame(text, len, stream->data);
	}
	return true;
}

/* False: the other side sends no more. */
static bool read_some(JsonrpcStream *stream)
{
	guint had = stream->in->len;
	ssize_t n;

	g_byte_array_set_size(stream->in, had + READ_CHUNK);
	n = recv(stream->fd, stream->in->data + had, READ_CHUNK, 0);
	g_byte_array_set_size(stream->in, had + MAX(n, 0));
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean stream_readable(int fd, GIOCondition revents, gpointer data)
{
	JsonrpcStream *stream = data;
	bool more;

	stream->refs++;
	more = read_some(stream) && take_frames(stream);
	if (stream->events && !more) {
		stream->in_source = 0;
		stream->events->ended(stream->data);
	}
	stream_unref(stream);
	return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* ---- out ---- */

void jsonrpc_stream_flush(JsonrpcStream *stream)
{
	while (stream->out->len && !stream->broken) {
		ssize_t n = send(stream->fd, stream->out->data, stream->out->len,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			stream->broken = true;
		else
			g_byte_array_remove_range(stream->out, 0, n);
	}
	if (stream->broken)
		g_byte_array_set_size(stream->out, 0);
}

static gboolean stream_writable(int fd, GIOCondition revents, gpointer data)
{
	JsonrpcStream *stream = data;

	jsonrpc_stream_flush(stream);
	if (stream->out->len)
		return G_SOURCE_CONTINUE;

	stream->out_source = 0;
	if (stream->events->sent)
		stream->events->sent(stream->data); /* may free it */
	return G_SOURCE_REMOVE;
}

GByteArray *jsonrpc_pack(const json_t *message, bool framed)
{
	char *text = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = text ? strlen(text) : 0;
	guint8 header[HEADER] = { len >> 24, len >> 16, len >> 8, len };
	GByteArray *bytes = g_byte_array_new();

	if (framed)
		g_byte_array_append(bytes, header, sizeof(header));
	g_byte_array_append(bytes, (const guint8 *)text, len);
	free(text);
	return bytes;
}

bool jsonrpc_stream_send(JsonrpcStream *stream, const json_t *message, bool framed)
{
	g_autoptr(GByteArray) bytes = jsonrpc_pack(message, framed);

	if (stream->broken || stream->out->len + bytes->len > JSONRPC_UNSENT_MAX)
		return false;
	g_byte_array_append(stream->out, bytes->data, bytes->len);
	if (!stream->out_source)
		stream->out_source = g_unix_fd_add(stream->fd, G_IO_OUT, stream_writable,
						   stream);
	return true;
}

bool jsonrpc_stream_idle(const JsonrpcStream *stream)
{
	return stream->out->len == 0;
}

int jsonrpc_stream_fd(const JsonrpcStream *stream)
{
	return stream->fd;
}

/* ---- life ---- */

JsonrpcStream *jsonrpc_stream_new(int fd, const JsonrpcStreamEvents *events, void *data)
{
	JsonrpcStream *stream = g_new0(JsonrpcStream, 1);

	stream->refs = 1;
	stream->fd = fd;
	stream->in = g_byte_array_new();
	stream->out = g_byte_array_new();
	stream->events = events;
	stream->data = data;
	stream->in_source = g_unix_fd_add(fd, G_IO_IN, stream_readable, stream);
	return stream;
}

void jsonrpc_stream_free(JsonrpcStream *stream)
{
	if (!stream)
		return;
	if (stream->in_source)
		g_source_remove(stream->in_source);
	if (stream->out_source)
		g_source_remove(stream->out_source);
	stream->events = NULL;
	stream_unref(stream);
}

/* ---- messages ---- */

json_t *jsonrpc_request_new(unsigned int id, const char *method,
			    const char *const *params)
{
	json_t *object = json_object();

	for (size_t i = 0; params && params[i]; i += 2)
		json_object_set_new(object, params[i], json_string(params[i + 1]));
	return json_pack("{s:s, s:i, s:s, s:o}", "jsonrpc", "2.0", "id", (int)id,
			 "method", method, "params", object);
}

bool jsonrpc_answer_read(const json_t *answer, const char **ret_result, GError **error)
{
	const json_t *wrong = json_object_get(answer, "error");
	const json_t *result = json_object_get(answer, "result");
	const char *message = json_string_value(json_object_get(wrong, "message"));
	const char *name = json_string_value(json_object_get(wrong, "data"));
	g_autoptr(GError) theirs = NULL;

	if (message) {
		theirs = xt_error_from_bus(name ? name : "", message);
		return xt_fail(error, theirs->code, "%s", message);
	}
	if (wrong || !result || !(json_is_null(result) || json_is_string(result)))
		return xt_fail(error, XT_ERROR_FAILED,
			       "the answer is not one of JSON-RPC");
	*ret_result = json_string_value(result);
	return true;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/jsonrpc.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"
#include "lib/jsonrpc-stream.h"

struct JsonrpcServer {
	int fd;
	guint source;
	GPtrArray *conns; /* of Conn, each with one reference */
	JsonrpcHandler handler;
	void *data;
};

/* A connection: the server has a reference, and so has each request not yet answered. */
typedef struct {
	unsigned int refs;
	JsonrpcServer *server; /* NULL: dropped, answers go nowhere */
	JsonrpcStream *stream; /* NULL likewise */
	bool stays;
	bool asked; /* a plain one has its one request */
	unsigned int unanswered;
} Conn;

struct JsonrpcRequest {
	Conn *conn;
	json_t *id;
	bool framed;
};

static void conn_unref(Conn *conn)
{
	if (--conn->refs == 0)
		g_free(conn);
}

static void conn_drop(Conn *conn)
{
	JsonrpcServer *server = conn->server;

	if (!server)
		return;
	g_clear_pointer(&conn->stream, jsonrpc_stream_free);
	conn->server = NULL;
	g_ptr_array_remove_fast(server->conns, conn);
}

/* ---- answers ---- */

static void answer(JsonrpcRequest *request, const char *member, json_t *value)
{
	Conn *conn = request->conn;
	json_t *message = json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id",
				    request->id, member, value);

	conn->unanswered--;
	if (conn->stream && !jsonrpc_stream_send(conn->stream, message, conn->stays))
		conn_drop(conn);
	json_decref(message);
	conn_unref(conn);
	g_free(request);
}

void jsonrpc_return(JsonrpcRequest *request, const char *result)
{
	answer(request, "result", result ? json_string(result) : json_null());
}

void jsonrpc_fail(JsonrpcRequest *request, const GError *error)
{
	g_autofree char *message = g_utf8_make_valid(error->message, -1);

	answer(request, "error",
	       json_pack("{s:i, s:s, s:s}", "code", -32000, "message", message, "data",
			 xt_error_bus_name(error)));
}

void jsonrpc_subscribe(JsonrpcRequest *request)
{
	request->conn->stays = true;
}

/* ---- requests ---- */

static bool params_are_strings(const json_t *params, GError **error)
{
	const char *key;
	json_t *value;

	if (!json_is_object(params))
		return xt_fail(error, XT_ERROR_INVALID, "params: not an object");
	json_object_foreach((json_t *)params, key, value) if (
		!json_is_string(value)) return xt_fail(error, XT_ERROR_INVALID,
						       "params: %s: not a string", key);
	return true;
}

static JsonrpcRequest *request_new(Conn *conn, const json_t *id)
{
	JsonrpcRequest *request = g_new0(JsonrpcRequest, 1);

	conn->refs++;
	conn->unanswered++;
	conn->asked = true;
	request->conn = conn;
	request->id = id ? json_deep_copy(id) : json_null();
	return request;
}

static void conn_frame(const char *text, size_t len, void *data)
{
	Conn *conn = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) message = NULL;
	g_autoptr(json_t) none = json_object();
	JsonrpcRequest *request;
	const json_t *params;
	const char *method;

	if (conn->asked && !conn->stays)
		return conn_drop(conn);

	message = json_parse(text, len, JSONRPC_FRAME_MAX, "request", &error);
	request = request_new(conn, json_object_get(message, "id"));
	if (!message)
		return jsonrpc_fail(request, error);

	method = json_string_value(json_object_get(message, "method"));
	params = json_object_get(message, "params");
	if (!params)
		params = none;
	if (!method)
		xt_fail(&error, XT_ERROR_INVALID, "request: no method");
	else if (conn->unanswered > JSONRPC_REQUESTS_MAX)
		xt_fail(&error, XT_ERROR_LIMIT, "more than %d requests are unanswered",
			JSONRPC_REQUESTS_MAX);
	else
		params_are_strings(params, &error);

	if (error)
		jsonrpc_fail(request, error);
	else
		conn->server->handler(request, method, params, conn->server->data);
}

/* A plain client may close its sending side and still waits for the answer. */
static void conn_ended(void *data)
{
	Conn *conn = data;

	if (conn->stays || !conn->asked)
		conn_drop(conn);
}

static void conn_sent(void *data)
{
	Conn *conn = data;

	if (!conn->stays && !conn->unanswered)
		conn_drop(conn);
}

static const JsonrpcStreamEvents conn_events = {
	.frame = conn_frame,
	.ended = conn_ended,
	.sent = conn_sent,
};

/* ---- connections ---- */

static bool peer_is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

static gboolean server_accept(int listen_fd, GIOCondition revents, gpointer data)
{
	JsonrpcServer *server = data;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	Conn *conn;

	if (fd < 0)
		return G_SOURCE_CONTINUE;
	if (!peer_is_ours(fd) || server->conns->len >= JSONRPC_CONNECTIONS_MAX) {
		close(fd);
		return G_SOURCE_CONTINUE;
	}

	conn = g_new0(Conn, 1);
	conn->refs = 1;
	conn->server = server;
	conn->stream = jsonrpc_stream_new(fd, &conn_events, conn);
	g_ptr_array_add(server->conns, conn);
	return G_SOURCE_CONTINUE;
}

JsonrpcServer *jsonrpc_server_new(int listen_fd, JsonrpcHandler handler, void *data)
{
	JsonrpcServer *server = g_new0(JsonrpcServer, 1);

	g_unix_set_fd_nonblocking(listen_fd, TRUE, NULL);
	server->fd = listen_fd;
	server->source = g_unix_fd_add(listen_fd, G_IO_IN, server_accept, server);
	server->conns = g_ptr_array_new_with_free_func((GDestroyNotify)conn_unref);
	server->handler = handler;
	server->data = data;
	return server;
}

void jsonrpc_server_free(JsonrpcServer *server)
{
	if (!server)
		return;
	while (server->conns->len)
		conn_drop(server->conns->pdata[0]);
	g_ptr_array_unref(server->conns);
	g_source_remove(server->source);
	close(server->fd);
	g_free(server);
}

/* ---- notifications ---- */

void jsonrpc_notify(JsonrpcServer *server, const char *method, const json_t *params)
{
	json_t *message = json_pack("{s:s, s:s, s:O}", "jsonrpc", "2.0", "method", method,
				    "params", (json_t *)params);

	/* From the end: dropping one moves the last into its place. */
	for (guint i = server->conns->len; i > 0; i--) {
		Conn *conn = server->conns->pdata[i - 1];

		if (conn->stays && !jsonrpc_stream_send(conn->stream, message, true))
			conn_drop(conn);
	}
	json_decref(message);
}

unsigned int jsonrpc_subscribers(const JsonrpcServer *server)
{
	unsigned int n = 0;

	for (guint i = 0; i < server->conns->len; i++)
		n += ((const Conn *)server->conns->pdata[i])->stays;
	return n;
}

void jsonrpc_server_flush(JsonrpcServer *server, unsigned int timeout_ms)
{
	gint64 until = g_get_monotonic_time() + timeout_ms * G_GINT64_CONSTANT(1000);

	for (guint i = 0; i < server->conns->len; i++) {
		JsonrpcStream *stream = ((const Conn *)server->conns->pdata[i])->stream;
		struct pollfd pfd = { .fd = jsonrpc_stream_fd(stream),
				      .events = POLLOUT };

		for (;;) {
			gint64 left = until - g_get_monotonic_time();

			jsonrpc_stream_flush(stream);
			if (jsonrpc_stream_idle(stream) || left <= 0 ||
			    (poll(&pfd, 1, left / 1000 + 1) < 0 && errno != EINTR))
				break;
		}
	}
}

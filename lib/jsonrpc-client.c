/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/jsonrpc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"
#include "lib/jsonrpc-stream.h"

struct JsonrpcClient {
	JsonrpcStream *stream; /* NULL: closed by the other side */
	GHashTable *calls;     /* id -> Call */
	unsigned int last_id;
	guint gone_source; /* tells of calls made too late, and of the end */
	bool ended, told;
	const JsonrpcEvents *events;
	void *data;
};

typedef struct {
	JsonrpcClient *client;
	unsigned int id;
	char *method;
	guint timer;
	unsigned int timeout_ms;
	JsonrpcDone done;
	void *data;
} Call;

static int connect_to(const char *path, GError **error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path)) >=
	    sizeof(addr.sun_path)) {
		xt_fail(error, XT_ERROR_INVALID, "%s: too long for a socket's path",
			path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		bool nobody = errno == ENOENT || errno == ECONNREFUSED;

		xt_fail(error, nobody ? XT_ERROR_NOT_FOUND : XT_ERROR_FAILED, "%s: %s",
			path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* ---- calls ---- */

static void call_finish(Call *call, const char *result, const GError *error)
{
	g_hash_table_steal(call->client->calls, GUINT_TO_POINTER(call->id));
	if (call->timer)
		g_source_remove(call->timer);
	if (call->done)
		call->done(result, error, call->data);
	g_free(call->method);
	g_free(call);
}

static gboolean call_late(gpointer data)
{
	Call *call = data;
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_TIMEOUT,
					      "%s: no answer after %u ms", call->method,
					      call->timeout_ms);

	call->timer = 0;
	call_finish(call, NULL, error);
	return G_SOURCE_REMOVE;
}

static void calls_gone(JsonrpcClient *client)
{
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_GONE,
					      "the monitor ended before it answered");
	GHashTableIter iter;
	gpointer call;

	/* A callback may make further calls: each round starts anew. */
	for (;;) {
		g_hash_table_iter_init(&iter, client->calls);
		if (!g_hash_table_iter_next(&iter, NULL, &call))
			return;
		call_finish(call, NULL, error);
	}
}

static gboolean client_gone(gpointer data)
{
	JsonrpcClient *client = data;
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_GONE,
					      "the monitor ended before it answered");
	GHashTableIter iter;
	gpointer call;

	/* One a turn: the callback may free the client. */
	g_hash_table_iter_init(&iter, client->calls);
	if (g_hash_table_iter_next(&iter, NULL, &call)) {
		call_finish(call, NULL, error);
		return G_SOURCE_CONTINUE;
	}
	client->gone_source = 0;
	if (!client->told) {
		client->told = true;
		if (client->events->closed)
			client->events->closed(client->data);
	}
	return G_SOURCE_REMOVE;
}

void jsonrpc_call(JsonrpcClient *client, const char *method, const char *const *params,
		  unsigned int timeout_ms, JsonrpcDone done, void *data)
{
	g_autoptr(json_t) message = NULL;
	Call *call = g_new0(Call, 1);

	client->last_id = client->last_id % G_MAXINT + 1;
	call->client = client;
	call->id = client->last_id;
	call->method = g_strdup(method);
	call->timeout_ms = timeout_ms;
	call->done = done;
	call->data = data;
	g_hash_table_insert(client->calls, GUINT_TO_POINTER(call->id), call);
	if (timeout_ms)
		call->timer = g_timeout_add(timeout_ms, call_late, call);

	message = jsonrpc_request_new(call->id, method, params);
	if ((client->ended || !jsonrpc_stream_send(client->stream, message, true)) &&
	    !client->gone_source)
		client->gone_source = g_idle_add(client_gone, client);
}

/* ---- what comes ---- */

static void client_answer(JsonrpcClient *client, const json_t *message)
{
	json_int_t id = json_integer_value(json_object_get(message, "id"));
	Call *call = g_hash_table_lookup(client->calls,
					 GUINT_TO_POINTER((unsigned int)id));
	g_autoptr(GError) error = NULL;
	const char *result = NULL;

	if (!call)
		return; /* it was too late */
	jsonrpc_answer_read(message, &result, &error);
	call_finish(call, result, error);
}

static void client_frame(const char *text, size_t len, void *data)
{
	JsonrpcClient *client = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t)
		message = json_parse(text, len, JSONRPC_FRAME_MAX, "monitor", &error);
	const char *method = json_string_value(json_object_get(message, "method"));

	if (!message)
		g_warning("ignoring what a monitor sent: %s", error->message);
	else if (method)
		client->events->notify(method, json_object_get(message, "params"),
				       client->data);
	else
		client_answer(client, message);
}

static void client_ended(void *data)
{
	JsonrpcClient *client = data;

	client->ended = true;
	if (!client->gone_source)
		client->gone_source = g_idle_add(client_gone, client);
}

static const JsonrpcStreamEvents stream_events = {
	.frame = client_frame,
	.ended = client_ended,
};

static void client_subscribed(const char *result, const GError *error, void *data)
{
	JsonrpcClient *client = data;
	g_autoptr(json_t) params = NULL;

	if (error)
		return; /* the end of the connection is told by itself */
	params = json_pack("{s:s}", "status", result ? result : "");
	client->events->notify("subscribed", params, client->data);
}

JsonrpcClient *jsonrpc_client_new(const char *socket_path, const JsonrpcEvents *events,
				  void *data, GError **error)
{
	int fd = connect_to(socket_path, error);
	JsonrpcClient *client;

	if (fd < 0)
		return NULL;
	client = g_new0(JsonrpcClient, 1);
	client->stream = jsonrpc_stream_new(fd, &stream_events, client);
	client->calls = g_hash_table_new(NULL, NULL);
	client->events = events;
	client->data = data;
	jsonrpc_call(client, "subscribe", NULL, 0, client_subscribed, client);
	return client;
}

void jsonrpc_client_free(JsonrpcClient *client)
{
	if (!client)
		return;
	if (client->gone_source)
		g_source_remove(client->gone_source);
	client->ended = client->told = true;
	client->gone_source = 0;
	calls_gone(client);
	if (client->gone_source) /* a callback made a call: answered, too */
		g_source_remove(client->gone_source);
	g_hash_table_unref(client->calls);
	jsonrpc_stream_free(client->stream);
	g_free(client);
}

/* ---- one request, blocking ---- */

static bool wait_for(int fd, short events, gint64 until, GError **error)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = events };
		gint64 left = until - g_get_monotonic_time();
		int r = left <= 0 ? 0 : poll(&pfd, 1, MIN(left / 1000 + 1, G_MAXINT));

		if (r > 0)
			return true;
		if (r == 0)
			return xt_fail(error, XT_ERROR_TIMEOUT, "timeout");
		if (errno != EINTR)
			return xt_fail(error, XT_ERROR_FAILED, "%s", g_strerror(errno));
	}
}

static bool send_all(int fd, const GByteArray *bytes, gint64 until, GError **error)
{
	for (guint sent = 0; sent < bytes->len;) {
		ssize_t n;

		if (!wait_for(fd, POLLOUT, until, error))
			return false;
		n = send(fd, bytes->data + sent, bytes->len - sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return xt_fail(error, XT_ERROR_GONE, "%s", g_strerror(errno));
		sent += MAX(n, 0);
	}
	return true;
}

static bool receive_all(int fd, GByteArray *bytes, gint64 until, GError **error)
{
	guint8 buf[4096];
	ssize_t n;

	do {
		if (!wait_for(fd, POLLIN, until, error))
			return false;
		n = recv(fd, buf, sizeof(buf), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return xt_fail(error, XT_ERROR_GONE, "%s", g_strerror(errno));
		g_byte_array_append(bytes, buf, MAX(n, 0));
		if (bytes->len > JSONRPC_FRAME_MAX)
			return xt_fail(error, XT_ERROR_FAILED, "the answer is too long");
	} while (n != 0);
	return true;
}

bool jsonrpc_call_once(const char *socket_path, const char *method,
		       const char *const *params, unsigned int timeout_ms,
		       char **ret_result, GError **error)
{
	gint64 until = g_get_monotonic_time() + timeout_ms * G_GINT64_CONSTANT(1000);
	g_autoptr(json_t) request = jsonrpc_request_new(1, method, params);
	g_autoptr(GByteArray) out = jsonrpc_pack(request, true);
	g_autoptr(GByteArray) in = g_byte_array_new();
	g_autoptr(json_t) answer = NULL;
	const char *result = NULL;
	int fd = connect_to(socket_path, error);
	bool ok;

	if (fd < 0)
		return false;
	if (timeout_ms == 0)
		until = G_MAXINT64;
	ok = send_all(fd, out, until, error) && receive_all(fd, in, until, error);
	close(fd);
	if (!ok)
		return false;
	if (in->len == 0)
		return xt_fail(error, XT_ERROR_GONE, "%s: closed without an answer",
			       socket_path);

	answer = json_parse((const char *)in->data, in->len, JSONRPC_FRAME_MAX,
			    socket_path, error);
	if (!answer || !jsonrpc_answer_read(answer, &result, error))
		return false;
	*ret_result = g_strdup(result);
	return true;
}

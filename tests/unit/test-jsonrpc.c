/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/jsonrpc.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"

typedef struct {
	char *dir, *path;
	JsonrpcServer *server;
	JsonrpcRequest *held; /* of the method "hold" */
	GString *log;         /* what the client saw, in order */
} Fixture;

static void handler(JsonrpcRequest *request, const char *method, const json_t *params,
		    void *data)
{
	Fixture *f = data;
	g_autoptr(GError) error = NULL;

	if (g_str_equal(method, "subscribe")) {
		jsonrpc_subscribe(request);
		jsonrpc_return(request, "running");
	} else if (g_str_equal(method, "echo")) {
		jsonrpc_return(request,
			       json_string_value(json_object_get(params, "text")));
	} else if (g_str_equal(method, "hold")) {
		f->held = request;
	} else {
		xt_fail(&error, XT_ERROR_BAD_STATE, "no %s now", method);
		jsonrpc_fail(request, error);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
	g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(fd, 16), ==, 0);
	return fd;
}

static void setup(Fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("jsonrpc-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "socket", NULL);
	f->server = jsonrpc_server_new(listen_at(f->path), handler, f);
	f->log = g_string_new(NULL);
}

static void teardown(Fixture *f, gconstpointer data)
{
	jsonrpc_server_free(f->server);
	g_unlink(f->path);
	g_rmdir(f->dir);
	g_free(f->path);
	g_free(f->dir);
	g_string_free(f->log, TRUE);
}

static void wait_for_log(Fixture *f, const char *text)
{
	while (!strstr(f->log->str, text))
		g_main_context_iteration(NULL, TRUE);
}

static void settle(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

/* ---- the client that stays ---- */

static void on_notify(const char *method, const json_t *params, void *data)
{
	Fixture *f = data;
	g_autofree char *text = json_dumps(params, JSON_COMPACT);

	g_string_append_printf(f->log, "%s %s\n", method, text);
}

static void on_closed(void *data)
{
	Fixture *f = data;

	g_string_append(f->log, "closed\n");
}

static const JsonrpcEvents events = { .notify = on_notify, .closed = on_closed };

static void on_done(const char *result, const GError *error, void *data)
{
	Fixture *f = data;

	if (error)
		g_string_append_printf(f->log, "error %d %s\n", error->code,
				       error->message);
	else
		g_string_append_printf(f->log, "result %s\n", result ? result : "null");
}

static JsonrpcClient *client_of(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	JsonrpcClient *client = jsonrpc_client_new(f->path, &events, f, &error);

	g_assert_no_error(error);
	return client;
}

static void test_calls(Fixture *f, gconstpointer data)
{
	g_autoptr(JsonrpcClient) client = client_of(f);
	const char *params[] = { "text", "a \"b\"", NULL };
	g_autoptr(json_t) note = json_pack("{s:s}", "code", "vmstate");

	jsonrpc_call(client, "echo", params, 1000, on_done, f);
	jsonrpc_call(client, "echo", NULL, 0, on_done, f);
	jsonrpc_call(client, "fly", NULL, 0, on_done, f);
	g_assert_cmpstr(f->log->str, ==, "");
	wait_for_log(f, "fly");
	g_assert_cmpuint(jsonrpc_subscribers(f->server), ==, 1);
	jsonrpc_notify(f->server, "notify", note);
	wait_for_log(f, "notify");
	g_assert_cmpstr(f->log->str, ==,
			"subscribed {\"status\":\"running\"}\n"
			"result a \"b\"\n"
			"result null\n"
			"error 2 no fly now\n"
			"notify {\"code\":\"vmstate\"}\n");
}

static void test_server_ends(Fixture *f, gconstpointer data)
{
	JsonrpcClient *client = client_of(f);

	jsonrpc_call(client, "hold", NULL, 0, on_done, f);
	wait_for_log(f, "subscribed");
	while (!f->held)
		g_main_context_iteration(NULL, TRUE);
	g_clear_pointer(&f->server, jsonrpc_server_free);
	wait_for_log(f, "closed");
	jsonrpc_return(f->held, "late");
	jsonrpc_call(client, "echo", NULL, 0, on_done, f);
	wait_for_log(f, "closed\nerror");
	settle();
	g_assert_cmpstr(f->log->str, ==,
			"subscribed {\"status\":\"running\"}\n"
			"error 4 the monitor ended before it answered\n"
			"closed\n"
			"error 4 the monitor ended before it answered\n");
	jsonrpc_client_free(client);
}

static void test_client_freed(Fixture *f, gconstpointer data)
{
	JsonrpcClient *client = client_of(f);

	jsonrpc_call(client, "hold", NULL, 0, on_done, f);
	while (!f->held)
		g_main_context_iteration(NULL, TRUE);
	jsonrpc_client_free(client);
	g_assert_true(g_str_has_suffix(f->log->str,
				       "error 4 the monitor ended before it answered\n"));
	while (jsonrpc_subscribers(f->server))
		g_main_context_iteration(NULL, TRUE);
	jsonrpc_return(f->held, NULL);
	settle();
}

static void test_timeout(Fixture *f, gconstpointer data)
{
	g_autoptr(JsonrpcClient) client = client_of(f);

	jsonrpc_call(client, "hold", NULL, 20, on_done, f);
	wait_for_log(f, "error");
	jsonrpc_return(f->held, "late");
	jsonrpc_call(client, "echo", NULL, 0, on_done, f);
	wait_for_log(f, "result");
	g_assert_cmpstr(f->log->str, ==,
			"subscribed {\"status\":\"running\"}\n"
			"error 5 hold: no answer after 20 ms\n"
			"result null\n");
}

static void test_slow_reader(Fixture *f, gconstpointer data)
{
	g_autofree char *text = g_strnfill(256 * 1024, 'x');
	g_autoptr(json_t) note = json_pack("{s:s}", "text", text);
	g_autoptr(JsonrpcClient) client = client_of(f);

	g_assert_nonnull(client);
	wait_for_log(f, "subscribed");
	/* The loop does not turn: the client reads nothing. */
	for (unsigned int i = 0; jsonrpc_subscribers(f->server); i++) {
		g_assert_cmpuint(i, <, 100);
		jsonrpc_notify(f->server, "notify", note);
	}
	wait_for_log(f, "closed");
}

/* ---- plain clients ---- */

/* What the server says to @bytes, as text. */
static char *exchange(Fixture *f, const char *bytes, size_t len)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	GString *said = g_string_new(NULL);
	char buf[4096];
	ssize_t n;

	g_strlcpy(addr.sun_path, f->path, sizeof(addr.sun_path));
	g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(send(fd, bytes, len, 0), ==, len);
	shutdown(fd, SHUT_WR);
	while ((n = recv(fd, buf, sizeof(buf), 0)) != 0) {
		if (n > 0)
			g_string_append_len(said, buf, n);
		g_main_context_iteration(NULL, FALSE);
	}
	close(fd);
	return g_string_free(said, FALSE);
}

static void test_plain(Fixture *f, gconstpointer data)
{
#define WRONG(id, message, name)                                                         \
	"{\"jsonrpc\":\"2.0\",\"id\":" id                                                \
	",\"error\":{\"code\":-32000,\"message\":\"" message "\",\"data\":\"" name       \
	"\"}}"
#define INVALID "org.freedesktop.DBus.Error.InvalidArgs"
	/* clang-format off */
	static const struct { const char *request, *answer; } rows[] = {
		{ "{\"id\":7,\"method\":\"echo\",\"params\":{\"text\":\"hi\"}}",
		  "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"hi\"}" },
		{ "{\"id\":\"x\",\"method\":\"fly\"}",
		  WRONG("\"x\"", "no fly now", "com.citrix.xenclient.Error.BadState") },
		{ "{\"id\":7,\"method\":\"echo\",\"params\":{\"text\":5}}",
		  WRONG("7", "params: text: not a string", INVALID) },
		{ "{\"id\":7,\"method\":\"echo\",\"params\":[]}",
		  WRONG("7", "params: not an object", INVALID) },
		{ "[1]", WRONG("null", "request: no method", INVALID) },
		{ "{", WRONG("null", "request:1:1: not JSON: string or '}' expected near end of file", INVALID) },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		size_t len = strlen(rows[i].request);
		g_autofree char *frame = g_strdup_printf("1234%s", rows[i].request);
		g_autofree char *said = NULL;

		memcpy(frame, (char[]){ 0, 0, len >> 8, len }, 4);
		said = exchange(f, frame, len + 4);
		g_assert_cmpstr(said, ==, rows[i].answer);
	}
}

static void test_garbage(Fixture *f, gconstpointer data)
{
	/* clang-format off */
	static const struct { const char *bytes; size_t len; } rows[] = {
		{ "\xff\xff\xff\xff{}", 6 },
		{ "\0\0\0\x10{}", 6 },
		{ "\0\0", 2 },
		{ "", 0 },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *said = exchange(f, rows[i].bytes, rows[i].len);

		g_assert_cmpstr(said, ==, "");
	}
}

/* ---- jsonrpc_call_once(): it blocks, so the server has its own thread ---- */

static gpointer once(gpointer data)
{
	Fixture *f = data;
	g_autofree char *missing = g_strconcat(f->path, "x", NULL);
	const char *params[] = { "text", "hi", NULL };
	g_autoptr(GError) error = NULL;
	char *result = NULL;

	g_assert_true(jsonrpc_call_once(f->path, "echo", params, 5000, &result, &error));
	g_assert_cmpstr(result, ==, "hi");
	g_free(result);

	g_assert_false(jsonrpc_call_once(f->path, "fly", NULL, 5000, &result, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_BAD_STATE);
	g_clear_error(&error);

	g_assert_false(jsonrpc_call_once(f->path, "hold", NULL, 50, &result, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_TIMEOUT);
	g_clear_error(&error);

	g_assert_false(jsonrpc_call_once(missing, "echo", NULL, 50, &result, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_NOT_FOUND);

	g_main_context_wakeup(NULL);
	return f;
}

static void test_once(Fixture *f, gconstpointer data)
{
	GThread *thread = g_thread_new("once", once, f);

	while (!f->held)
		g_main_context_iteration(NULL, TRUE);
	g_thread_join(thread);
	jsonrpc_return(f->held, NULL);
	settle();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                                  \
	g_test_add("/lib/jsonrpc/" name, Fixture, NULL, setup, func, teardown)
	ADD("calls-and-notifications-in-order", test_calls);
	ADD("server-end-answers-all", test_server_ends);
	ADD("client-free-answers-all", test_client_freed);
	ADD("late-answer-is-dropped", test_timeout);
	ADD("who-does-not-read-is-dropped", test_slow_reader);
	ADD("plain-requests", test_plain);
	ADD("garbage-is-closed", test_garbage);
	ADD("call-once", test_once);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample_client.h"
#include "lib/error.h"
#include "tests/bus/fixture.h"
#include "tests/bus/sample.h"

#include <dbus/dbus.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The caller's side: errors, services that vanish, cancelling, signals, names. */

typedef struct {
	Fixture *f;
	GString *seen;
	RpcTarget to;
} Client;

static void set_up(Client *c, gconstpointer data)
{
	c->f = fixture_new(NULL);
	c->seen = g_string_new(NULL);
	c->to = (RpcTarget){ fixture_bus(c->f), SAMPLE_NAME, "/a", 0 };
}

static void tear_down(Client *c, gconstpointer data)
{
	fixture_free(c->f);
	g_string_free(c->seen, TRUE);
}

static void added(const SampleRpcAddOut *out, const GError *error, void *data)
{
	if (error)
		g_string_append_printf(data, "%d %s;", error->code, error->message);
	else
		g_string_append_printf(data, "%d;", out->sum);
}

static void held(const SampleRpcHoldOut *out, const GError *error, void *data)
{
	g_assert_null(out);
	g_string_append_printf(data, "%d;", error->code);
}

static bool has_text(void *data)
{
	return ((GString *)data)->len;
}

/* ---- errors ---- */

static void test_nobody(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int32_t sum = 77;

	g_assert_false(sample_rpc_add(&c->to, 1, 2, &sum, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_assert_cmpstr(xt_error_bus_name(error), ==,
			"org.freedesktop.DBus.Error.ServiceUnknown");
	g_assert_cmpint(sum, ==, 77);
}

static void test_bad_target(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int32_t sum;

	c->to.service = "not a name";
	g_assert_false(sample_rpc_add(&c->to, 1, 2, &sum, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);

	/* asynchronously the same, but from the loop */
	sample_rpc_add_async(&c->to, 1, 2, added, c->seen);
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "6 \"not a name\" is not a bus name;");
}

static void test_bad_argument(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *text;

	g_assert_false(sample_rpc_hold(&c->to, "\xff", &text, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
	g_assert_cmpstr(error->message, ==,
			"hold: argument \"text\": a string is not valid UTF-8");
}

static void test_timeout(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *text;

	fixture_serve(c->f, sample_serve, NULL, SAMPLE_NAME);
	c->to.timeout_ms = 50;
	g_assert_false(sample_rpc_hold(&c->to, "x", &text, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_TIMEOUT);

	sample_rpc_hold_async(&c->to, "x", held, c->seen);
	fixture_until(has_text, c->seen);
	g_assert_cmpint(atoi(c->seen->str), ==, XT_ERROR_TIMEOUT);
}

/* Another service's answer of another type does not reach the caller. */
static bool other_lookup(void *data, const char *path, RpcObject *ret_object)
{
	return false;
}

static DBusHandlerResult answer_text(DBusConnection *conn, DBusMessage *msg, void *data)
{
	const char *text = "3";
	DBusMessage *reply;

	if (!dbus_message_has_member(msg, "add"))
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	reply = dbus_message_new_method_return(msg);
	dbus_message_append_args(reply, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	dbus_connection_send(conn, reply, NULL);
	dbus_message_unref(reply);
	return DBUS_HANDLER_RESULT_HANDLED;
}

static void serve_texts(Bus *bus, void *data)
{
	static const RpcServerFuncs funcs = { .lookup = other_lookup };

	dbus_connection_add_filter(bus_connection(bus), answer_text, NULL, NULL);
	rpc_server_new(bus, &funcs, NULL);
}

static void test_wrong_reply(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	int32_t sum;

	fixture_serve(c->f, serve_texts, NULL, SAMPLE_NAME);
	g_assert_false(sample_rpc_add(&c->to, 1, 2, &sum, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_assert_cmpstr(error->message, ==, "add answers (s), not (i)");
}

/* ---- who goes away ---- */

static void test_vanishing_async(Client *c, gconstpointer data)
{
	FixtureDaemon *daemon = fixture_serve(c->f, sample_serve, NULL, SAMPLE_NAME);

	sample_rpc_hold_async(&c->to, "x", held, c->seen);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_kill(daemon);
	fixture_until(has_text, c->seen);
	g_assert_cmpint(atoi(c->seen->str), ==, XT_ERROR_GONE);
}

static gboolean kill_it(gpointer data)
{
	kill(GPOINTER_TO_INT(data), SIGKILL);
	return G_SOURCE_REMOVE;
}

static void serve_and_die(Bus *bus, void *data)
{
	sample_new(bus);
	g_timeout_add(100, kill_it, GINT_TO_POINTER(getpid()));
}

static void test_vanishing_blocking(Client *c, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	char *text;

	fixture_serve(c->f, serve_and_die, NULL, SAMPLE_NAME);
	g_assert_false(sample_rpc_hold(&c->to, "x", &text, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_GONE);
}

static void closed(void *data)
{
	g_string_append(data, "closed;");
}

static void test_bus_gone(Client *c, gconstpointer data)
{
	Bus *bus = bus_open(NULL);
	RpcTarget to = { bus, SAMPLE_NAME, "/a", 0 };
	g_autoptr(GError) error = NULL;
	int32_t sum;

	fixture_serve(c->f, sample_serve, NULL, SAMPLE_NAME);
	bus_on_closed(bus, closed, c->seen);
	bus_attach(bus);
	sample_rpc_hold_async(&to, "x", held, c->seen);
	dbus_connection_close(bus_connection(bus));
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "4;closed;");

	g_assert_false(sample_rpc_add(&to, 1, 2, &sum, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_GONE);
	g_string_truncate(c->seen, 0);
	sample_rpc_add_async(&to, 1, 2, added, c->seen);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "4 the bus is gone;");
	bus_free(bus);
}

/* Who waits on a connection that we free is told, from the loop. */
static void test_bus_freed(Client *c, gconstpointer data)
{
	Bus *bus = bus_open(NULL);
	RpcTarget to = { bus, SAMPLE_NAME, "/a", 0 };

	fixture_serve(c->f, sample_serve, NULL, SAMPLE_NAME);
	bus_attach(bus);
	sample_rpc_hold_async(&to, "x", held, c->seen);
	bus_free(bus);
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "4;");
}

static void test_cancel(Client *c, gconstpointer data)
{
	RpcPending *one, *two;

	fixture_serve(c->f, sample_serve, NULL, SAMPLE_NAME);
	one = sample_rpc_add_async(&c->to, 1, 2, added, c->seen);
	sample_rpc_add_async(&c->to, 3, 4, added, c->seen);
	c->to.path = "not a path";
	two = sample_rpc_add_async(&c->to, 1, 2, added, c->seen);
	rpc_pending_cancel(one);
	rpc_pending_cancel(two);
	fixture_until(has_text, c->seen);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "7;");
}

/* ---- signals ---- */

static void on_happened(const char *path, const SampleRpcHappenedArgs *args, void *data)
{
	g_string_append_printf(data, "%s %s %d %s;", path, args->path, args->n,
			       args->all.n ? args->all.items[0] : "-");
}

static void on_nothing(const char *path, void *data)
{
	g_string_append_printf(data, "%s nothing;", path);
}

static void test_signals(Client *c, gconstpointer data)
{
	Bus *service = fixture_connect(c->f);
	Bus *other = fixture_connect(c->f);
	char *items[] = { (char *)"item" };
	const RpcStrings all = { items, 1 };
	const RpcStrings none = { NULL, 0 };
	RpcSubscription *happened, *nothing;

	/* before there is an owner */
	happened = sample_rpc_on_happened(fixture_bus(c->f), SAMPLE_NAME, NULL, on_happened,
					  c->seen);
	nothing = sample_rpc_on_nothing(fixture_bus(c->f), SAMPLE_NAME, "/b", on_nothing,
					c->seen);
	fixture_settle(c->f);
	g_assert_true(bus_own_name(service, SAMPLE_NAME, NULL));
	sample_rpc_emit_happened(service, "/a", "p", 1, &all);
	sample_rpc_emit_happened(other, "/a", "not the owner", 2, &none);
	sample_rpc_emit_nothing(service, "/a"); /* not the path */
	sample_rpc_emit_nothing(service, "/b");
	sample_rpc_emit_happened(service, "/b", "", 3, &none);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "/a p 1 item;/b nothing;/b  3 -;");

	rpc_unsubscribe(happened);
	rpc_unsubscribe(nothing);
	sample_rpc_emit_nothing(service, "/b");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "/a p 1 item;/b nothing;/b  3 -;");
}

/* One that is sent to us alone passes no match rule: its sender is compared. */
static void test_forged_signal(Client *c, gconstpointer data)
{
	Bus *service = fixture_connect(c->f);
	Bus *other = fixture_connect(c->f);
	DBusMessage *msg =
		dbus_message_new_signal("/b", "com.citrix.xenclient.sample", "nothing");
	RpcSubscription *nothing;

	g_assert_true(bus_own_name(service, SAMPLE_NAME, NULL));
	nothing = sample_rpc_on_nothing(fixture_bus(c->f), SAMPLE_NAME, NULL, on_nothing,
					c->seen);
	fixture_settle(c->f);
	dbus_message_set_destination(msg, bus_unique_name(fixture_bus(c->f)));
	dbus_connection_send(bus_connection(other), msg, NULL);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "");
	dbus_message_unref(msg);
	rpc_unsubscribe(nothing);
}

static void test_wrong_signal(Client *c, gconstpointer data)
{
	Bus *service = fixture_connect(c->f);
	const char *text = "x";
	DBusMessage *msg =
		dbus_message_new_signal("/b", "com.citrix.xenclient.sample", "nothing");
	RpcSubscription *nothing =
		sample_rpc_on_nothing(fixture_bus(c->f), bus_unique_name(service), NULL,
				      on_nothing, c->seen);

	fixture_settle(c->f);
	dbus_message_append_args(msg, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	dbus_connection_send(bus_connection(service), msg, NULL);
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
			      "ignoring signal \"nothing\" from*it has (s), not ()");
	fixture_settle(c->f);
	g_test_assert_expected_messages();
	g_assert_cmpstr(c->seen->str, ==, "");
	dbus_message_unref(msg);
	rpc_unsubscribe(nothing);
}

/* A signal that cannot be sent is a warning of ours, not the end. */
static void test_bad_signal(Client *c, gconstpointer data)
{
	const RpcStrings none = { NULL, 0 };

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "signal \"happened\"*not sent*UTF-8");
	sample_rpc_emit_happened(fixture_bus(c->f), "/a", "\xff", 1, &none);
	g_test_assert_expected_messages();
}

/* ---- names ---- */

static void owner_changed(const char *name, const char *owner, void *data)
{
	g_string_append_printf(data, "%s %s;", name, *owner ? "owned" : "free");
}

static void name_gone(const char *unique_name, void *data)
{
	g_string_append_printf(data, "%s gone;", unique_name);
}

static void test_names(Client *c, gconstpointer data)
{
	Bus *one = fixture_connect(c->f);
	Bus *two = fixture_connect(c->f);
	BusNameWatch *watch =
		bus_watch_name(fixture_bus(c->f), "a.b", owner_changed, c->seen);
	BusNameWatch *other =
		bus_watch_name(fixture_bus(c->f), "a.c", owner_changed, c->seen);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "a.b free;a.c free;");
	g_string_truncate(c->seen, 0);
	bus_unwatch_name(other);

	g_assert_true(bus_own_name(one, "a.b", NULL));
	g_assert_true(bus_own_name(one, "a.c", NULL));
	g_assert_false(bus_own_name(two, "a.b", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_BUSY);
	fixture_settle(c->f);
	fixture_disconnect(c->f, one);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "a.b owned;a.b free;");
	bus_unwatch_name(watch);
}

static void test_name_gone(Client *c, gconstpointer data)
{
	Bus *one = fixture_connect(c->f);
	g_autofree char *name = g_strdup(bus_unique_name(one));
	g_autofree char *want = g_strconcat(name, " gone;", NULL);

	bus_on_name_gone(fixture_bus(c->f), name_gone, c->seen);
	g_assert_true(bus_own_name(one, "a.b", NULL));
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_disconnect(c->f, one);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, want);
}

static void got_credentials(uint32_t uid, uint32_t pid, const GError *error, void *data)
{
	if (error)
		g_string_append(data, "error;");
	else
		g_string_append_printf(data, "%u %u;", uid, pid);
}

static void test_credentials(Client *c, gconstpointer data)
{
	g_autofree char *want = g_strdup_printf("%u %u;error;", getuid(), getpid());

	bus_get_credentials(fixture_bus(c->f), bus_unique_name(fixture_bus(c->f)),
			    got_credentials, c->seen);
	bus_get_credentials(fixture_bus(c->f), ":1.99", got_credentials, c->seen);
	g_assert_cmpstr(c->seen->str, ==, "");
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, want);
}

/* ---- batches ---- */

static void batch_ended(void *data)
{
	g_string_append(data, "end;");
}

/* Many calls are served in few batches, each of which ends once. */
static void test_batches(Client *c, gconstpointer data)
{
	enum { CALLS = 2000 };
	Bus *service = fixture_connect(c->f);
	g_autoptr(Sample) sample = sample_new(service);
	const size_t all = CALLS * strlen("fire x;");
	unsigned int ends;

	c->to.service = bus_unique_name(service);
	bus_on_batch_end(service, batch_ended, c->seen);
	for (int i = 0; i < CALLS; i++)
		sample_rpc_fire_async(&c->to, "x", NULL, NULL);
	while (sample->log->len < all)
		g_main_context_iteration(NULL, TRUE);
	fixture_settle(c->f);
	g_assert_cmpuint(sample->log->len, ==, all);
	ends = c->seen->len / strlen("end;");
	g_assert_cmpuint(ends, >=, CALLS / 256);
	g_assert_cmpuint(ends, <, CALLS / 4);
	bus_on_batch_end(service, NULL, NULL);
}

#define ADD(name, test) g_test_add("/rpc/client/" name, Client, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("nobody-serves", test_nobody);
	ADD("bad-target", test_bad_target);
	ADD("bad-argument", test_bad_argument);
	ADD("timeout", test_timeout);
	ADD("reply-of-wrong-type", test_wrong_reply);
	ADD("service-vanishes-async", test_vanishing_async);
	ADD("service-vanishes-blocking", test_vanishing_blocking);
	ADD("bus-gone", test_bus_gone);
	ADD("bus-freed", test_bus_freed);
	ADD("cancel", test_cancel);
	ADD("signals", test_signals);
	ADD("forged-signal", test_forged_signal);
	ADD("signal-of-wrong-type", test_wrong_signal);
	ADD("signal-that-cannot-be-sent", test_bad_signal);
	ADD("names", test_names);
	ADD("name-gone", test_name_gone);
	ADD("credentials", test_credentials);
	ADD("batches", test_batches);
	return g_test_run();
}

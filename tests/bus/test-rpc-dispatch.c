/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample_client.h"
#include "lib/error.h"
#include "lib/identity.h"
#include "tests/bus/fixture.h"
#include "tests/bus/sample.h"

#include <string.h>

/* Which call gets where, and what the others are told. */

#define IFACE "com.citrix.xenclient.sample"
#define INTROSPECTABLE "org.freedesktop.DBus.Introspectable"

/* Arguments from a text: "i" is an int32 1, "s" a string. */
static GPtrArray *args_of(const char *types)
{
	GPtrArray *args = g_ptr_array_new_with_free_func((GDestroyNotify)rpc_value_free);

	for (; *types; types++)
		g_ptr_array_add(args, *types == 'i' ? rpc_value_new_int32(1) :
						      rpc_value_new_string("fast"));
	return args;
}

static void test_errors(void)
{
	/* clang-format off */
	static const struct {
		const char *path, *iface, *member, *args;
		int code;
		const char *text;
	} rows[] = {
		{ "/a",	  IFACE, "add",	 "ii", -1, NULL },
		{ "/a/b", IFACE, "add",	 "ii", -1, NULL },
		{ "/x",	  IFACE, "add",	 "ii", XT_ERROR_UNKNOWN_OBJECT,	   "no object \"/x\"" },
		{ "/",	  IFACE, "add",	 "ii", XT_ERROR_UNKNOWN_OBJECT,	   "no object \"/\"" },
		{ "/a",	  "a.b", "add",	 "ii", XT_ERROR_UNKNOWN_INTERFACE,
		  "object \"/a\" has no interface \"a.b\"" },
		{ "/a",	  IFACE, "none", "",   XT_ERROR_UNKNOWN_METHOD,
		  "interface \"" IFACE "\" has no method \"none\"" },
		{ "/a",	  IFACE, "only_here", "", XT_ERROR_UNKNOWN_METHOD,
		  "interface \"" IFACE "\" has no method \"only_here\"" },
		{ "/a",	  IFACE, "add",	 "is", XT_ERROR_INVALID,
		  "\"add\" takes (ii), not (is)" },
		{ "/a",	  IFACE, "add",	 "",   XT_ERROR_INVALID,
		  "\"add\" takes (ii), not ()" },
		{ "/a",	  IFACE, "add",	 "iii", XT_ERROR_INVALID,
		  "\"add\" takes (ii), not (iii)" },
		{ "/a",	  IFACE, "not_served", "", XT_ERROR_UNKNOWN_METHOD,
		  "\"not_served\" is not served" },
		{ "/a",	  IFACE, "not_served_later", "", XT_ERROR_UNKNOWN_METHOD,
		  "\"not_served_later\" is not served" },
		/* without an interface */
		{ "/a",	  NULL,	 "only_here", "", -1, NULL },
		{ "/a",	  NULL,	 "Introspect", "", -1, NULL },
		{ "/a",	  NULL,	 "Ping", "",   -1, NULL },
		{ "/a",	  NULL,	 "GetMachineId", "", -1, NULL },
		{ "/a",	  NULL,	 "add",	 "ii", XT_ERROR_UNKNOWN_METHOD,
		  "method \"add\" of object \"/a\" is in 2 interfaces: name one" },
		{ "/a",	  NULL,	 "none", "",   XT_ERROR_UNKNOWN_METHOD,
		  "no method \"none\" at object \"/a\"" },
		/* those of D-Bus itself */
		{ "/a",	  "org.freedesktop.DBus.Peer", "Ping", "", -1, NULL },
		{ "/a",	  "org.freedesktop.DBus.Peer", "GetMachineId", "", -1, NULL },
		{ "/x",	  INTROSPECTABLE, "Introspect", "", XT_ERROR_UNKNOWN_OBJECT,
		  "no object \"/x\"" },
		{ "/",	  IFACE, "Introspect", "", XT_ERROR_UNKNOWN_INTERFACE,
		  "object \"/\" has no interface \"" IFACE "\"" },
		/* a value that is not one of the argument's enum */
		{ "/a",	  IFACE, "pick", "si", XT_ERROR_INVALID,
		  "\"pick\" takes (su), not (si)" },
		/* what the handler says */
		{ "/a",	  IFACE, "fail", "s",  XT_ERROR_BUSY,		   "fast" },
		/* what the caller may not even send */
		{ "/a",	  IFACE, "a-b",	 "",   XT_ERROR_INVALID, "\"a-b\" is not a method name" },
		{ "/a",	  "ab",	 "add",	 "",   XT_ERROR_INVALID, "\"ab\" is not an interface name" },
		{ "a",	  IFACE, "add",	 "",   XT_ERROR_INVALID, "\"a\" is not an object path" },
	};
	/* clang-format on */
	g_autoptr(Fixture) f = fixture_new(NULL);

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, rows[i].path, 0 };
		g_autoptr(GPtrArray) args = args_of(rows[i].args);
		g_autoptr(GError) error = NULL;
		g_autoptr(GPtrArray) values =
			rpc_call_values(&to, rows[i].iface, rows[i].member, args, &error);

		if (rows[i].code < 0) {
			g_assert_no_error(error);
			g_assert_nonnull(values);
		} else {
			g_assert_error(error, XT_ERROR, rows[i].code);
			g_assert_cmpstr(error->message, ==, rows[i].text);
			g_assert_null(values);
		}
	}
}

static void test_enum_arguments(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };
	g_autoptr(GError) mode = NULL;
	g_autoptr(GError) level = NULL;

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	g_assert_true(sample_rpc_pick(&to, SAMPLE_MODE_FAST, SAMPLE_LEVEL_HIGH, NULL));
	g_assert_false(sample_rpc_pick(&to, "quick", SAMPLE_LEVEL_LOW, &mode));
	g_assert_error(mode, XT_ERROR, XT_ERROR_INVALID);
	g_assert_cmpstr(mode->message, ==,
			"argument \"mode\" is \"quick\", not one of: fast, slow");
	g_assert_false(sample_rpc_pick(&to, SAMPLE_MODE_SLOW, 1, &level));
	g_assert_cmpstr(level->message, ==, "argument \"level\" is \"1\", not one of: 0, 7");
}

/* What would make libdbus abort, or the bus disconnect us, is an error for the caller. */
static void test_bad_answers(void)
{
	/* clang-format off */
	static const struct { const char *which, *text; } rows[] = {
		{ "text",	"argument \"text\": a string is not valid UTF-8" },
		{ "path",	"argument \"path\": not an object path" },
		{ "signature",	"argument \"signature\": not a signature" },
		{ "value",	"argument \"value\": a string is not valid UTF-8" },
		{ "variant",	"argument \"value\": a variant without a value" },
		{ "size",	"argument \"text\": a message takes at most 32505856 bytes" },
	};
	/* clang-format on */
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };
	FixtureDaemon *daemon;
	GLogLevelFlags fatal;
	char *text, *path, *signature;
	RpcValue *value;

	fatal = g_log_set_always_fatal(G_LOG_LEVEL_ERROR); /* the child warns of each */
	daemon = fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	g_log_set_always_fatal(fatal);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *want =
			g_strconcat("the answer is not valid: ", rows[i].text, NULL);
		g_autoptr(GError) error = NULL;

		g_assert_false(sample_rpc_bad_text(&to, rows[i].which, &text, &path,
						   &signature, &value, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
		g_assert_cmpstr(error->message, ==, want);
	}
	/* and it lives */
	g_assert_true(sample_rpc_bad_text(&to, "none", &text, &path, &signature, &value,
					  NULL));
	g_free(text);
	g_free(path);
	g_free(signature);
	rpc_value_free(value);
	fixture_stop(daemon);
}

static void test_bad_errors(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };
	g_autoptr(GError) silent = NULL;
	g_autoptr(GError) badly = NULL;

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	g_assert_false(sample_rpc_fail(&to, "silently", &silent));
	g_assert_cmpstr(silent->message, ==, "\"fail\" failed");
	g_assert_false(sample_rpc_fail(&to, "badly", &badly));
	g_assert_error(badly, XT_ERROR, XT_ERROR_BUSY);
	g_assert_cmpstr(badly->message, ==, "a \xef\xbf\xbd b");
}

static void test_introspection(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };
	g_autoptr(GPtrArray) root = NULL;
	g_autoptr(GPtrArray) object = NULL;
	const char *xml, *children;

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	object = rpc_call_values(&to, INTROSPECTABLE, "Introspect", NULL, NULL);
	xml = ((RpcValue *)object->pdata[0])->string;
	g_assert_nonnull(strstr(xml, "<interface name=\"" IFACE ".more\">"));
	g_assert_nonnull(strstr(xml, "<interface name=\"org.freedesktop.DBus.Peer\">"));
	g_assert_nonnull(strstr(xml, "<method name=\"Sleep\"/>"));
	g_assert_nonnull(strstr(xml, "Method.NoReply\" value=\"true\"/>"));
	g_assert_null(strstr(xml, "rpcgen"));
	children = strstr(xml, "  <node name=");
	g_assert_cmpstr(children, ==,
			"  <node name=\"b\"/>\n  <node name=\"z\"/>\n</node>\n");

	to.path = "/"; /* no object, but there are some below */
	root = rpc_call_values(&to, INTROSPECTABLE, "Introspect", NULL, NULL);
	xml = strstr(((RpcValue *)root->pdata[0])->string, "<node>");
	g_assert_cmpstr(xml, ==, "<node>\n  <node name=\"a\"/>\n</node>\n");
}

/* ---- answers: once each, now or later ---- */

typedef struct {
	Fixture *f;
	Sample *sample;
	GString *seen;
	RpcTarget to;
} Served;

static void served_set_up(Served *s, gconstpointer data)
{
	Bus *bus;

	s->f = fixture_new(NULL);
	bus = fixture_connect(s->f);
	s->sample = sample_new(bus);
	s->seen = g_string_new(NULL);
	s->to = (RpcTarget){ fixture_bus(s->f), bus_unique_name(bus), "/a", 0 };
}

static void served_tear_down(Served *s, gconstpointer data)
{
	g_clear_pointer(&s->sample, sample_free);
	g_string_free(s->seen, TRUE);
	fixture_free(s->f);
}

static void released(const SampleRpcHoldOut *out, const GError *error, void *data)
{
	g_string_append_printf(data, "%s;", error ? error->message : out->text);
}

static void test_later(Served *s, gconstpointer data)
{
	sample_rpc_hold_async(&s->to, "1", released, s->seen);
	sample_rpc_hold_async(&s->to, "2", released, s->seen);
	fixture_settle(s->f);
	g_assert_cmpstr(s->sample->log->str, ==, "hold 1;hold 2;");
	g_assert_cmpstr(s->seen->str, ==, "");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 2);

	sample_release(s->sample, "a");
	fixture_settle(s->f);
	g_assert_cmpstr(s->seen->str, ==, "a;");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 1);

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*sample.hold: the answer is not valid*");
	sample_release(s->sample, "\xff");
	g_test_assert_expected_messages();
	fixture_settle(s->f);
	g_assert_cmpstr(s->seen->str, ==,
			"a;the answer is not valid: argument \"text\": "
			"a string is not valid UTF-8;");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 0);
}

/* A server that goes answers for those who still hold calls. */
static void test_freed_server(Served *s, gconstpointer data)
{
	sample_rpc_hold_async(&s->to, "1", released, s->seen);
	fixture_settle(s->f);
	s->sample->shut = true;
	sample_rpc_hold_async(&s->to, "2", released, s->seen);
	fixture_settle(s->f);
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 2);

	g_clear_pointer(&s->sample, sample_free);
	fixture_settle(s->f);
	g_assert_cmpstr(s->seen->str, ==, "the service ends;the service ends;");
}

static void test_no_reply(Served *s, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(sample_rpc_fire(&s->to, "now", &error)); /* does not wait */
	g_assert_no_error(error);
	fixture_settle(s->f);
	g_assert_cmpstr(s->sample->log->str, ==, "fire now;");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 0);
}

static void test_same_name_in_c(Served *s, gconstpointer data)
{
	sample_rpc_sleep_async(&s->to, NULL, NULL);
	sample_rpc_sleep__async(&s->to, NULL, NULL);
	sample_rpc_switch_async(&s->to, NULL, NULL);
	fixture_settle(s->f);
	g_assert_cmpstr(s->sample->log->str, ==, "sleep;Sleep;switch;");
}

/* ---- the gate ---- */

static void test_gate(Served *s, gconstpointer data)
{
	const Peer peer = { .domid = 5 };

	s->sample->shut = true;
	sample_rpc_hold_async(&s->to, "1", released, s->seen);
	sample_rpc_hold_async(&s->to, "2", released, s->seen);
	fixture_settle(s->f);
	g_assert_cmpstr(s->sample->log->str, ==, "");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 2);

	g_assert_null(rpc_call_peer(s->sample->gated->pdata[0]));
	rpc_call_admit(g_ptr_array_remove_index(s->sample->gated, 0), &peer);
	g_assert_cmpstr(s->sample->log->str, ==, "hold 1;");
	g_assert_cmpint(rpc_call_peer(s->sample->held->pdata[0])->domid, ==, 5);
	sample_release(s->sample, "a");

	rpc_call_failf(g_ptr_array_remove_index(s->sample->gated, 0), XT_ERROR_DENIED,
		       "not you");
	fixture_settle(s->f);
	g_assert_cmpstr(s->seen->str, ==, "a;not you;");
	g_assert_cmpstr(s->sample->log->str, ==, "hold 1;");
	g_assert_cmpuint(rpc_server_pending(s->sample->server), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpc/dispatch/errors", test_errors);
	g_test_add_func("/rpc/dispatch/enum-arguments", test_enum_arguments);
	g_test_add_func("/rpc/dispatch/bad-answers-are-errors", test_bad_answers);
	g_test_add_func("/rpc/dispatch/bad-errors", test_bad_errors);
	g_test_add_func("/rpc/dispatch/introspection", test_introspection);
	g_test_add("/rpc/dispatch/answered-later", Served, NULL, served_set_up, test_later,
		   served_tear_down);
	g_test_add("/rpc/dispatch/server-freed", Served, NULL, served_set_up,
		   test_freed_server, served_tear_down);
	g_test_add("/rpc/dispatch/no-reply", Served, NULL, served_set_up, test_no_reply,
		   served_tear_down);
	g_test_add("/rpc/dispatch/same-name-in-c", Served, NULL, served_set_up,
		   test_same_name_in_c, served_tear_down);
	g_test_add("/rpc/dispatch/gate", Served, NULL, served_set_up, test_gate,
		   served_tear_down);
	return g_test_run();
}

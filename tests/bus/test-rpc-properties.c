/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/error.h"
#include "lib/rpc-internal.h"
#include "tests/bus/fixture.h"
#include "tests/bus/sample.h"

#include <string.h>

/* org.freedesktop.DBus.Properties as it is served, and its changes. */

#define IFACE "com.citrix.xenclient.sample"
#define MORE IFACE ".more"

/* ---- what is answered: tables of calls ---- */

static void test_get(void)
{
	/* clang-format off */
	static const struct { const char *iface, *property; int code; const char *text; } rows[] = {
		{ IFACE, "name",	-1, "" },
		{ IFACE, "mode",	-1, "slow" },
		{ MORE,	 "mode",	-1, "slow" },
		{ "",	 "extra",	-1, NULL },
		{ "",	 "name",	XT_ERROR_UNKNOWN_PROPERTY,
		  "several interfaces have a property \"name\": name one" },
		{ IFACE, "extra",	XT_ERROR_UNKNOWN_PROPERTY,
		  "interface \"" IFACE "\" has no property \"extra\"" },
		{ "a.b", "name",	XT_ERROR_UNKNOWN_INTERFACE,
		  "object \"/a\" has no interface \"a.b\"" },
		{ IFACE, "secret",	XT_ERROR_DENIED,
		  "property \"secret\" can only be written" },
	};
	/* clang-format on */
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(RpcValue) value =
			rpc_get_property(&to, rows[i].iface, rows[i].property, &error);

		if (rows[i].code < 0) {
			g_assert_no_error(error);
			if (rows[i].text)
				g_assert_cmpstr(value->string, ==, rows[i].text);
		} else {
			g_assert_error(error, XT_ERROR, rows[i].code);
			g_assert_cmpstr(error->message, ==, rows[i].text);
		}
	}
}

static void test_set(void)
{
	/* clang-format off */
	const struct { const char *property; RpcValue *value; int code; const char *text; } rows[] = {
		{ "name",    rpc_value_new_string("x"),	  -1, NULL },
		{ "secret",  rpc_value_new_string("x"),	  -1, NULL },
		{ "size-mb", rpc_value_new_int32(1024),	  -1, NULL },
		{ "size-mb", rpc_value_new_int32(1025),	  XT_ERROR_INVALID,
		  "property \"size-mb\" must be between 1 and 1024" },
		{ "size-mb", rpc_value_new_int32(-1),	  XT_ERROR_INVALID,
		  "property \"size-mb\" must be between 1 and 1024" },
		{ "size-mb", rpc_value_new_string("64"),  XT_ERROR_INVALID,
		  "property \"size-mb\" has the type \"i\", not \"s\"" },
		{ "mode",    rpc_value_new_string("fast"), -1, NULL },
		{ "mode",    rpc_value_new_string("no"),  XT_ERROR_INVALID,
		  "property \"mode\" cannot be \"no\"; it is one of: fast, slow" },
		{ "state",   rpc_value_new_string("x"),	  XT_ERROR_READ_ONLY,
		  "property \"state\" can only be read" },
		{ "none",    rpc_value_new_string("x"),	  XT_ERROR_UNKNOWN_PROPERTY,
		  "interface \"" IFACE "\" has no property \"none\"" },
	};
	/* clang-format on */
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = { fixture_bus(f), SAMPLE_NAME, "/a", 0 };
	g_autoptr(RpcValue) size = NULL;

	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		bool ok = rpc_set_property(&to, IFACE, rows[i].property, rows[i].value,
					   &error);

		g_assert_cmpint(ok, ==, rows[i].code < 0);
		if (!ok) {
			g_assert_error(error, XT_ERROR, rows[i].code);
			g_assert_cmpstr(error->message, ==, rows[i].text);
		}
		rpc_value_free(rows[i].value);
	}
	size = rpc_get_property(&to, MORE, "size-mb", NULL);
	g_assert_cmpint(size->int32, ==, 1024);
}

static void list_names(const char *const *names, const RpcValue *const *values, size_t n,
		       const GError *error, void *data)
{
	if (error)
		g_string_append_printf(data, "error %s", error->message);
	for (size_t i = 0; i < n; i++)
		g_string_append_printf(data, "%s:%s ", names[i], values[i]->signature);
	g_string_append_c(data, ';');
}

static void test_get_all(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	Bus *bus = fixture_connect(f);
	g_autoptr(Sample) sample = sample_new(bus);
	const RpcTarget to = { fixture_bus(f), bus_unique_name(bus), "/a", 0 };
	g_autoptr(GString) seen = g_string_new(NULL);

	rpc_get_all_async(&to, IFACE, list_names, seen);
	rpc_get_all_async(&to, MORE, list_names, seen);
	rpc_get_all_async(&to, "", list_names, seen);
	fixture_settle(f);
	g_assert_cmpstr(seen->str, ==,
			"name:s size-mb:i mode:s ticks:t report:s ;"
			"name:s size-mb:i mode:s ticks:t report:s extra:b ;"
			"error which interface? none was named;");
	g_assert_cmpuint(rpc_server_pending(sample->server), ==, 0);
}

static void got_wrong(const RpcValue *value, const GError *error, void *data)
{
	g_string_append(data, error ? error->message : "no error");
}

/* What a handler gives for another type than the interface says never gets out. */
static void test_wrong_answer(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	Bus *bus = fixture_connect(f);
	g_autoptr(Sample) sample = sample_new(bus);
	const RpcTarget to = { fixture_bus(f), bus_unique_name(bus), "/a", 0 };
	g_autoptr(GString) seen = g_string_new(NULL);

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*\"state\" is of type \"s\"*\"i\"*");
	rpc_get_property_async(&to, IFACE, "state", got_wrong, seen);
	fixture_settle(f);
	g_test_assert_expected_messages();
	g_assert_cmpstr(seen->str, ==, "no value for property \"state\"");
	g_assert_cmpuint(rpc_server_pending(sample->server), ==, 0);
}

/* ---- changes ---- */

static void on_changed(const char *sender, const char *path, const void *args_, void *data)
{
	const RpcPropertiesChangedArgs *args = args_;

	g_string_append_printf(data, "%s %s", path, strrchr(args->iface, '.') + 1);
	for (size_t i = 0; i < args->changed.n; i++)
		g_string_append_printf(data, " %s", args->changed.items[i].name);
	for (size_t i = 0; i < args->invalidated.n; i++)
		g_string_append_printf(data, " ~%s", args->invalidated.items[i]);
	g_string_append_c(data, ';');
}

static const RpcInterface *const iface = &sample_rpc_interface;

static const RpcProperty *property(unsigned int index)
{
	return &iface->properties[index];
}

typedef struct {
	Fixture *f;
	Sample *sample;
	RpcSubscription *subscription;
	GString *seen;
	RpcTarget to;
} Changes;

static void changes_set_up(Changes *c, gconstpointer data)
{
	Bus *bus;

	c->f = fixture_new(NULL);
	bus = fixture_connect(c->f);
	c->sample = sample_new(bus);
	c->seen = g_string_new(NULL);
	c->to = (RpcTarget){ fixture_bus(c->f), bus_unique_name(bus), "/a", 0 };
	c->subscription = rpc_subscribe(fixture_bus(c->f), bus_unique_name(bus), NULL,
					&rpc_properties_interface,
					&rpc_properties_interface.signals[0], on_changed,
					c->seen);
	fixture_settle(c->f);
}

static void changes_tear_down(Changes *c, gconstpointer data)
{
	rpc_unsubscribe(c->subscription);
	sample_free(c->sample);
	g_string_free(c->seen, TRUE);
	fixture_free(c->f);
}

static void change(Changes *c, const char *path, unsigned int index, RpcValue *value)
{
	rpc_server_changed(c->sample->server, path, iface, property(index), value);
}

static void test_gathered(Changes *c, gconstpointer data)
{
	change(c, "/a", SAMPLE_RPC_PROPERTY_NAME, rpc_value_new_string("1"));
	change(c, "/a/b", SAMPLE_RPC_PROPERTY_NAME, rpc_value_new_string("1"));
	change(c, "/a", SAMPLE_RPC_PROPERTY_SIZE_MB, rpc_value_new_int32(1));
	change(c, "/a", SAMPLE_RPC_PROPERTY_NAME, rpc_value_new_string("2"));
	change(c, "/a", SAMPLE_RPC_PROPERTY_TICKS, rpc_value_new_uint64(1));
	change(c, "/a", SAMPLE_RPC_PROPERTY_REPORT, rpc_value_new_string("x"));
	change(c, "/a", SAMPLE_RPC_PROPERTY_MODE, NULL);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==,
			"/a sample name size-mb ~report ~mode;/a/b sample name;");
}

static void answered(const void *out, const GError *error, void *data)
{
	g_assert_no_error(error);
	g_string_append(data, "answer;");
}

/* The change that a call made is announced before its answer. */
static void test_before_answer(Changes *c, gconstpointer data)
{
	g_autoptr(RpcValue) value = rpc_value_new_string("web");
	const RpcPropertyIn in = { IFACE, "name", value };

	rpc_call_async(&c->to, &rpc_properties_interface,
		       &rpc_properties_interface.methods[RPC_PROPERTIES_SET], &in, answered,
		       c->seen);
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "/a sample name;answer;");
}

static void test_nothing_silent(Changes *c, gconstpointer data)
{
	change(c, "/a", SAMPLE_RPC_PROPERTY_TICKS, rpc_value_new_uint64(1));
	fixture_settle(c->f);
	g_assert_cmpstr(c->seen->str, ==, "");
}

/* ---- the tables ---- */

static void test_includes(void)
{
	const RpcInterface *more = &sample_more_rpc_interface;

	g_assert_cmpuint(more->n_properties, ==, iface->n_properties + 1);
	for (unsigned int i = 0; i < iface->n_properties; i++)
		g_assert_cmpstr(more->properties[i].name, ==, iface->properties[i].name);
	g_assert_cmpuint(SAMPLE_MORE_RPC_PROPERTY_EXTRA, ==, iface->n_properties);
	g_assert_cmpstr(property(SAMPLE_RPC_PROPERTY_SIZE_MB)->key, ==, "config/size");
	g_assert_cmpstr(property(SAMPLE_RPC_PROPERTY_SIZE_MB)->fallback, ==, "64");
	g_assert_null(rpc_find_property(iface, "extra"));
	g_assert_true(rpc_find_property(more, "extra") ==
		      &more->properties[SAMPLE_MORE_RPC_PROPERTY_EXTRA]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpc/properties/get", test_get);
	g_test_add_func("/rpc/properties/set-is-checked", test_set);
	g_test_add_func("/rpc/properties/get-all", test_get_all);
	g_test_add_func("/rpc/properties/answer-of-wrong-type", test_wrong_answer);
	g_test_add_func("/rpc/properties/includes", test_includes);
	g_test_add("/rpc/properties/changes-are-gathered", Changes, NULL, changes_set_up,
		   test_gathered, changes_tear_down);
	g_test_add("/rpc/properties/changes-before-answer", Changes, NULL, changes_set_up,
		   test_before_answer, changes_tear_down);
	g_test_add("/rpc/properties/silent-is-silent", Changes, NULL, changes_set_up,
		   test_nothing_silent, changes_tear_down);
	return g_test_run();
}

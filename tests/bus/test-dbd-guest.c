/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "idl/db_client.h"
#include "idl/rpc_proxy_server.h"
#include "lib/error.h"
#include "tests/bus/fixture.h"

/*
 * The test is the proxy: it owns the proxy's name, so its other connections are the
 * guests', and it says which.
 */

#define DB    "com.citrix.xenclient.db"
#define PROXY "com.citrix.xenclient.rpc_proxy"
#define WEB   "00000000-0000-0000-0000-00000000000a"
#define MAIL  "00000000-0000-0000-0000-00000000000b"

typedef struct {
	Fixture *f;
	FixtureDaemon *daemon;
	RpcServer *server;
	Bus *web, *mail, *nobody;
	GString *seen;
} Guests;

static bool serve_lookup(void *impl, const RpcCall *call, const char *name,
			 int32_t *ret_domid, char **ret_uuid, bool *ret_stubdom,
			 GError **error)
{
	const Guests *g = impl;
	bool is_web = g_str_equal(name, bus_unique_name(g->web));

	if (!is_web && !g_str_equal(name, bus_unique_name(g->mail)))
		return xt_fail(error, XT_ERROR_NOT_FOUND, "no connection of a guest");
	*ret_domid = is_web ? 5 : 6;
	*ret_uuid = g_strdup(is_web ? WEB : MAIL);
	*ret_stubdom = false;
	return true;
}

static const RpcProxyIdentityRpcOps ops = { .lookup = serve_lookup };
static const RpcBinding bindings[] = { { &rpc_proxy_identity_rpc_service, &ops, NULL },
				       { NULL, NULL, NULL } };

static bool find_object(void *data, const char *path, RpcObject *ret_object)
{
	*ret_object = (RpcObject){ data, bindings };
	return g_str_equal(path, "/");
}

static const RpcServerFuncs funcs = { .lookup = find_object };

static void setup(Guests *g, gconstpointer data)
{
	g_autofree char *file = NULL;

	g->f = fixture_new(NULL);
	file = g_build_filename(fixture_dir(g->f), "db.sqlite", NULL);
	g->daemon = fixture_start(g->f, "dbd/dbd", DB, "--database", file, NULL);
	g->server = rpc_server_new(fixture_bus(g->f), &funcs, g);
	g_assert_true(bus_own_name(fixture_bus(g->f), PROXY, NULL));
	g->web = fixture_connect(g->f);
	g->mail = fixture_connect(g->f);
	g->nobody = fixture_connect(g->f);
	g->seen = g_string_new(NULL);
}

static void teardown(Guests *g, gconstpointer data)
{
	fixture_stop(g->daemon);
	rpc_server_free(g->server);
	fixture_free(g->f);
	g_string_free(g->seen, TRUE);
}

/* ---- a guest's calls: each adds its answer to what is seen ---- */

static RpcTarget target(Bus *guest)
{
	return (RpcTarget){ guest, DB, "/", 0 };
}

static void add(Guests *g, const char *text, const GError *error)
{
	const char *name = error ? strrchr(xt_error_bus_name(error), '.') + 1 : text;

	g_string_append_printf(g->seen, "%s;", name);
}

static void on_changed(const GError *error, void *data)
{
	add(data, "done", error);
}

static void on_read(const DbRpcReadOut *out, const GError *error, void *data)
{
	add(data, error ? NULL : out->value, error);
}

static void on_dump(const DbRpcDumpOut *out, const GError *error, void *data)
{
	add(data, error ? NULL : out->value, error);
}

static void on_exists(const DbRpcExistsOut *out, const GError *error, void *data)
{
	add(data, error ? NULL : out->ex ? "true" : "false", error);
}

static bool has_n(void *data)
{
	Guests *g = data;
	unsigned int n = 0;

	for (const char *p = g->seen->str; *p; p++)
		n += *p == ';';
	return n >= 1;
}

#define ASSERT_SEEN(g, text)                                                             \
	do {                                                                             \
		fixture_until(has_n, g);                                                 \
		g_assert_cmpstr(g->seen->str, ==, text);                                 \
		g_string_truncate(g->seen, 0);                                           \
	} while (0)

static void write_as(Guests *g, Bus *guest, const char *path, const char *value)
{
	const RpcTarget to = target(guest);

	db_rpc_write_async(&to, path, value, on_changed, g);
}

static void inject_as(Guests *g, Bus *guest, const char *path, const char *value)
{
	const RpcTarget to = target(guest);

	db_rpc_inject_async(&to, path, value, on_changed, g);
}

static void read_as(Guests *g, Bus *guest, const char *path)
{
	const RpcTarget to = target(guest);

	db_rpc_read_async(&to, path, on_read, g);
}

/* ---- the tests ---- */

static void test_own_store(Guests *g, gconstpointer data)
{
	const RpcTarget host = target(fixture_bus(g->f)), web = target(g->web);
	g_autofree char *stored = NULL;

	g_assert_true(db_rpc_write(&host, "/secret", "x", NULL));
	write_as(g, g->web, "/color", "blue");
	ASSERT_SEEN(g, "done;");
	write_as(g, g->mail, "color", "red");
	ASSERT_SEEN(g, "done;");
	read_as(g, g->web, "color");
	ASSERT_SEEN(g, "blue;");
	read_as(g, g->mail, "//color");
	ASSERT_SEEN(g, "red;");
	g_assert_true(db_rpc_read(&host, "/dom-store/" WEB "/color", &stored, NULL));
	g_assert_cmpstr(stored, ==, "blue");

	db_rpc_dump_async(&web, "/", on_dump, g);
	ASSERT_SEEN(g, "{\n  \"color\": \"blue\"\n}\n;");
	read_as(g, g->web, "/secret");
	ASSERT_SEEN(g, ";");
	read_as(g, g->web, "/dom-store/" MAIL "/color");
	ASSERT_SEEN(g, ";");
	read_as(g, g->web, "/../" MAIL "/color");
	ASSERT_SEEN(g, "InvalidArgs;");
	write_as(g, g->web, "/", "x");
	ASSERT_SEEN(g, "InvalidArgs;");

	db_rpc_rm_async(&web, "/", on_changed, g);
	ASSERT_SEEN(g, "done;");
	db_rpc_exists_async(&web, "color", on_exists, g);
	ASSERT_SEEN(g, "false;");
	read_as(g, g->mail, "color");
	ASSERT_SEEN(g, "red;");
}

static void test_unknown(Guests *g, gconstpointer data)
{
	read_as(g, g->nobody, "/");
	ASSERT_SEEN(g, "AccessDenied;");
	write_as(g, g->nobody, "/a", "1");
	ASSERT_SEEN(g, "AccessDenied;");
}

static void test_limits(Guests *g, gconstpointer data)
{
	const RpcTarget host = target(fixture_bus(g->f));
	g_autofree char *longest = g_strnfill(65536, 'x'),
			*longer = g_strnfill(65537, 'x');
	g_autoptr(GString) many = g_string_new("{\"n0\":1");

	write_as(g, g->web, "/v", longest);
	ASSERT_SEEN(g, "done;");
	write_as(g, g->web, "/v", longer);
	ASSERT_SEEN(g, "LimitsExceeded;");

	/* 1023 nodes and the one that holds them */
	for (unsigned int i = 1; i < 1023; i++)
		g_string_append_printf(many, ",\"n%u\":1", i);
	g_string_append_c(many, '}');
	write_as(g, g->mail, "/m", "");
	ASSERT_SEEN(g, "done;");
	inject_as(g, g->mail, "/m", many->str);
	ASSERT_SEEN(g, "done;");
	write_as(g, g->mail, "/one-more", "1");
	ASSERT_SEEN(g, "LimitsExceeded;");
	write_as(g, g->mail, "/m/n5", "2");
	ASSERT_SEEN(g, "done;");

	for (unsigned int i = 0; i < 15; i++) {
		g_autofree char *path = g_strdup_printf("/fill/%u", i);

		write_as(g, g->web, path, longest);
		ASSERT_SEEN(g, i < 14 ? "done;" : "LimitsExceeded;");
	}
	read_as(g, g->web, "/fill/14");
	ASSERT_SEEN(g, ";");
	g_assert_true(db_rpc_write(&host, "/dom-store/" WEB "/by-host", longer, NULL));
	read_as(g, g->web, "/by-host");
	fixture_until(has_n, g);
	g_assert_cmpuint(g->seen->len, ==, 65538);
}

#define ADD(name, fn) g_test_add("/dbd/guest/" name, Guests, NULL, setup, fn, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("own-store-only", test_own_store);
	ADD("unknown-is-refused", test_unknown);
	ADD("limits", test_limits);
	return g_test_run();
}

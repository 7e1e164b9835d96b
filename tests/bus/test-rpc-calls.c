/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "idl/db_client.h"
#include "idl/db_server.h"
#include "lib/error.h"
#include "tests/bus/fixture.h"

/* A served object and its callers, on the interface of the database. */

#define NAME "com.citrix.xenclient.db"

static void serve_read(void *impl, RpcCall *call, const char *path)
{
	g_autofree char *value = g_strconcat("value of ", path, NULL);

	if (g_str_equal(path, "/none"))
		rpc_call_failf(call, XT_ERROR_NOT_FOUND, "nothing at %s", path);
	else
		db_rpc_read_return(call, value);
}

static void serve_list(void *impl, RpcCall *call, const char *path)
{
	char *items[] = { (char *)"a", (char *)"b", NULL };
	const RpcStrings names = { items, 2 };

	db_rpc_list_return(call, &names);
}

static const DbRpcOps ops = { .read = serve_read, .list = serve_list };
static const RpcBinding bindings[] = { { &db_rpc_service, &ops, NULL }, { NULL, NULL, NULL } };

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	ret_object->bindings = bindings;
	return g_str_equal(path, "/");
}

static const RpcServerFuncs funcs = { .lookup = lookup };

static void serve(Bus *bus, void *data)
{
	rpc_server_new(bus, &funcs, NULL);
}

static void test_blocking(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	FixtureDaemon *daemon = fixture_serve(f, serve, NULL, NAME);
	const RpcTarget to = { fixture_bus(f), NAME, "/", 0 };
	g_autofree char *value = NULL;
	g_autoptr(GError) error = NULL;
	RpcStrings names;

	g_assert_true(db_rpc_read(&to, "/a", &value, &error));
	g_assert_cmpstr(value, ==, "value of /a");

	g_assert_true(db_rpc_list(&to, "/", &names, &error));
	g_assert_cmpuint(names.n, ==, 2);
	g_assert_cmpstr(names.items[1], ==, "b");
	g_assert_null(names.items[2]);
	rpc_clear(&rpc_type_strings, &names);

	g_assert_false(db_rpc_read(&to, "/none", &value, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_NOT_FOUND);
	g_assert_cmpstr(error->message, ==, "nothing at /none");
	fixture_stop(daemon);
}

static void got_value(const DbRpcReadOut *out, const GError *error, void *data)
{
	g_string_append_printf(data, "%s;", error ? error->message : out->value);
}

static void test_async(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	Bus *bus = fixture_connect(f);
	g_autoptr(RpcServer) server = rpc_server_new(bus, &funcs, NULL);
	const RpcTarget to = { fixture_bus(f), bus_unique_name(bus), "/", 0 };
	g_autoptr(GString) seen = g_string_new(NULL);

	db_rpc_read_async(&to, "/a", got_value, seen);
	db_rpc_read_async(&to, "/none", got_value, seen);
	fixture_settle(f);
	g_assert_cmpstr(seen->str, ==, "value of /a;nothing at /none;");
	g_assert_cmpuint(rpc_server_pending(server), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpc/calls/blocking", test_blocking);
	g_test_add_func("/rpc/calls/async", test_async);
	return g_test_run();
}

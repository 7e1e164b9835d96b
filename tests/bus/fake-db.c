/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fake-db.h"

#include <string.h>

#include "idl/db_server.h"
#include "lib/error.h"
#include "lib/json.h"

static const FakeDb *fake;
static json_t *root;
static GString *told;

static bool refused(RpcCall *call, bool refuses)
{
	if (refuses)
		rpc_call_failf(call, XT_ERROR_DENIED, "not for you");
	return refuses;
}

static const json_t *find(const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);
	const json_t *node = root;

	for (char **s = segments; *s && node; s++)
		if (**s)
			node = json_object_get(node, *s);
	return node;
}

static void dump(void *impl, RpcCall *call, const char *path)
{
	const json_t *node = find(path);
	char *text;

	if (refused(call, fake->as_guest || fake->refuses))
		return;
	text = node ? json_dumps(node, JSON_ENCODE_ANY | JSON_INDENT(2)) : strdup("null");
	db_rpc_dump_return(call, text);
	free(text);
}

static void list(void *impl, RpcCall *call, const char *path)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	json_t *node = (json_t *)find(path), *child;
	const char *name;

	if (refused(call, fake->refuses))
		return;
	json_object_foreach(node, name, child)
		g_ptr_array_add(names, (char *)name);
	db_rpc_list_return(call, &(RpcStrings){ (char **)names->pdata, names->len });
}

static void read_value(void *impl, RpcCall *call, const char *path)
{
	const json_t *node = find(path);

	if (refused(call, fake->refuses))
		return;
	if (g_str_equal(path, "/told"))
		db_rpc_read_return(call, told->str);
	else
		db_rpc_read_return(call, json_is_string(node) ? json_string_value(node) : "");
}

static void read_binary(void *impl, RpcCall *call, const char *path)
{
	uint8_t bytes[] = { 'a', 0, '\n', 255 };

	if (g_str_equal(path, "/binary"))
		db_rpc_read_binary_return(call, &(RpcBytes){ bytes, sizeof(bytes) });
	else
		rpc_call_failf(call, XT_ERROR_FAILED, "not a binary node");
}

static void exists(void *impl, RpcCall *call, const char *path)
{
	db_rpc_exists_return(call, find(path) != NULL);
}

static void write_value(void *impl, RpcCall *call, const char *path, const char *value)
{
	g_string_append_printf(told, "write %s=%s;", path, value);
	db_rpc_write_return(call);
}

static void rm(void *impl, RpcCall *call, const char *path)
{
	g_string_append_printf(told, "rm %s;", path);
	db_rpc_rm_return(call);
}

static const DbRpcOps ops = {
	.dump = dump,
	.list = list,
	.read = read_value,
	.read_binary = read_binary,
	.exists = exists,
	.write = write_value,
	.rm = rm,
};
static const RpcBinding bindings[] = { { &db_rpc_service, &ops, NULL }, {} };

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	ret_object->bindings = bindings;
	return g_str_equal(path, "/");
}

void fake_db_serve(Bus *bus, void *data)
{
	static const RpcServerFuncs funcs = { .lookup = lookup };
	g_autoptr(GError) error = NULL;

	fake = data;
	told = g_string_new(NULL);
	root = json_parse(fake->tree, strlen(fake->tree), 1 << 20, "test", &error);
	g_assert_no_error(error);
	rpc_server_new(bus, &funcs, NULL);
}

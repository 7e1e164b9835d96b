/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl-type.h"

#include <string.h>

static void test_names(void)
{
	/* clang-format off */
	static const struct { const char *signature, *c_name, *descriptor; } rows[] = {
		{ "s",		"char *",	"rpc_type_string" },
		{ "b",		"bool",		"rpc_type_boolean" },
		{ "as",		"RpcStrings",	"rpc_type_strings" },
		{ "ao",		"RpcStrings",	"rpc_type_object_paths" },
		{ "ay",		"RpcBytes",	"rpc_type_bytes" },
		{ "ai",		"Rpc_ai",	"rpc_type_ai" },
		{ "aas",	"Rpc_aas",	"rpc_type_aas" },
		{ "aa{ss}",	"Rpc_aaDssE",	"rpc_type_aaDssE" },
		{ "a(sa{sv})",	"Rpc_aRsaDsvEZ", "rpc_type_aRsaDsvEZ" },
		{ "(ii)",	"Rpc_RiiZ",	"rpc_type_RiiZ" },
	};
	/* clang-format on */
	IdlTypes *types = idl_types_new();
	const char *why;

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		const IdlType *type = idl_type(types, rows[i].signature, &why);

		g_assert_nonnull(type);
		g_assert_cmpstr(type->signature, ==, rows[i].signature);
		g_assert_cmpstr(type->c_name, ==, rows[i].c_name);
		g_assert_cmpstr(type->descriptor, ==, rows[i].descriptor);
		g_assert_true(type == idl_type(types, rows[i].signature, &why));
	}
	idl_types_free(types);
}

static void test_refused(void)
{
	/* clang-format off */
	static const struct { const char *signature, *why; } rows[] = {
		{ "",		"it is empty" },
		{ "ss",		"more than one type" },
		{ "z",		"unknown type code" },
		{ "e",		"unknown type code" },
		{ "a",		"an array of nothing" },
		{ "(s",		"a struct that does not end" },
		{ "()",		"a struct without members" },
		{ "s)",		"more than one type" },
		{ "{ss}",	"a dict entry stands only in an array" },
		{ "a{vs}",	"the key of a dict is of a basic type" },
		{ "a{s}",	"a dict has a key and a value" },
		{ "a{sss}",	"a dict has a key and a value" },
		{ "a{}",	"the key of a dict is of a basic type" },
		{ "a{s",	"it ends too early" },
		{ "(a{ss)",	"a dict has a key and a value" },
	};
	/* clang-format on */
	IdlTypes *types = idl_types_new();

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *why = NULL;

		g_assert_null(idl_type(types, rows[i].signature, &why));
		g_assert_cmpstr(why, ==, rows[i].why);
	}
	idl_types_free(types);
}

static const char *refusal(IdlTypes *types, unsigned int arrays, unsigned int structs)
{
	GString *signature = g_string_new(NULL);
	const char *why = NULL;

	for (unsigned int i = 0; i < arrays; i++)
		g_string_append_c(signature, 'a');
	for (unsigned int i = 0; i < structs; i++)
		g_string_append_c(signature, '(');
	g_string_append_c(signature, 'y');
	for (unsigned int i = 0; i < structs; i++)
		g_string_append_c(signature, ')');
	idl_type(types, signature->str, &why);
	g_string_free(signature, TRUE);
	return why;
}

static void test_nesting(void)
{
	IdlTypes *types = idl_types_new();
	g_autofree char *longer = g_strnfill(256, 'y');
	const char *why;

	g_assert_cmpstr(refusal(types, 32, 32), ==, NULL);
	g_assert_cmpstr(refusal(types, 33, 0), ==, "arrays nested too deep");
	g_assert_cmpstr(refusal(types, 0, 33), ==, "structs nested too deep");
	g_assert_null(idl_type(types, longer, &why));
	g_assert_cmpstr(why, ==, "longer than 255");
	idl_types_free(types);
}

static void test_members(void)
{
	IdlTypes *types = idl_types_new();
	g_auto(GStrv) names = g_strsplit("uuid state", " ", -1);
	const char *why = NULL;
	const IdlType *type =
		idl_type_with_members(types, "aa(ss)", "XRpcListVms", names, &why);
	const IdlType *item;

	g_assert_cmpstr(type->c_name, ==, "XRpcListVms");
	g_assert_cmpstr(type->descriptor, ==, "x_rpc_list_vms_type");
	item = type->elem->elem;
	g_assert_cmpstr(item->c_name, ==, "XRpcListVmsItemItem");
	g_assert_cmpstr(item->names[1], ==, "state");

	/* it is not the type of others with this signature */
	g_assert_cmpstr(idl_type(types, "aa(ss)", &why)->c_name, ==, "Rpc_aaRssZ");

	g_assert_null(idl_type_with_members(types, "(sss)", "A", names, &why));
	g_assert_cmpstr(why, ==, "there are not as many names as members");
	g_assert_null(idl_type_with_members(types, "as", "B", names, &why));
	g_assert_cmpstr(why, ==,
			"only a struct, or arrays of one, can have names of members");
	g_assert_null(idl_type_with_members(types, "(ss)", "XRpcListVms", names, &why));
	g_assert_cmpstr(why, ==, "the name of its C type is taken");
	idl_types_free(types);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpcgen/types/names", test_names);
	g_test_add_func("/rpcgen/types/refused", test_refused);
	g_test_add_func("/rpcgen/types/nesting", test_nesting);
	g_test_add_func("/rpcgen/types/members", test_members);
	return g_test_run();
}

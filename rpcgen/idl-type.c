/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl-type.h"

#include <string.h>

#include "rpcgen/names.h"

/* clang-format off */
static const struct { const char *signature, *c_name, *descriptor; } builtins[] = {
	{ "y",	"uint8_t",	"rpc_type_byte" },
	{ "b",	"bool",		"rpc_type_boolean" },
	{ "n",	"int16_t",	"rpc_type_int16" },
	{ "q",	"uint16_t",	"rpc_type_uint16" },
	{ "i",	"int32_t",	"rpc_type_int32" },
	{ "u",	"uint32_t",	"rpc_type_uint32" },
	{ "x",	"int64_t",	"rpc_type_int64" },
	{ "t",	"uint64_t",	"rpc_type_uint64" },
	{ "d",	"double",	"rpc_type_double" },
	{ "h",	"int",		"rpc_type_unix_fd" },
	{ "s",	"char *",	"rpc_type_string" },
	{ "o",	"char *",	"rpc_type_object_path" },
	{ "g",	"char *",	"rpc_type_signature" },
	{ "v",	"RpcValue *",	"rpc_type_variant" },
	{ "ay",	"RpcBytes",	"rpc_type_bytes" },
	{ "as",	"RpcStrings",	"rpc_type_strings" },
	{ "ao",	"RpcStrings",	"rpc_type_object_paths" },
};
/* clang-format on */

#define BASIC "ybnqiuxtdhsog"

bool idl_type_is_number(const IdlType *type)
{
	return strchr("ybnqiuxtdh", type->code);
}

bool idl_type_is_pointer(const IdlType *type)
{
	return strchr("sogv", type->code);
}

char *idl_declare(const char *c_type, const char *name)
{
	return g_strconcat(c_type, g_str_has_suffix(c_type, "*") ? "" : " ", name, NULL);
}

/* ---- is it a signature? ---- */

typedef struct {
	const char *p;
	unsigned int arrays, structs;
	const char *why;
} Scanner;

static bool scan_type(Scanner *s);

static bool scan_fail(Scanner *s, const char *why)
{
	s->why = why;
	return false;
}

static bool scan_dict_entry(Scanner *s)
{
	bool ok;

	if (!*s->p || !strchr(BASIC, *s->p))
		return scan_fail(s, "the key of a dict is of a basic type");
	s->p++;
	if (*s->p == '}')
		return scan_fail(s, "a dict has a key and a value");
	if (s->structs++ == IDL_NESTING_MAX)
		return scan_fail(s, "structs nested too deep");
	ok = scan_type(s);
	s->structs--;
	if (!ok)
		return false;
	return *s->p++ == '}' || scan_fail(s, "a dict has a key and a value");
}

static bool scan_array(Scanner *s)
{
	bool ok;

	if (s->arrays++ == IDL_NESTING_MAX)
		return scan_fail(s, "arrays nested too deep");
	if (*s->p == '{') {
		s->p++;
		ok = scan_dict_entry(s);
	} else {
		ok = *s->p ? scan_type(s) : scan_fail(s, "an array of nothing");
	}
	s->arrays--;
	return ok;
}

static bool scan_struct(Scanner *s)
{
	bool ok = true;

	if (*s->p == ')')
		return scan_fail(s, "a struct without members");
	if (s->structs++ == IDL_NESTING_MAX)
		return scan_fail(s, "structs nested too deep");
	while (ok && *s->p && *s->p != ')')
		ok = scan_type(s);
	s->structs--;
	if (!ok)
		return false;
	return *s->p++ == ')' || scan_fail(s, "a struct that does not end");
}

static bool scan_type(Scanner *s)
{
	char code = *s->p;

	if (!code)
		return scan_fail(s, "it ends too early");
	s->p++;
	if (strchr(BASIC "v", code))
		return true;
	if (code == 'a')
		return scan_array(s);
	if (code == '(')
		return scan_struct(s);
	if (code == '{')
		return scan_fail(s, "a dict entry stands only in an array");
	return scan_fail(s, "unknown type code");
}

/* NULL if @signature is one complete type, else why not. */
static const char *scan(const char *signature)
{
	Scanner s = { .p = signature };

	if (!*signature)
		return "it is empty";
	if (strlen(signature) > IDL_SIGNATURE_MAX)
		return "longer than 255";
	if (!scan_type(&s))
		return s.why;
	return *s.p ? "more than one type" : NULL;
}

/* ---- trees ---- */

static void type_free(void *data)
{
	IdlType *type = data;

	g_free(type->signature);
	g_free(type->c_name);
	g_free(type->descriptor);
	g_clear_pointer(&type->fields, g_ptr_array_unref);
	g_strfreev(type->names);
	g_free(type);
}

static IdlType *type_new(const char *signature, char *c_name, char *descriptor)
{
	IdlType *type = g_new0(IdlType, 1);

	type->code = *signature;
	type->signature = g_strdup(signature);
	type->c_name = c_name;
	type->descriptor = descriptor;
	return type;
}

IdlTypes *idl_types_new(void)
{
	IdlTypes *types = g_new0(IdlTypes, 1);

	types->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, type_free);
	types->declared = g_ptr_array_new();
	for (unsigned int i = 0; i < G_N_ELEMENTS(builtins); i++) {
		IdlType *type = type_new(builtins[i].signature, g_strdup(builtins[i].c_name),
					 g_strdup(builtins[i].descriptor));

		type->builtin = true;
		g_hash_table_insert(types->by_name, g_strdup(type->signature), type);
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(builtins); i++) {
		IdlType *type = g_hash_table_lookup(types->by_name, builtins[i].signature);

		if (type->code == 'a')
			type->elem =
				g_hash_table_lookup(types->by_name, type->signature + 1);
	}
	return types;
}

void idl_types_free(IdlTypes *types)
{
	if (!types)
		return;
	g_hash_table_unref(types->by_name);
	g_ptr_array_unref(types->declared);
	g_free(types);
}

/* "aDssE" of "a{ss}" */
static char *mangle(const char *signature)
{
	char *mangled = g_strdup(signature);

	for (char *p = mangled; *p; p++) {
		const char *at = strchr("{D}E(R)Z", *p);

		if (at && strchr("{}()", *p))
			*p = at[1];
	}
	return mangled;
}

static const IdlType *add(IdlTypes *types, const char *key, IdlType *type)
{
	g_hash_table_insert(types->by_name, g_strdup(key), type);
	g_ptr_array_add(types->declared, type);
	return type;
}

static const IdlType *lookup(IdlTypes *types, const char *signature);

/* The members of the struct or dict entry @signature; *@p is moved behind it. */
static GPtrArray *split_members(IdlTypes *types, const char *signature)
{
	GPtrArray *fields = g_ptr_array_new();

	for (const char *p = signature + 1; *p != ')' && *p != '}';) {
		Scanner s = { .p = p };
		g_autofree char *member = NULL;

		scan_type(&s);
		member = g_strndup(p, s.p - p);
		g_ptr_array_add(fields, (void *)lookup(types, member));
		p = s.p;
	}
	return fields;
}

static char **default_names(char code, guint n)
{
	char **names;

	if (code == '{')
		return g_strsplit("key value", " ", -1);
	names = g_new0(char *, n + 1);
	for (guint i = 0; i < n; i++)
		names[i] = g_strdup_printf("m%u", i);
	return names;
}

/* @signature was scanned, or is a dict entry of one that was. */
static const IdlType *lookup(IdlTypes *types, const char *signature)
{
	IdlType *type = g_hash_table_lookup(types->by_name, signature);
	g_autofree char *mangled = NULL;

	if (type)
		return type;

	mangled = mangle(signature);
	type = type_new(signature, g_strconcat("Rpc_", mangled, NULL),
			g_strconcat("rpc_type_", mangled, NULL));
	type->shared = true;
	if (type->code == 'a') {
		type->elem = lookup(types, signature + 1);
	} else {
		type->fields = split_members(types, signature);
		type->names = default_names(type->code, type->fields->len);
	}
	return add(types, signature, type);
}

const IdlType *idl_type(IdlTypes *types, const char *signature, const char **ret_why)
{
	const char *why = scan(signature);

	if (why) {
		*ret_why = why;
		return NULL;
	}
	return lookup(types, signature);
}

static IdlType *new_own_type(const char *signature, const char *c_name)
{
	g_autofree char *snake = names_snake(c_name);

	return type_new(signature, g_strdup(c_name), g_strconcat(snake, "_type", NULL));
}

const IdlType *idl_type_with_members(IdlTypes *types, const char *signature,
				     const char *c_name, char **names, const char **ret_why)
{
	const char *why = scan(signature);
	g_autofree char *item_name = g_strconcat(c_name, "Item", NULL);
	IdlType *type;

	if (!why && *signature != '(' && *signature != 'a')
		why = "only a struct, or arrays of one, can have names of members";
	if (!why && g_hash_table_contains(types->by_name, c_name))
		why = "the name of its C type is taken";
	if (why) {
		*ret_why = why;
		return NULL;
	}

	type = new_own_type(signature, c_name);
	if (*signature == 'a') {
		type->elem = idl_type_with_members(types, signature + 1, item_name, names,
						   ret_why);
		if (!type->elem) {
			type_free(type);
			return NULL;
		}
		return add(types, c_name, type);
	}

	type->fields = split_members(types, signature);
	type->names = g_strdupv(names);
	if (type->fields->len != g_strv_length(names)) {
		*ret_why = "there are not as many names as members";
		type_free(type);
		return NULL;
	}
	return add(types, c_name, type);
}

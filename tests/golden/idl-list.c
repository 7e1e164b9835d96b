/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "rpcgen/idl.h"

/*
 * idl-list FILE.xml...: what the interfaces are, one line for each fact, so that two
 *lists can be sorted and compared.  Of what D-Bus shows:
 *
 *	INTERFACE method NAME(ARGUMENT:TYPE, ...) -> (...)
 *	INTERFACE signal NAME(ARGUMENT:TYPE, ...)
 *	INTERFACE property NAME TYPE ACCESS
 *	FILE enum NAME TYPE SUFFIX=VALUE
 *
 * and of what is ours:
 *
 *	INTERFACE access METHOD CLASS[, asynchronous]
 *	INTERFACE stored PROPERTY KEY[=DEFAULT]
 *	INTERFACE allowed PROPERTY ENUM, or MIN..MAX
 */

static void print_args(const GPtrArray *args)
{
	printf("(");
	for (guint i = 0; i < args->len; i++) {
		const IdlArg *arg = g_ptr_array_index(args, i);

		printf("%s%s:%s", i ? ", " : "", arg->name ?: "", arg->type->signature);
	}
	printf(")");
}

static void print_method(const IdlInterface *iface, const IdlMember *method)
{
	printf("%s method %s", iface->name, method->name);
	print_args(method->in);
	printf(" -> ");
	print_args(method->out);
	printf("\n%s access %s %s%s\n", iface->name, method->name, method->access,
	       method->async ? ", asynchronous" : "");
}

static void print_signal(const IdlInterface *iface, const IdlMember *signal)
{
	printf("%s signal %s", iface->name, signal->name);
	print_args(signal->in);
	printf("\n");
}

static void print_property(const IdlInterface *iface, const IdlProperty *property)
{
	printf("%s property %s %s %s%s\n", iface->name, property->name,
	       property->type->signature, property->read ? "read" : "",
	       property->write ? "write" : "");
	if (property->key)
		printf("%s stored %s %s%s%s\n", iface->name, property->name,
		       property->key, property->fallback ? "=" : "",
		       property->fallback ?: "");
	if (property->values)
		printf("%s allowed %s %s\n", iface->name, property->name,
		       property->values->name);
	if (property->min || property->max)
		printf("%s allowed %s %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT "\n",
		       iface->name, property->name, property->min, property->max);
}

static void print_interface(const IdlInterface *iface)
{
	for (guint i = 0; i < iface->methods->len; i++)
		print_method(iface, g_ptr_array_index(iface->methods, i));
	for (guint i = 0; i < iface->signals->len; i++)
		print_signal(iface, g_ptr_array_index(iface->signals, i));
	for (guint i = 0; i < iface->properties->len; i++)
		print_property(iface, g_ptr_array_index(iface->properties, i));
}

static void print_enum(const char *file, const IdlEnum *e)
{
	for (guint i = 0; i < e->values->len; i++) {
		const IdlEnumValue *value = g_ptr_array_index(e->values, i);

		printf("%s enum %s %c %s=%s\n", file, e->name, e->type, value->suffix,
		       value->value);
	}
}

static bool print_file(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	g_autoptr(IdlFile) file = idl_read(path, "list");

	for (guint i = 0; i < file->errors->len; i++)
		fprintf(stderr, "%s\n", (char *)g_ptr_array_index(file->errors, i));
	if (file->errors->len)
		return false;
	for (guint i = 0; i < file->enums->len; i++)
		print_enum(base, g_ptr_array_index(file->enums, i));
	for (guint i = 0; i < file->interfaces->len; i++)
		print_interface(g_ptr_array_index(file->interfaces, i));
	return true;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;

	for (int i = 1; i < argc; i++)
		ok = print_file(argv[i]) && ok;
	return ok ? 0 : 1;
}

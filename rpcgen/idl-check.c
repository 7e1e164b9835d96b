/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl.h"

#include <string.h>

/*
 * What can only be said of a whole file: includes are resolved; nothing is there twice,
 * neither on the bus nor in C.
 */

/* ---- includes ---- */

static void include(IdlFile *file, IdlInterface *iface);

static IdlInterface *find_interface(IdlFile *file, const char *name)
{
	for (guint i = 0; i < file->interfaces->len; i++) {
		IdlInterface *iface = g_ptr_array_index(file->interfaces, i);

		if (g_str_equal(iface->name, name))
			return iface;
	}
	return NULL;
}

/* The properties of @name, in their order, before those that are there from others. */
static void include_one(IdlFile *file, IdlInterface *iface, const char *name, guint *at)
{
	IdlInterface *other = find_interface(file, name);

	if (!other) {
		idl_error(file, iface->line, "no interface \"%s\" in this file", name);
		return;
	}
	include(file, other);
	if (other->included != 2) {
		idl_error(file, iface->line, "interface \"%s\" includes itself", name);
		return;
	}
	for (guint i = 0; i < other->properties->len; i++)
		g_ptr_array_insert(iface->properties, (*at)++,
				   g_ptr_array_index(other->properties, i));
}

static void include(IdlFile *file, IdlInterface *iface)
{
	guint at = 0;

	if (iface->included)
		return;
	iface->included = 1;
	for (guint i = 0; i < iface->annotations->len; i++) {
		const IdlAnnotation *annotation = g_ptr_array_index(iface->annotations, i);

		if (g_str_equal(annotation->name, IDL_OURS "Includes"))
			include_one(file, iface, annotation->value, &at);
	}
	iface->included = 2;
}

/* ---- collisions ---- */

/* Names so far -> what has them, both owned. */
typedef struct {
	IdlFile *file;
	GHashTable *names;
} Seen;

static Seen seen_new(IdlFile *file)
{
	return (Seen){ file,
		       g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free) };
}

/* @name and @what are taken.  False if the name was there: an error. */
static bool see(Seen *seen, int line, char *name, char *what)
{
	const char *other = g_hash_table_lookup(seen->names, name);

	if (other) {
		if (g_str_equal(other, what))
			idl_error(seen->file, line, "%s is there twice", what);
		else
			idl_error(seen->file, line, "%s and %s would both be \"%s\" in C",
				  other, what, name);
		g_free(name);
		g_free(what);
		return false;
	}
	g_hash_table_insert(seen->names, name, what);
	return true;
}

static char *what_of(const char *kind, const char *name)
{
	return g_strdup_printf("%s \"%s\"", kind, name);
}

/* No parameter or field twice; in and out arguments are parameters of one function. */
static void check_args(IdlFile *file, const IdlMember *member)
{
	Seen params = seen_new(file), in = seen_new(file), out = seen_new(file);

	for (guint i = 0; i < member->in->len; i++) {
		const IdlArg *arg = g_ptr_array_index(member->in, i);

		see(&in, arg->line, g_strdup(arg->field), what_of("argument", arg->field));
		see(&params, arg->line, g_strdup(arg->param),
		    what_of("argument", arg->field));
	}
	for (guint i = 0; i < member->out->len; i++) {
		const IdlArg *arg = g_ptr_array_index(member->out, i);

		see(&out, arg->line, g_strdup(arg->field), what_of("argument", arg->field));
		see(&params, arg->line, g_strconcat("ret_", arg->field, NULL),
		    what_of("out argument", arg->field));
	}
	g_hash_table_unref(params.names);
	g_hash_table_unref(in.names);
	g_hash_table_unref(out.names);
}

/* Names in C that a member gets: formats of prefix and name. */
static void see_all(Seen *seen, const IdlInterface *iface, const IdlMember *member,
		    const char *kind, const char *const *functions,
		    const char *const *types)
{
	for (; *functions; functions++) {
		g_auto(GStrv) parts = g_strsplit(*functions, "%", 2);

		if (!see(seen, member->line,
			 g_strconcat(iface->prefix, "_", parts[0], member->c_name, parts[1],
				     NULL),
			 what_of(kind, member->name)))
			return;
	}
	for (; *types; types++)
		if (!see(seen, member->line,
			 g_strconcat(iface->c_type, member->c_type, *types, NULL),
			 what_of(kind, member->name)))
			return;
}

static void check_members(Seen *seen, const IdlInterface *iface)
{
	static const char *const method_functions[] = { "%", "%_async", "%_return",
							"%_out_clear", "%_done", NULL };
	static const char *const method_types[] = { "In", "Out", "Done", NULL };
	static const char *const signal_functions[] = { "emit_%", "on_%", "call_%", NULL };
	static const char *const signal_types[] = { "Args", "Fn", NULL };

	for (guint i = 0; i < iface->methods->len; i++) {
		const IdlMember *method = g_ptr_array_index(iface->methods, i);

		check_args(seen->file, method);
		see_all(seen, iface, method, "method", method_functions, method_types);
	}
	for (guint i = 0; i < iface->signals->len; i++) {
		const IdlMember *signal = g_ptr_array_index(iface->signals, i);

		check_args(seen->file, signal);
		see_all(seen, iface, signal, "signal", signal_functions, signal_types);
	}
	for (guint i = 0; i < iface->properties->len; i++) {
		const IdlProperty *property = g_ptr_array_index(iface->properties, i);

		see(seen, property->line,
		    g_strconcat(iface->c_const, "_PROPERTY_", property->c_const, NULL),
		    what_of("property", property->name));
	}
}

static void check_interface(Seen *seen, const IdlInterface *iface)
{
	if (see(seen, iface->line, g_strconcat(iface->prefix, "_interface", NULL),
		what_of("interface", iface->name)) &&
	    see(seen, iface->line, g_strconcat(iface->prefix, "_service", NULL),
		what_of("interface", iface->name)) &&
	    see(seen, iface->line, g_strconcat(iface->c_type, "Ops", NULL),
		what_of("interface", iface->name)))
		check_members(seen, iface);
}

static void check_enum(Seen *seen, const IdlEnum *e)
{
	for (guint i = 0; i < e->values->len; i++) {
		const IdlEnumValue *value = g_ptr_array_index(e->values, i);

		see(seen, value->line,
		    g_strdup_printf("%s_%s_%s", seen->file->c_const, e->name, value->suffix),
		    g_strdup_printf("value \"%s\" of enum \"%s\"", value->suffix, e->name));
	}
}

void idl_check(IdlFile *file)
{
	Seen seen = seen_new(file);

	for (guint i = 0; i < file->interfaces->len; i++)
		include(file, g_ptr_array_index(file->interfaces, i));
	for (guint i = 0; i < file->enums->len; i++) {
		const IdlEnum *e = g_ptr_array_index(file->enums, i);

		see(&seen, e->line, g_strconcat("enum ", e->name, NULL),
		    what_of("enum", e->name));
		check_enum(&seen, e);
	}
	for (guint i = 0; i < file->interfaces->len; i++)
		check_interface(&seen, g_ptr_array_index(file->interfaces, i));
	for (guint i = 0; i < file->types->declared->len; i++) {
		const IdlType *type = g_ptr_array_index(file->types->declared, i);

		if (!type->shared)
			see(&seen, 0, g_strdup(type->c_name),
			    what_of("the type with members", type->c_name));
	}
	g_hash_table_unref(seen.names);
}

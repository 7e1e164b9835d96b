/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

#include <string.h>

/* NAME_types.h and .c: what server and client share. */

/* ---- the header: enums ---- */

static void emit_enum_number(GString *out, char type, const char *number)
{
	if (type == 'x' || type == 't')
		emit(out, "G_G%sINT64_CONSTANT(%s)", type == 't' ? "U" : "", number);
	else if (type == 'u')
		emit(out, "%su", number);
	else if (*number == '-')
		emit(out, "(%s)", number);
	else
		emit(out, "%s", number);
}

static void emit_enum(GString *out, const IdlFile *file, const IdlEnum *e)
{
	emit(out, "\n");
	emit_doc(out, e->doc, 0);
	for_each (IdlEnumValue, value, e->values) {
		emit_doc(out, value->doc, 0);
		emit(out, "#define %s_%s_%s ", file->c_const, e->name, value->suffix);
		if (e->type == 's')
			emit_string(out, value->value);
		else
			emit_enum_number(out, e->type, value->value);
		emit(out, "\n");
	}
}

/* ---- the header: types ---- */

static void emit_type_body(GString *out, const IdlType *type)
{
	emit(out, "typedef struct {\n");
	if (type->elem) {
		bool pointer = g_str_has_suffix(type->elem->c_name, "*");

		emit(out, "\t%s%s*items;\n\tsize_t n;\n", type->elem->c_name,
		     pointer ? "" : " ");
	}
	for (guint i = 0; type->fields && i < type->fields->len; i++) {
		const IdlType *field = g_ptr_array_index(type->fields, i);
		g_autofree char *declaration = idl_declare(field->c_name, type->names[i]);

		emit(out, "\t%s;\n", declaration);
	}
	emit(out, "} %s;\nextern const RpcType %s;\n", type->c_name, type->descriptor);
}

static void emit_type(GString *out, const IdlType *type)
{
	emit(out, "\n");
	if (type->shared)
		emit(out, "#ifndef XC_RPCGEN_%s\n#define XC_RPCGEN_%s\n", type->c_name,
		     type->c_name);
	emit_type_body(out, type);
	if (type->shared)
		emit(out, "#endif\n");
}

/* ---- the header: interfaces ---- */

static void emit_args_struct(GString *out, const GPtrArray *args, bool in)
{
	emit(out, "typedef struct {\n");
	for_each (IdlArg, arg, args) {
		bool constant = in && idl_type_is_pointer(arg->type);
		g_autofree char *declaration = idl_declare(arg->type->c_name, arg->field);

		emit_doc(out, arg->doc, 1);
		emit(out, "\t%s%s;\n", constant ? "const " : "", declaration);
	}
	emit(out, "} ");
}

static void emit_method_structs(GString *out, const IdlInterface *iface,
				const IdlMember *method)
{
	if (method->in->len) {
		emit(out, "\n");
		emit_args_struct(out, method->in, true);
		emit(out, "%s%sIn;\n", iface->c_type, method->c_type);
	}
	if (method->out->len) {
		emit(out, "\n");
		emit_args_struct(out, method->out, false);
		emit(out, "%s%sOut;\n", iface->c_type, method->c_type);
		emit(out, "void %s_%s_out_clear(%s%sOut *out);\n", iface->prefix,
		     method->c_name, iface->c_type, method->c_type);
	}
}

static void emit_indices(GString *out, const IdlInterface *iface, const char *kind,
			 const GPtrArray *members)
{
	if (!members->len)
		return;
	emit(out, "\nenum {\n");
	for_each (IdlMember, member, members)
		emit(out, "\t%s_%s_%s,\n", iface->c_const, kind, member->c_const);
	emit(out, "};\n");
}

static void emit_property_indices(GString *out, const IdlInterface *iface)
{
	if (!iface->properties->len)
		return;
	emit(out, "\nenum {\n");
	for_each (IdlProperty, property, iface->properties) {
		emit_doc(out, property->doc, 1);
		emit(out, "\t%s_PROPERTY_%s,\n", iface->c_const, property->c_const);
	}
	emit(out, "\t%s_N_PROPERTIES,\n};\n", iface->c_const);
}

static void emit_interface_h(GString *out, const IdlInterface *iface)
{
	emit_section(out, iface, true);
	for_each (IdlMember, method, iface->methods)
		emit_method_structs(out, iface, method);
	for_each (IdlMember, signal, iface->signals) {
		if (!signal->in->len)
			continue;
		emit(out, "\n");
		emit_args_struct(out, signal->in, true);
		emit(out, "%s%sArgs;\n", iface->c_type, signal->c_type);
	}
	emit_indices(out, iface, "METHOD", iface->methods);
	emit_indices(out, iface, "SIGNAL", iface->signals);
	emit_property_indices(out, iface);
	emit(out, "\nextern const RpcInterface %s_interface;\n", iface->prefix);
}

char *emit_types_h(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_head(out, file, true);
	emit(out, "#include \"lib/rpc.h\"\n");
	for_each (IdlEnum, e, file->enums)
		emit_enum(out, file, e);
	for_each (IdlType, type, file->types->declared)
		emit_type(out, type);
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface_h(out, iface);
	return g_string_free(out, FALSE);
}

/* ---- the tables: types ---- */

static void emit_type_table(GString *out, const IdlType *type)
{
	/* other files may hold the same */
	const char *weak = type->shared ? "__attribute__((weak)) " : "";

	emit(out, "\n");
	if (type->elem) {
		emit(out, "%sconst RpcType %s = {\n\t'a', \"%s\", sizeof(%s), &%s, NULL, 0\n};\n",
		     weak, type->descriptor, type->signature, type->c_name,
		     type->elem->descriptor);
		return;
	}
	emit(out, "static const RpcField %s_fields[] = {\n", type->descriptor);
	for (guint i = 0; i < type->fields->len; i++) {
		const IdlType *field = g_ptr_array_index(type->fields, i);

		emit(out, "\t{ ");
		if (type->code == '{')
			emit(out, "NULL");
		else
			emit_string(out, type->names[i]);
		emit(out, ", &%s, offsetof(%s, %s), NULL },\n", field->descriptor,
		     type->c_name, type->names[i]);
	}
	emit(out, "};\n%sconst RpcType %s = {\n\t'%c', \"%s\", sizeof(%s), NULL, %s_fields, %u\n};\n",
	     weak, type->descriptor, type->code, type->signature, type->c_name,
	     type->descriptor, type->fields->len);
}

static void emit_allowed(GString *out, const IdlEnum *e)
{
	emit(out, "\nstatic const char *const allowed_%s[] = {\n", e->name);
	for_each (IdlEnumValue, value, e->values) {
		emit(out, "\t");
		emit_string(out, value->value);
		emit(out, ",\n");
	}
	emit(out, "\tNULL,\n};\n");
}

/* Enums that something refers to: only these need a table. */
static GHashTable *used_enums(const IdlFile *file)
{
	GHashTable *used = g_hash_table_new(NULL, NULL);

	for_each (IdlInterface, iface, file->interfaces) {
		for_each (IdlProperty, property, iface->properties)
			g_hash_table_add(used, (void *)property->values);
		for_each (IdlMember, method, iface->methods) {
			for_each (IdlArg, arg, method->in)
				g_hash_table_add(used, (void *)arg->values);
			for_each (IdlArg, arg, method->out)
				g_hash_table_add(used, (void *)arg->values);
		}
		for_each (IdlMember, signal, iface->signals)
			for_each (IdlArg, arg, signal->in)
				g_hash_table_add(used, (void *)arg->values);
	}
	return used;
}

/* ---- the tables: interfaces ---- */

/* @what: "in", "out", "args"; @c_suffix: of the struct. */
static void emit_arg_table(GString *out, const IdlInterface *iface, const IdlMember *member,
			   const GPtrArray *args, const char *what, const char *c_suffix)
{
	g_autofree char *signature = emit_signature(args);
	g_autofree char *name =
		g_strconcat(iface->prefix, "_", member->c_name, "_", what, NULL);

	if (!args->len)
		return;
	emit(out, "\nstatic const RpcField %s_fields[] = {\n", name);
	for_each (IdlArg, arg, args) {
		emit(out, "\t{ ");
		emit_string(out, arg->name ? arg->name : arg->field);
		emit(out, ", &%s, offsetof(%s%s%s, %s), ", arg->type->descriptor,
		     iface->c_type, member->c_type, c_suffix, arg->field);
		emit(out, arg->values ? "allowed_%s },\n" : "NULL },\n",
		     arg->values ? arg->values->name : "");
	}
	emit(out, "};\nstatic const RpcType %s_type = {\n", name);
	emit(out, "\t'(', \"%s\", sizeof(%s%s%s), NULL, %s_fields, %u\n};\n", signature,
	     iface->c_type, member->c_type, c_suffix, name, args->len);
}

static char *arg_table(const IdlInterface *iface, const IdlMember *member,
		       const GPtrArray *args, const char *what)
{
	if (!args->len)
		return g_strdup("rpc_type_no_args");
	return g_strconcat(iface->prefix, "_", member->c_name, "_", what, "_type", NULL);
}

static void emit_methods(GString *out, const IdlInterface *iface)
{
	if (!iface->methods->len)
		return;
	emit(out, "\nstatic const RpcMethod %s_methods[] = {\n", iface->prefix);
	for_each (IdlMember, method, iface->methods) {
		g_autofree char *in = arg_table(iface, method, method->in, "in");
		g_autofree char *ret = arg_table(iface, method, method->out, "out");

		emit(out, "\t{ .name = \"%s\",\n\t  .in = &%s,\n\t  .out = &%s,\n",
		     method->name, in, ret);
		emit(out, "\t  .access = RPC_ACCESS_%s%s%s },\n", method->access,
		     method->async ? ", .async = true" : "",
		     method->no_reply ? ", .no_reply = true" : "");
	}
	emit(out, "};\n");
}

static void emit_signals(GString *out, const IdlInterface *iface)
{
	if (!iface->signals->len)
		return;
	emit(out, "\nstatic const RpcSignal %s_signals[] = {\n", iface->prefix);
	for_each (IdlMember, signal, iface->signals) {
		g_autofree char *args = arg_table(iface, signal, signal->in, "args");

		emit(out, "\t{ \"%s\", &%s },\n", signal->name, args);
	}
	emit(out, "};\n");
}

static void emit_property(GString *out, const IdlProperty *property)
{
	const char *emits = "";

	if (g_str_equal(property->emits, "false") || g_str_equal(property->emits, "const"))
		emits = " | RPC_PROPERTY_SILENT";
	else if (g_str_equal(property->emits, "invalidates"))
		emits = " | RPC_PROPERTY_INVALIDATES";

	emit(out, "\t{ .name = \"%s\", .type = &%s,\n\t  .flags = %s%s", property->name,
	     property->type->descriptor,
	     !property->write ? "RPC_PROPERTY_READ" :
	     !property->read  ? "RPC_PROPERTY_WRITE" :
				"RPC_PROPERTY_READ | RPC_PROPERTY_WRITE",
	     emits);
	if (property->key) {
		emit(out, ",\n\t  .key = ");
		emit_string(out, property->key);
	}
	if (property->fallback) {
		emit(out, ",\n\t  .fallback = ");
		emit_string(out, property->fallback);
	}
	if (property->values)
		emit(out, ",\n\t  .allowed = allowed_%s", property->values->name);
	if (property->min == G_MININT64)
		emit(out, ",\n\t  .min = G_MININT64");
	else if (property->min)
		emit(out, ",\n\t  .min = G_GINT64_CONSTANT(%" G_GINT64_FORMAT ")",
		     property->min);
	if (property->max)
		emit(out, ",\n\t  .max = G_GINT64_CONSTANT(%" G_GINT64_FORMAT ")",
		     property->max);
	emit(out, " },\n");
}

static void emit_properties(GString *out, const IdlInterface *iface)
{
	if (!iface->properties->len)
		return;
	emit(out, "\nstatic const RpcProperty %s_properties[] = {\n", iface->prefix);
	for_each (IdlProperty, property, iface->properties)
		emit_property(out, property);
	emit(out, "};\n");
}

/* "\t.methods = x_methods,\n\t.n_methods = N,\n" */
static void emit_list(GString *out, const IdlInterface *iface, const char *what, guint n)
{
	if (n)
		emit(out, "\t.%s = %s_%s,\n\t.n_%s = %u,\n", what, iface->prefix, what, what,
		     n);
}

static void emit_interface(GString *out, const IdlInterface *iface)
{
	g_autofree char *xml = emit_introspection(iface);
	g_auto(GStrv) lines = g_strsplit(xml, "\n", -1);

	emit(out, "\nconst RpcInterface %s_interface = {\n\t.name = \"%s\",\n", iface->prefix,
	     iface->name);
	emit_list(out, iface, "methods", iface->methods->len);
	emit_list(out, iface, "signals", iface->signals->len);
	emit_list(out, iface, "properties", iface->properties->len);
	emit(out, "\t.introspection =\n");
	for (char **line = lines; *line && **line; line++) {
		g_autofree char *whole = g_strconcat(*line, "\n", NULL);

		emit(out, "\t\t");
		emit_string(out, whole);
		emit(out, line[1] && *line[1] ? "\n" : ",\n");
	}
	emit(out, "};\n");
}

static void emit_interface_c(GString *out, const IdlInterface *iface)
{
	emit_section(out, iface, false);
	for_each (IdlMember, method, iface->methods) {
		emit_arg_table(out, iface, method, method->in, "in", "In");
		emit_arg_table(out, iface, method, method->out, "out", "Out");
	}
	for_each (IdlMember, signal, iface->signals)
		emit_arg_table(out, iface, signal, signal->in, "args", "Args");
	emit_methods(out, iface);
	emit_signals(out, iface);
	emit_properties(out, iface);
	emit_interface(out, iface);
	for_each (IdlMember, method, iface->methods)
		if (method->out->len)
			emit(out,
			     "\nvoid %s_%s_out_clear(%s%sOut *out)\n{\n"
			     "\trpc_clear(&%s_%s_out_type, out);\n}\n",
			     iface->prefix, method->c_name, iface->c_type, method->c_type,
			     iface->prefix, method->c_name);
}

char *emit_types_c(const IdlFile *file)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GHashTable) used = used_enums(file);

	emit_head(out, file, false);
	emit(out, "#include \"%s_types.h\"\n\n#include <stddef.h>\n", file->name);
	for_each (IdlEnum, e, file->enums)
		if (g_hash_table_contains(used, e))
			emit_allowed(out, e);
	for_each (IdlType, type, file->types->declared)
		emit_type_table(out, type);
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface_c(out, iface);
	return g_string_free(out, FALSE);
}

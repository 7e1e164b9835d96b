/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

/* NAME_server.h and .c: the operations table and its glue, returns, emission. */

/* ---- prototypes, the same in both files ---- */

static void emit_op(GString *out, const IdlMember *method)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("%s (*%s)", method->async ? "void" : "bool", method->op);

	emit_param(params, "void *impl");
	emit_param(params, method->async ? "RpcCall *call" : "const RpcCall *call");
	emit_in_params(params, method->in);
	if (!method->async) {
		emit_out_params(params, method->out);
		emit_param(params, "GError **error");
	}
	emit_doc(out, method->doc, 1);
	emit_prototype(out, 1, head, params);
	emit(out, ";\n");
}

static void emit_return_prototype(GString *out, const IdlInterface *iface,
				  const IdlMember *method)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("void %s_%s_return", iface->prefix, method->c_name);

	emit_param(params, "RpcCall *call");
	for_each (IdlArg, arg, method->out) {
		/* as parameters of an in argument: borrowed */
		g_autoptr(GPtrArray) one = g_ptr_array_new();

		g_ptr_array_add(one, (void *)arg);
		emit_in_params(params, one);
	}
	emit_prototype(out, 0, head, params);
}

static void emit_emit_prototype(GString *out, const IdlInterface *iface,
				const IdlMember *signal)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("void %s_emit_%s", iface->prefix, signal->c_name);

	emit_param(params, "Bus *bus");
	emit_param(params, "const char *path");
	emit_in_params(params, signal->in);
	emit_prototype(out, 0, head, params);
}

/* ---- the header ---- */

static void emit_ops(GString *out, const IdlInterface *iface)
{
	bool first = true;

	if (!iface->methods->len)
		return;
	emit(out, "\ntypedef struct {\n");
	for_each (IdlMember, method, iface->methods) {
		if (!first)
			emit(out, "\n");
		first = false;
		emit_op(out, method);
	}
	emit(out, "} %sOps;\n", iface->c_type);
}

static void emit_interface_h(GString *out, const IdlInterface *iface)
{
	emit_section(out, iface, true);
	emit_ops(out, iface);
	emit(out, "\nextern const RpcService %s_service;\n", iface->prefix);
	for_each (IdlMember, method, iface->methods) {
		if (!method->async)
			continue;
		emit(out, "\n");
		emit_return_prototype(out, iface, method);
		emit(out, ";\n");
	}
	for_each (IdlMember, signal, iface->signals) {
		emit(out, "\n");
		emit_doc(out, signal->doc, 0);
		emit_emit_prototype(out, iface, signal);
		emit(out, ";\n");
	}
}

char *emit_server_h(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_head(out, file, true);
	emit(out, "#include \"%s_types.h\"\n", file->name);
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface_h(out, iface);
	return g_string_free(out, FALSE);
}

/* ---- from the engine into the table ---- */

static void emit_invoke_locals(GString *out, const IdlInterface *iface,
			       const IdlMember *method)
{
	emit(out, "\tconst %sOps *ops = ops_;\n", iface->c_type);
	if (method->in->len)
		emit(out, "\tconst %s%sIn *in = in_;\n", iface->c_type, method->c_type);
	if (method->out->len && !method->async)
		emit(out, "\t%s%sOut *out = out_;\n", iface->c_type, method->c_type);
}

static void emit_missing(GString *out, const IdlMember *method)
{
	emit(out, "\n\tif (!ops->%s)", method->op);
	if (method->async)
		emit(out,
		     " {\n\t\trpc_call_failf(call, XT_ERROR_UNKNOWN_METHOD,\n"
		     "\t\t\t       \"\\\"%s\\\" is not served\");\n"
		     "\t\treturn true;\n\t}\n",
		     method->name);
	else
		emit(out,
		     "\n\t\treturn xt_fail(error, XT_ERROR_UNKNOWN_METHOD,\n"
		     "\t\t\t       \"\\\"%s\\\" is not served\");\n",
		     method->name);
}

static void emit_invoke(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	g_autoptr(GPtrArray) args = emit_params();
	g_autofree char *head = NULL;

	emit(out,
	     "\nstatic bool %s_invoke_%s(const void *ops_, void *impl, RpcCall *call,\n"
	     "\t\tconst void *in_, void *out_, GError **error)\n{\n",
	     iface->prefix, method->c_name);
	emit_invoke_locals(out, iface, method);
	emit_missing(out, method);

	emit_param(args, "impl");
	emit_param(args, "call");
	for_each (IdlArg, arg, method->in) {
		bool by_value =
			idl_type_is_number(arg->type) || idl_type_is_pointer(arg->type);

		emit_param(args, "%sin->%s", by_value ? "" : "&", arg->field);
	}
	if (!method->async) {
		for_each (IdlArg, arg, method->out)
			emit_param(args, "&out->%s", arg->field);
		emit_param(args, "error");
	}
	head = g_strconcat(method->async ? "" : "return ", "ops->", method->op, NULL);
	emit_prototype(out, 1, head, args);
	emit(out, method->async ? ";\n\treturn true;\n}\n" : ";\n}\n");
}

/* ---- from the implementation to the engine ---- */

/* Like emit_struct_from_params(), for a struct whose texts are not const. */
static void emit_out_struct(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	if (!method->out->len)
		return;
	emit(out, "\tconst %s%sOut out = {\n", iface->c_type, method->c_type);
	for_each (IdlArg, arg, method->out) {
		g_autofree char *value = emit_param_value(arg);
		bool pointer = idl_type_is_pointer(arg->type);

		emit(out, "\t\t.%s = %s%s%s%s,\n", arg->field, pointer ? "(" : "",
		     pointer ? arg->type->c_name : "", pointer ? ")" : "", value);
	}
	emit(out, "\t};\n\n");
}

static void emit_return(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	emit(out, "\n");
	emit_return_prototype(out, iface, method);
	emit(out, "\n{\n");
	emit_out_struct(out, iface, method);
	emit(out, "\trpc_call_return(call, %s);\n}\n", method->out->len ? "&out" : "NULL");
}

static void emit_emit(GString *out, const IdlInterface *iface, const IdlMember *signal)
{
	g_autofree char *c_type =
		g_strconcat(iface->c_type, signal->c_type, "Args", NULL);

	emit(out, "\n");
	emit_emit_prototype(out, iface, signal);
	emit(out, "\n{\n");
	emit_struct_from_params(out, c_type, "args", signal->in);
	emit(out,
	     "%s\trpc_emit(bus, path, &%s_interface,\n"
	     "\t\t &%s_interface.signals[%s_SIGNAL_%s], %s);\n}\n",
	     signal->in->len ? "\n" : "", iface->prefix, iface->prefix, iface->c_const,
	     signal->c_const, signal->in->len ? "&args" : "NULL");
}

static void emit_service(GString *out, const IdlInterface *iface)
{
	if (iface->methods->len) {
		emit(out,
		     "\nstatic bool (*const %s_invoke[])(const void *, void *, RpcCall *,\n"
		     "\t\tconst void *, void *, GError **) = {\n",
		     iface->prefix);
		for_each (IdlMember, method, iface->methods)
			emit(out, "\t%s_invoke_%s,\n", iface->prefix, method->c_name);
		emit(out, "};\n");
	}
	emit(out, "\nconst RpcService %s_service = { &%s_interface, ", iface->prefix,
	     iface->prefix);
	if (iface->methods->len)
		emit(out, "%s_invoke };\n", iface->prefix);
	else
		emit(out, "NULL };\n");
}

char *emit_server_c(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_head(out, file, false);
	emit(out, "#include \"%s_server.h\"\n\n#include \"lib/error.h\"\n", file->name);
	for_each (IdlInterface, iface, file->interfaces) {
		emit_section(out, iface, false);
		for_each (IdlMember, method, iface->methods)
			emit_invoke(out, iface, method);
		emit_service(out, iface);
		for_each (IdlMember, method, iface->methods)
			if (method->async)
				emit_return(out, iface, method);
		for_each (IdlMember, signal, iface->signals)
			emit_emit(out, iface, signal);
	}
	return g_string_free(out, FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

/* NAME_client.h and .c: calls, blocking and not, and signals. */

/* ---- prototypes, the same in both files ---- */

static void emit_call_prototype(GString *out, const IdlInterface *iface,
				const IdlMember *method)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("bool %s_%s", iface->prefix, method->c_name);

	emit_param(params, "const RpcTarget *to");
	emit_in_params(params, method->in);
	emit_out_params(params, method->out);
	emit_param(params, "GError **error");
	emit_prototype(out, 0, head, params);
}

static void emit_async_prototype(GString *out, const IdlInterface *iface,
				 const IdlMember *method)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("RpcPending *%s_%s_async", iface->prefix, method->c_name);

	emit_param(params, "const RpcTarget *to");
	emit_in_params(params, method->in);
	emit_param(params, "%s%sDone done", iface->c_type, method->c_type);
	emit_param(params, "void *data");
	emit_prototype(out, 0, head, params);
}

static void emit_on_prototype(GString *out, const IdlInterface *iface,
			      const IdlMember *signal)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("RpcSubscription *%s_on_%s", iface->prefix, signal->c_name);

	emit_param(params, "Bus *bus");
	emit_param(params, "const char *service");
	emit_param(params, "const char *path");
	emit_param(params, "%s%sFn fn", iface->c_type, signal->c_type);
	emit_param(params, "void *data");
	emit_prototype(out, 0, head, params);
}

/* ---- the header ---- */

static void emit_done_type(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("typedef void (*%s%sDone)", iface->c_type, method->c_type);

	if (method->out->len)
		emit_param(params, "const %s%sOut *out", iface->c_type, method->c_type);
	emit_param(params, "const GError *error");
	emit_param(params, "void *data");
	emit_prototype(out, 0, head, params);
	emit(out, ";\n");
}

static void emit_fn_type(GString *out, const IdlInterface *iface, const IdlMember *signal)
{
	g_autoptr(GPtrArray) params = emit_params();
	g_autofree char *head =
		g_strdup_printf("typedef void (*%s%sFn)", iface->c_type, signal->c_type);

	emit_param(params, "const char *path");
	if (signal->in->len)
		emit_param(params, "const %s%sArgs *args", iface->c_type, signal->c_type);
	emit_param(params, "void *data");
	emit_prototype(out, 0, head, params);
	emit(out, ";\n");
}

static void emit_interface_h(GString *out, const IdlInterface *iface)
{
	emit_section(out, iface, false);
	for_each (IdlMember, method, iface->methods) {
		emit(out, "\n");
		emit_doc(out, method->doc, 0);
		emit_call_prototype(out, iface, method);
		emit(out, ";\n");
		emit_done_type(out, iface, method);
		emit_async_prototype(out, iface, method);
		emit(out, ";\n");
	}
	for_each (IdlMember, signal, iface->signals) {
		emit(out, "\n");
		emit_doc(out, signal->doc, 0);
		emit_fn_type(out, iface, signal);
		emit_on_prototype(out, iface, signal);
		emit(out, ";\n");
	}
}

char *emit_client_h(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_head(out, file, true);
	emit(out, "#include \"%s_types.h\"\n", file->name);
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface_h(out, iface);
	return g_string_free(out, FALSE);
}

/* ---- the functions ---- */

/* "&x_interface,\n\t\t&x_interface.methods[...], &in_" */
static void emit_call_args(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	emit(out, "to, &%s_interface,\n\t\t\t&%s_interface.methods[%s_METHOD_%s],\n\t\t\t%s, ",
	     iface->prefix, iface->prefix, iface->c_const, method->c_const,
	     method->in->len ? "&in" : "NULL");
}

static void emit_in_struct(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	g_autofree char *c_type = g_strconcat(iface->c_type, method->c_type, "In", NULL);

	emit_struct_from_params(out, c_type, "in", method->in);
}

static void emit_call(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	emit(out, "\n");
	emit_call_prototype(out, iface, method);
	emit(out, "\n{\n");
	emit_in_struct(out, iface, method);
	if (!method->out->len) {
		emit(out, "%s\treturn rpc_call_blocking(", method->in->len ? "\n" : "");
		emit_call_args(out, iface, method);
		emit(out, "NULL, error);\n}\n");
		return;
	}
	emit(out, "\t%s%sOut out;\n\n\tif (!rpc_call_blocking(", iface->c_type,
	     method->c_type);
	emit_call_args(out, iface, method);
	emit(out, "&out, error))\n\t\treturn false;\n");
	for_each (IdlArg, arg, method->out)
		emit(out, "\t*ret_%s = out.%s;\n", arg->field, arg->field);
	emit(out, "\treturn true;\n}\n");
}

static void emit_async(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	emit(out,
	     "\nstatic void %s_%s_done(void (*done)(void), const void *out,\n"
	     "\t\tconst GError *error, void *data)\n{\n"
	     "\t((%s%sDone)done)(%serror, data);\n}\n\n",
	     iface->prefix, method->c_name, iface->c_type, method->c_type,
	     method->out->len ? "out, " : "");
	emit_async_prototype(out, iface, method);
	emit(out, "\n{\n");
	emit_in_struct(out, iface, method);
	emit(out, "%s\treturn rpc_call_async_typed(", method->in->len ? "\n" : "");
	emit_call_args(out, iface, method);
	emit(out, "%s_%s_done,\n\t\t\t(void (*)(void))done, data);\n}\n", iface->prefix,
	     method->c_name);
}

static void emit_on(GString *out, const IdlInterface *iface, const IdlMember *signal)
{
	emit(out,
	     "\nstatic void %s_call_%s(void (*fn)(void), const char *path,\n"
	     "\t\tconst void *args, void *data)\n{\n"
	     "\t((%s%sFn)fn)(path, %sdata);\n}\n\n",
	     iface->prefix, signal->c_name, iface->c_type, signal->c_type,
	     signal->in->len ? "args, " : "");
	emit_on_prototype(out, iface, signal);
	emit(out,
	     "\n{\n\treturn rpc_subscribe_typed(bus, service, path, &%s_interface,\n"
	     "\t\t\t&%s_interface.signals[%s_SIGNAL_%s],\n"
	     "\t\t\t%s_call_%s, (void (*)(void))fn, data);\n}\n",
	     iface->prefix, iface->prefix, iface->c_const, signal->c_const, iface->prefix,
	     signal->c_name);
}

char *emit_client_c(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_head(out, file, false);
	emit(out, "#include \"%s_client.h\"\n", file->name);
	for_each (IdlInterface, iface, file->interfaces) {
		emit_section(out, iface, false);
		for_each (IdlMember, method, iface->methods) {
			emit_call(out, iface, method);
			emit_async(out, iface, method);
		}
		for_each (IdlMember, signal, iface->signals)
			emit_on(out, iface, signal);
	}
	return g_string_free(out, FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/introspect.h"

#include <stdbool.h>
#include <string.h>

#include "lib/error.h"
#include "xenmgr/cli/text.h"

#define XML_MAX (4 << 20)
#define DEPTH_MAX 16

static void arg_free(void *data)
{
	IntrospectArg *arg = data;

	g_free(arg->name);
	g_free(arg->signature);
	g_free(arg);
}

static void method_free(void *data)
{
	IntrospectMethod *method = data;

	g_free(method->name);
	g_ptr_array_unref(method->in);
	g_ptr_array_unref(method->out);
	g_free(method);
}

static void property_free(void *data)
{
	IntrospectProperty *property = data;

	g_free(property->name);
	g_free(property->signature);
	g_free(property->access);
	g_free(property);
}

static void interface_free(void *data)
{
	IntrospectInterface *iface = data;

	g_free(iface->name);
	g_ptr_array_unref(iface->methods);
	g_ptr_array_unref(iface->properties);
	g_free(iface);
}

/* ---- parsing ---- */

typedef struct {
	GPtrArray *interfaces;
	IntrospectInterface *iface; /* open ones */
	IntrospectMethod *method;
	int depth;
} Parser;

/* Depths at which an element counts: those of child nodes stand deeper. */
enum { DEPTH_NODE, DEPTH_INTERFACE, DEPTH_MEMBER, DEPTH_ARG };

static const char *attribute(const char **names, const char **values, const char *name)
{
	for (size_t i = 0; names[i]; i++)
		if (g_str_equal(names[i], name))
			return values[i];
	return NULL;
}

/* An attribute that must be there, and of a type one that must be a complete type. */
static const char *need(const char *element, const char *name, const char **names,
			const char **values, GError **error)
{
	const char *value = attribute(names, values, name);

	if (!value) {
		xt_fail(error, XT_ERROR_INVALID, "introspection data: %s without %s", element,
			name);
		return NULL;
	}
	if (g_str_equal(name, "type") &&
	    (!*value || !text_signature_valid(value) || *rpc_signature_next(value))) {
		xt_fail(error, XT_ERROR_INVALID, "introspection data: '%s' is not a type",
			value);
		return NULL;
	}
	return value;
}

static void start_interface(Parser *p, const char **names, const char **values,
			    GError **error)
{
	const char *name = need("interface", "name", names, values, error);

	if (!name)
		return;
	p->iface = g_new0(IntrospectInterface, 1);
	p->iface->name = g_strdup(name);
	p->iface->methods = g_ptr_array_new_with_free_func(method_free);
	p->iface->properties = g_ptr_array_new_with_free_func(property_free);
	g_ptr_array_add(p->interfaces, p->iface);
}

static void start_method(Parser *p, const char **names, const char **values, GError **error)
{
	const char *name = need("method", "name", names, values, error);

	if (!name)
		return;
	p->method = g_new0(IntrospectMethod, 1);
	p->method->name = g_strdup(name);
	p->method->in = g_ptr_array_new_with_free_func(arg_free);
	p->method->out = g_ptr_array_new_with_free_func(arg_free);
	g_ptr_array_add(p->iface->methods, p->method);
}

static void start_arg(Parser *p, const char **names, const char **values, GError **error)
{
	const char *type = need("argument", "type", names, values, error);
	const char *name = attribute(names, values, "name");
	const char *direction = attribute(names, values, "direction");
	IntrospectArg *arg;

	if (!type)
		return;
	arg = g_new0(IntrospectArg, 1);
	arg->name = g_strdup(name ? name : "");
	arg->signature = g_strdup(type);
	g_ptr_array_add(direction && g_str_equal(direction, "out") ? p->method->out :
								     p->method->in,
			arg);
}

static void start_property(Parser *p, const char **names, const char **values,
			   GError **error)
{
	const char *name = need("property", "name", names, values, error);
	const char *type = name ? need("property", "type", names, values, error) : NULL;
	const char *access = attribute(names, values, "access");
	IntrospectProperty *property;

	if (!type)
		return;
	property = g_new0(IntrospectProperty, 1);
	property->name = g_strdup(name);
	property->signature = g_strdup(type);
	property->access = g_strdup(access ? access : "read");
	g_ptr_array_add(p->iface->properties, property);
}

static void start_element(GMarkupParseContext *context, const char *element,
			  const char **names, const char **values, void *data, GError **error)
{
	Parser *p = data;
	int depth = p->depth++;

	if (depth >= DEPTH_MAX)
		xt_fail(error, XT_ERROR_INVALID, "introspection data: too deep");
	else if (depth == DEPTH_INTERFACE && g_str_equal(element, "interface"))
		start_interface(p, names, values, error);
	else if (depth == DEPTH_MEMBER && p->iface && g_str_equal(element, "method"))
		start_method(p, names, values, error);
	else if (depth == DEPTH_MEMBER && p->iface && g_str_equal(element, "property"))
		start_property(p, names, values, error);
	else if (depth == DEPTH_ARG && p->method && g_str_equal(element, "arg"))
		start_arg(p, names, values, error);
}

static void end_element(GMarkupParseContext *context, const char *element, void *data,
			GError **error)
{
	Parser *p = data;

	p->depth--;
	if (p->depth == DEPTH_MEMBER)
		p->method = NULL;
	if (p->depth == DEPTH_INTERFACE)
		p->iface = NULL;
}

GPtrArray *introspect_parse(const char *xml, GError **error)
{
	static const GMarkupParser parser = { start_element, end_element };
	g_autoptr(GPtrArray) interfaces = g_ptr_array_new_with_free_func(interface_free);
	g_autoptr(GMarkupParseContext) context = NULL;
	Parser p = { .interfaces = interfaces };

	if (strnlen(xml, XML_MAX + 1) > XML_MAX) {
		xt_fail(error, XT_ERROR_LIMIT, "introspection data: more than %d bytes",
			XML_MAX);
		return NULL;
	}
	context = g_markup_parse_context_new(&parser, 0, &p, NULL);
	if (!g_markup_parse_context_parse(context, xml, -1, error) ||
	    !g_markup_parse_context_end_parse(context, error))
		return NULL;
	return g_steal_pointer(&interfaces);
}

/* ---- finding ---- */

const IntrospectInterface *introspect_find(const GPtrArray *interfaces, const char *name)
{
	for (guint i = 0; i < interfaces->len; i++) {
		const IntrospectInterface *iface = g_ptr_array_index(interfaces, i);

		if (g_str_equal(iface->name, name))
			return iface;
	}
	return NULL;
}

const IntrospectMethod *introspect_method(const IntrospectInterface *iface, const char *name)
{
	for (guint i = 0; i < iface->methods->len; i++) {
		const IntrospectMethod *method = g_ptr_array_index(iface->methods, i);

		if (g_str_equal(method->name, name))
			return method;
	}
	return NULL;
}

const IntrospectProperty *introspect_property(const IntrospectInterface *iface,
					      const char *name)
{
	for (guint i = 0; i < iface->properties->len; i++) {
		const IntrospectProperty *property = g_ptr_array_index(iface->properties, i);

		if (g_str_equal(property->name, name))
			return property;
	}
	return NULL;
}

/* ---- printing ---- */

static char *dashed(const char *name)
{
	return g_strdelimit(g_strdup(name), "_", '-');
}

static void print_args(GString *out, const GPtrArray *args, const char *prefix,
		       const char **separator)
{
	for (guint i = 0; i < args->len; i++) {
		const IntrospectArg *arg = g_ptr_array_index(args, i);

		g_string_append_printf(out, "%s%s%s:%s", *separator, prefix, arg->name,
				       arg->signature);
		*separator = ", ";
	}
}

static void print_method(GString *out, const IntrospectMethod *method)
{
	g_autofree char *name = dashed(method->name);
	const char *separator = "";

	g_string_append_printf(out, "|     +  %-28s ( ", name);
	print_args(out, method->in, "", &separator);
	print_args(out, method->out, "OUT ", &separator);
	g_string_append(out, " )\n");
}

static void print_interface(GString *out, const IntrospectInterface *iface)
{
	g_string_append_printf(out, "/------- %s\n", iface->name);
	for (guint i = 0; i < iface->properties->len; i++) {
		const IntrospectProperty *property = g_ptr_array_index(iface->properties, i);

		g_string_append_printf(out, "|     -  %-28s %s:%s\n", property->name,
				       property->access, property->signature);
	}
	for (guint i = 0; i < iface->methods->len; i++)
		print_method(out, g_ptr_array_index(iface->methods, i));
}

void introspect_print(GString *out, const GPtrArray *interfaces)
{
	for (guint i = 0; i < interfaces->len; i++) {
		print_interface(out, g_ptr_array_index(interfaces, i));
		g_string_append_c(out, '\n');
	}
}

void introspect_print_interfaces(GString *out, const GPtrArray *interfaces)
{
	for (guint i = 0; i < interfaces->len; i++) {
		const IntrospectInterface *iface = g_ptr_array_index(interfaces, i);

		g_string_append_printf(out, "%s\n", iface->name);
	}
}

void introspect_print_methods(GString *out, const IntrospectInterface *iface)
{
	for (guint i = 0; i < iface->methods->len; i++) {
		const IntrospectMethod *method = g_ptr_array_index(iface->methods, i);
		g_autofree char *name = dashed(method->name);

		g_string_append_printf(out, "%s\n", name);
	}
}

void introspect_print_properties(GString *out, const IntrospectInterface *iface)
{
	for (guint i = 0; i < iface->properties->len; i++) {
		const IntrospectProperty *property = g_ptr_array_index(iface->properties, i);

		g_string_append_printf(out, "%s\n", property->name);
	}
}

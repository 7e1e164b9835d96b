/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include "lib/error.h"

/* Serving org.freedesktop.DBus.Properties, and the check of a value for a property. */

const RpcProperty *rpc_find_property(const RpcInterface *iface, const char *name)
{
	for (unsigned int i = 0; i < iface->n_properties; i++)
		if (g_str_equal(iface->properties[i].name, name))
			return &iface->properties[i];
	return NULL;
}

/* ---- is it a right value? ---- */

char *rpc_basic_to_text(char code, const void *data)
{
	switch (code) {
	case 'y':
		return g_strdup_printf("%u", *(const uint8_t *)data);
	case 'b':
		return g_strdup(*(const bool *)data ? "true" : "false");
	case 'n':
		return g_strdup_printf("%d", *(const int16_t *)data);
	case 'q':
		return g_strdup_printf("%u", *(const uint16_t *)data);
	case 'i':
		return g_strdup_printf("%" G_GINT32_FORMAT, *(const int32_t *)data);
	case 'u':
		return g_strdup_printf("%" G_GUINT32_FORMAT, *(const uint32_t *)data);
	case 'x':
		return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)data);
	case 't':
		return g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)data);
	case 's':
	case 'o':
	case 'g':
		return g_strdup(*(const char *const *)data);
	default:
		return g_strdup("");
	}
}

static bool check_allowed(const RpcProperty *property, const RpcValue *value, GError **error)
{
	g_autofree char *text =
		rpc_basic_to_text(value->signature[0], &value->uint64);
	g_autofree char *list = NULL;

	for (const char *const *word = property->allowed; *word; word++)
		if (g_str_equal(*word, text))
			return true;
	list = g_strjoinv(", ", (char **)property->allowed);
	return xt_fail(error, XT_ERROR_INVALID,
		       "property \"%s\" cannot be \"%s\"; it is one of: %s", property->name,
		       text, list);
}

static bool check_range(const RpcProperty *property, const RpcValue *value, GError **error)
{
	g_autofree char *text =
		rpc_basic_to_text(value->signature[0], &value->uint64);
	bool huge = value->signature[0] == 't' && value->uint64 > G_MAXINT64;
	int64_t number = huge ? G_MAXINT64 : g_ascii_strtoll(text, NULL, 10);

	if (value->signature[0] == 'd') {
		if (value->real >= property->min && value->real <= property->max)
			return true;
	} else if (!(huge && property->max < G_MAXINT64) && number >= property->min &&
		   number <= property->max) {
		return true;
	}
	return xt_fail(error, XT_ERROR_INVALID,
		       "property \"%s\" must be between %" G_GINT64_FORMAT
		       " and %" G_GINT64_FORMAT,
		       property->name, property->min, property->max);
}

bool rpc_check_property(const RpcProperty *property, const RpcValue *value, GError **error)
{
	if (!g_str_equal(value->signature, property->type->signature))
		return xt_fail(error, XT_ERROR_INVALID,
			       "property \"%s\" has the type \"%s\", not \"%s\"",
			       property->name, property->type->signature, value->signature);
	if (property->allowed && !check_allowed(property, value, error))
		return false;
	if ((property->min || property->max) && !check_range(property, value, error))
		return false;
	return true;
}

/* ---- serving ---- */

static const RpcBinding *find_interface(const RpcObject *object, const char *name)
{
	for (const RpcBinding *binding = object->bindings; binding->service; binding++)
		if (g_str_equal(binding->service->iface->name, name))
			return binding;
	return NULL;
}

/* The interface of @in, which may be "": then of the only one that has the property
 * (of GetAll: that has any). */
static const RpcBinding *find_binding(RpcCall *call, const RpcObject *object,
				      const RpcPropertyIn *in)
{
	const RpcBinding *found = NULL;
	unsigned int n = 0;

	if (*in->iface) {
		found = find_interface(object, in->iface);
		if (!found)
			rpc_call_failf(call, XT_ERROR_UNKNOWN_INTERFACE,
				       "object \"%s\" has no interface \"%s\"",
				       rpc_call_path(call), in->iface);
		return found;
	}
	for (const RpcBinding *binding = object->bindings; binding->service; binding++) {
		const RpcInterface *iface = binding->service->iface;

		if (in->property ? !rpc_find_property(iface, in->property) :
				   !iface->n_properties)
			continue;
		found = binding;
		n++;
	}
	if (n == 1)
		return found;
	if (in->property)
		rpc_call_failf(call, XT_ERROR_UNKNOWN_PROPERTY,
			       n ? "several interfaces have a property \"%s\": name one" :
				   "no property \"%s\"",
			       in->property);
	else
		rpc_call_failf(call, XT_ERROR_INVALID, "which interface? none was named");
	return NULL;
}

static void serve_get(RpcCall *call, const RpcObject *object, const RpcBinding *binding,
		      const RpcProperty *property)
{
	call->property = property;
	if (!(property->flags & RPC_PROPERTY_READ))
		rpc_call_failf(call, XT_ERROR_DENIED, "property \"%s\" can only be written",
			       property->name);
	else
		binding->properties->get(object->impl, call, binding->service->iface,
					 property);
}

static void serve_set(RpcCall *call, const RpcObject *object, const RpcBinding *binding,
		      const RpcProperty *property, const RpcValue *value)
{
	g_autoptr(GError) error = NULL;

	if (!(property->flags & RPC_PROPERTY_WRITE))
		rpc_call_failf(call, XT_ERROR_READ_ONLY, "property \"%s\" can only be read",
			       property->name);
	else if (!rpc_check_property(property, value, &error))
		rpc_call_fail(call, error);
	else
		binding->properties->set(object->impl, call, binding->service->iface,
					 property, value);
}

static void serve_get_all(RpcCall *call, const RpcObject *object, const RpcBinding *binding)
{
	const RpcInterface *iface = binding->service->iface;

	if (binding->properties)
		binding->properties->get_all(object->impl, call, iface);
	else
		rpc_call_return_args(call, call->method->out, &(RpcNamedValues){ NULL, 0 });
}

void rpc_serve_properties(RpcCall *call, const RpcObject *object, const void *in_)
{
	const RpcPropertyIn *in = in_;
	const RpcMethod *const methods = rpc_properties_interface.methods;
	const RpcBinding *binding = find_binding(call, object, in);
	const RpcProperty *property;

	if (!binding)
		return;
	if (call->method == &methods[RPC_PROPERTIES_GET_ALL]) {
		serve_get_all(call, object, binding);
		return;
	}

	property = rpc_find_property(binding->service->iface, in->property);
	if (!property || !binding->properties)
		rpc_call_failf(call, XT_ERROR_UNKNOWN_PROPERTY,
			       "interface \"%s\" has no property \"%s\"",
			       binding->service->iface->name, in->property);
	else if (call->method == &methods[RPC_PROPERTIES_GET])
		serve_get(call, object, binding, property);
	else
		serve_set(call, object, binding, property, in->value);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/property.h"

#include "lib/error.h"
#include "xenmgr/tree.h"

static RpcValue *from_flag(const char *text)
{
	bool flag;

	return tree_parse_flag(text, &flag) ? rpc_value_new_boolean(flag) : NULL;
}

static RpcValue *from_int32(const char *text)
{
	int64_t number;

	if (!tree_parse_number(text, &number) || number < G_MININT32 ||
	    number > G_MAXINT32)
		return NULL;
	return rpc_value_new_int32((int32_t)number);
}

static RpcValue *from_int64(const char *text)
{
	int64_t number;

	return tree_parse_number(text, &number) ? rpc_value_new_int64(number) : NULL;
}

/* clang-format off */
static const struct {
	char code;
	const char *kind; /* in errors */
	const char *empty;
	RpcValue *(*from)(const char *text);
} types[] = {
	{ 'b', "true or false",	"false",	from_flag },
	{ 'i', "a number",	"0",		from_int32 },
	{ 'x', "a number",	"0",		from_int64 },
	{ 's', "text",		"",		rpc_value_new_string },
};
/* clang-format on */

static unsigned int type_of(const RpcProperty *property)
{
	unsigned int i = 0;

	/* A key on a property of another type is a mistake in the IDL. */
	while (types[i].code != property->type->code)
		g_assert(++i < G_N_ELEMENTS(types));
	return i;
}

RpcValue *property_parse(const RpcProperty *property, const char *text, GError **error)
{
	unsigned int type = type_of(property);
	g_autoptr(RpcValue) value = types[type].from(text);

	if (!value) {
		xt_fail(error, XT_ERROR_INVALID, "%s: \"%s\" is not %s", property->name,
			text, types[type].kind);
		return NULL;
	}
	if (!rpc_check_property(property, value, error))
		return NULL;
	return g_steal_pointer(&value);
}

static RpcValue *fallback_of(const RpcProperty *property)
{
	unsigned int type = type_of(property);

	return types[type].from(property->fallback ? property->fallback
						   : types[type].empty);
}

RpcValue *property_from_db(const RpcProperty *property, const char *text)
{
	g_autoptr(GError) error = NULL;
	RpcValue *value;

	if (!text || !*text)
		return fallback_of(property);

	value = property_parse(property, text, &error);
	if (value)
		return value;
	g_warning("database: %s, ignoring", error->message);
	return fallback_of(property);
}

char *property_to_db(const RpcValue *value)
{
	switch (value->signature[0]) {
	case 'b':
		return g_strdup(value->boolean ? "true" : "false");
	case 'i':
		return g_strdup_printf("%d", value->int32);
	case 'x':
		return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)value->int64);
	default:
		return g_strdup(value->string);
	}
}

const RpcProperty *property_of_key(const RpcInterface *iface, const char *key)
{
	for (unsigned int i = 0; i < iface->n_properties; i++)
		if (iface->properties[i].key &&
		    g_str_equal(iface->properties[i].key, key))
			return &iface->properties[i];
	return NULL;
}

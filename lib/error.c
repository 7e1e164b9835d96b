/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/error.h"

#include <stdarg.h>

typedef struct {
	char *bus_name; /* of an error that came over the bus, else NULL */
} XtErrorPrivate;

static void xt_error_private_init(XtErrorPrivate *priv)
{
	priv->bus_name = NULL;
}

static void xt_error_private_copy(const XtErrorPrivate *from, XtErrorPrivate *to)
{
	to->bus_name = g_strdup(from->bus_name);
}

static void xt_error_private_clear(XtErrorPrivate *priv)
{
	g_free(priv->bus_name);
}

G_DEFINE_EXTENDED_ERROR(XtError, xt_error)

#define FREEDESKTOP "org.freedesktop.DBus.Error."
#define OURS "com.citrix.xenclient.Error."

/* clang-format off */
static const char *const bus_names[_XT_ERROR_N] = {
	[XT_ERROR_FAILED]		= FREEDESKTOP "Failed",
	[XT_ERROR_NOT_FOUND]		= OURS "NotFound",
	[XT_ERROR_BAD_STATE]		= OURS "BadState",
	[XT_ERROR_BUSY]			= OURS "Busy",
	[XT_ERROR_GONE]			= FREEDESKTOP "NoReply",
	[XT_ERROR_TIMEOUT]		= FREEDESKTOP "Timeout",
	[XT_ERROR_INVALID]		= FREEDESKTOP "InvalidArgs",
	[XT_ERROR_DENIED]		= FREEDESKTOP "AccessDenied",
	[XT_ERROR_LIMIT]		= FREEDESKTOP "LimitsExceeded",
	[XT_ERROR_UNKNOWN_OBJECT]	= FREEDESKTOP "UnknownObject",
	[XT_ERROR_UNKNOWN_INTERFACE]	= FREEDESKTOP "UnknownInterface",
	[XT_ERROR_UNKNOWN_METHOD]	= FREEDESKTOP "UnknownMethod",
	[XT_ERROR_UNKNOWN_PROPERTY]	= FREEDESKTOP "UnknownProperty",
	[XT_ERROR_READ_ONLY]		= FREEDESKTOP "PropertyReadOnly",
};
/* clang-format on */

const char *xt_error_bus_name(const GError *error)
{
	const XtErrorPrivate *priv;

	if (error->domain != XT_ERROR)
		return bus_names[XT_ERROR_FAILED];

	priv = xt_error_get_private(error);
	return priv->bus_name ? priv->bus_name : bus_names[error->code];
}

GError *xt_error_from_bus(const char *name, const char *message)
{
	XtError code = XT_ERROR_FAILED;
	GError *error;

	for (unsigned int i = 0; i < _XT_ERROR_N; i++)
		if (g_str_equal(name, bus_names[i]))
			code = i;

	error = g_error_new_literal(XT_ERROR, code, message ? message : name);
	((XtErrorPrivate *)xt_error_get_private(error))->bus_name = g_strdup(name);
	return error;
}

bool xt_fail(GError **error, XtError code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = g_error_new_valist(XT_ERROR, code, format, args);
	va_end(args);
	return false;
}

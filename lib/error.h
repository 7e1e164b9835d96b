/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Errors: one domain for the whole project.
 *
 * A code exists only if some caller or client acts on it; everything else is
 * XT_ERROR_FAILED and only its message matters.  The bus name of each code is in one
 * table, in error.c, which serves both directions: an error that came over the bus has
 * the code of its name, and keeps the name where no code of ours has it.
 */

#include <glib.h>
#include <stdbool.h>

typedef enum {
	XT_ERROR_FAILED,
	XT_ERROR_NOT_FOUND,
	XT_ERROR_BAD_STATE,
	XT_ERROR_BUSY,
	XT_ERROR_GONE,	 /* who was asked went away before it answered */
	XT_ERROR_TIMEOUT,
	XT_ERROR_INVALID, /* the caller's arguments */
	XT_ERROR_DENIED,
	XT_ERROR_LIMIT,
	XT_ERROR_UNKNOWN_OBJECT,
	XT_ERROR_UNKNOWN_INTERFACE,
	XT_ERROR_UNKNOWN_METHOD,
	XT_ERROR_UNKNOWN_PROPERTY,
	XT_ERROR_READ_ONLY,
	_XT_ERROR_N,
} XtError;

#define XT_ERROR xt_error_quark()

GQuark xt_error_quark(void);

/* The D-Bus name to send @error under; owned by @error or static. */
const char *xt_error_bus_name(const GError *error);

/* An error of ours from one that came over the bus.  Free with g_error_free(). */
GError *xt_error_from_bus(const char *name, const char *message);

/* g_set_error() in the domain of the project, and false: "return xt_fail(error, ...)". */
bool xt_fail(GError **error, XtError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

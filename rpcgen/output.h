/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Output: files that are written only when they change, so that what is made from them
 * is not made again.
 */

#include <glib.h>
#include <stdbool.h>

/* Whole or not at all: by a temporary file beside it. */
bool output_write(const char *path, const char *text, GError **error);

/* "target: source", as make reads it. */
char *output_depfile(char *const *targets, const char *source);

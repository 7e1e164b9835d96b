/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Outputs: files that are written only when they change, so that what is made from them
 * is not made again; and all of them or none.
 *
 * Each is written beside its place and moved there when all are written.  Nobody ever
 * sees half of one.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct Outputs Outputs;

Outputs *outputs_new(void);
/* What was not moved to its place is removed. */
void outputs_free(Outputs *outputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outputs, outputs_free)

/* @path is to have @text. */
bool outputs_add(Outputs *outputs, const char *path, const char *text, GError **error);

/* "all paths so far: source", as make reads it; free with g_free(). */
char *outputs_depfile(const Outputs *outputs, const char *source);

/* It is so.  If a move fails, those before it are done and those behind it are not. */
bool outputs_commit(Outputs *outputs, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON text: how values are spelled, the same everywhere.
 *
 * Two blanks a level, "{ }" and "[]" where there is nothing in it, and numbers with the
 * fewest digits that read back as the same number.
 */

#include <glib.h>
#include <stddef.h>

#include "lib/json.h"

#define JSON_TEXT_COMPACT (-1)

void json_text_string(GString *out, const char *text, size_t len);

/* @level: how deep it stands, or JSON_TEXT_COMPACT. */
void json_text_value(GString *out, const json_t *value, int level);

/* A line's end and the blanks before what stands at @level; nothing if compact. */
void json_text_break(GString *out, int level);

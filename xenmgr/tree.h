/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tree: a part of the database in memory, as JSON: objects, and leaves that are strings.
 *
 * It is what a template is and what dbd's dump gives.  Paths are "config/memory".
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/json.h"

#define TREE_MAX_BYTES (1024 * 1024)
#define TREE_MAX_DEPTH 16
#define TREE_MAX_ID    255 /* of a child that is a number: disks, NICs, rules */

/*
 * Parse what somebody wrote.  Numbers and booleans become their text; a list, a null, and
 * a name that is empty or has a "/" are refused.  @where names the source in the error.
 * A new reference.
 */
json_t *tree_parse(const char *text, const char *where, GError **error);
json_t *tree_parse_file(const char *path, GError **error);

/* Parse a dump of the database: what no key can hold is left out; null is empty. */
json_t *tree_parse_dump(const char *text, const char *where, GError **error);

char *tree_print(const json_t *tree); /* compact JSON */

const json_t *tree_node(const json_t *tree, const char *path);

/* The leaf's text, owned by the tree; NULL if missing or not a leaf. */
const char *tree_text(const json_t *tree, const char *path);
const char *tree_textf(const json_t *tree, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* @fallback if missing, or (with a warning) not a boolean or number. */
bool tree_flag(const json_t *tree, const char *path, bool fallback);
int64_t tree_number(const json_t *tree, const char *path, int64_t fallback);

/* Sets the leaf at @path, and what leads to it. */
void tree_set(json_t *tree, const char *path, const char *value);

/* The children of the node at @path that are numbers 0..TREE_MAX_ID, ascending.  In
 * @ret_ids, of TREE_MAX_ID + 1 entries; returns how many. */
unsigned int tree_ids(const json_t *tree, const char *path, unsigned int *ret_ids);

/* The list that is kept as the children 0, 1, ... of @path; NULL-terminated, borrowed
 * texts; free the vector with g_free(). */
const char **tree_list(const json_t *tree, const char *path);

/* As the database writes and reads them: true/yes/1, false/no/0. */
bool tree_parse_flag(const char *text, bool *ret_flag);
bool tree_parse_number(const char *text, int64_t *ret_number);

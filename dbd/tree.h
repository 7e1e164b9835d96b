/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tree: what may be read and written where.
 *
 * A node has a value or children, and nothing is lost in silence: a value is not written
 * over children nor children below a value (an empty or null one is in nobody's way), and
 * what cannot be done is refused with XT_ERROR_BAD_STATE or XT_ERROR_INVALID.  What
 * changes the tree is called inside a transaction's step, which the caller undoes if it
 * fails: it may have been half done.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "dbd/path.h"
#include "dbd/store.h"

#define TREE_VALUE_MAX (1024u * 1024)
#define TREE_INJECT_MAX (16u * 1024 * 1024)

/*
 * A string as it is, another scalar as JSON spells it, of a binary node "file:" and its
 * path; "" of anything else and of what is missing.
 */
bool tree_read(Store *store, const DbPath *path, char **ret_value, GError **error);

/* The bytes of a binary node, and of no other. */
bool tree_read_binary(Store *store, const DbPath *path, GBytes **ret_value, GError **error);

/* Names of the children in their order, NULL-terminated; none if missing or a leaf. */
bool tree_list(Store *store, const DbPath *path, GPtrArray **ret_names, GError **error);

bool tree_exists(Store *store, const DbPath *path, bool *ret_exists, GError **error);

/* Pretty JSON with a line's end; "null" if missing. */
bool tree_dump(Store *store, const DbPath *path, char **ret_json, GError **error);

/* The node becomes a string; nodes above it are made. */
bool tree_write(Store *store, const DbPath *path, const char *value, GError **error);

/* The node and all below it are replaced by @json. */
bool tree_inject(Store *store, const DbPath *path, const char *json, GError **error);

/* The node goes, and all below it; missing is fine.  The root is emptied. */
bool tree_remove(Store *store, const DbPath *path, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON tree: a subtree of the database as JSON text, and back.
 *
 * Objects are nodes with children, in their order; everything else is a leaf of its JSON
 * type, an array being one leaf with all that is in it.
 */

#include <glib.h>
#include <stdbool.h>

#include "dbd/path.h"
#include "dbd/store.h"
#include "lib/json.h"

#define JSON_TREE_NODES_MAX (512 * 1024)
#define JSON_TREE_TEXT_MAX (64 * 1024 * 1024) /* of a dump: a message has to carry it */

/* Would it all be allowed at @path?  Names, nesting, sizes, number of nodes. */
bool json_tree_check(const DbPath *path, const json_t *json, GError **error);

/*
 * @json (checked) becomes the node @path, below which there is nothing.  An object at the
 * root is its children.
 */
bool json_tree_store(Store *store, const DbPath *path, const json_t *json, GError **error);

/* The node's text, or NULL with @error; "null" if there is no node. */
char *json_tree_dump(Store *store, const DbPath *path, GError **error);

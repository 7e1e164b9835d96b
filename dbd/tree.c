/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/tree.h"

#include <string.h>

#include "dbd/json-tree.h"
#include "lib/error.h"
#include "lib/json.h"

/* ---- reading ---- */

bool tree_read(Store *store, const DbPath *path, char **ret_value, GError **error)
{
	StoreNode node;

	if (!store_get(store, path->text, &node, error))
		return false;

	switch (node.type) {
	case NODE_STRING:
	case NODE_NUMBER:
	case NODE_BOOLEAN:
	case NODE_NULL:
		*ret_value = g_strndup(node.value, node.len);
		break;
	case NODE_BINARY:
		*ret_value = g_strconcat("file:", path_shown(path), NULL);
		break;
	case NODE_INNER:
	case NODE_ARRAY:
	case NODE_MISSING:
		*ret_value = g_strdup("");
		break;
	}
	return true;
}

bool tree_read_binary(Store *store, const DbPath *path, GBytes **ret_value,
		      GError **error)
{
	StoreNode node;

	if (!store_get(store, path->text, &node, error))
		return false;
	if (node.type != NODE_BINARY)
		return xt_fail(error, XT_ERROR_FAILED, "'%s' is not a binary node",
			       path_shown(path));
	*ret_value = g_bytes_new(node.value, node.len);
	return true;
}

bool tree_list(Store *store, const DbPath *path, GPtrArray **ret_names, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	if (!store_list(store, path->text, names, error))
		return false;
	g_ptr_array_add(names, NULL);
	*ret_names = g_steal_pointer(&names);
	return true;
}

bool tree_exists(Store *store, const DbPath *path, bool *ret_exists, GError **error)
{
	StoreNode node;

	if (!store_get(store, path->text, &node, error))
		return false;
	*ret_exists = node.type != NODE_MISSING;
	return true;
}

bool tree_dump(Store *store, const DbPath *path, char **ret_json, GError **error)
{
	char *json = json_tree_dump(store, path, error);

	if (json)
		*ret_json = json;
	return json != NULL;
}

/* ---- what stands in the way ---- */

static bool is_binary(const StoreNode *node, const char *what, GError **error)
{
	if (node->type != NODE_BINARY)
		return false;
	xt_fail(error, XT_ERROR_FAILED, "cannot %s binary file nodes", what);
	return true;
}

static bool is_empty_leaf(const StoreNode *node)
{
	return node->type == NODE_NULL || (node->type == NODE_STRING && node->len == 0);
}

/* @above, which is above @path, is or becomes a node that has children. */
static bool make_inner(Store *store, const DbPath *path, const char *above,
		       GError **error)
{
	StoreNode node;

	if (!store_get(store, above, &node, error))
		return false;
	if (node.type == NODE_INNER)
		return true;
	if (is_binary(&node, "overwrite", error))
		return false;
	if (node.type != NODE_MISSING && !is_empty_leaf(&node))
		return xt_fail(
			error, XT_ERROR_BAD_STATE,
			"'%s' has a value, so nothing can be written below it as '%s' "
			"would be: remove it first",
			strlen(above) > path->root ? above + path->root : "/",
			path_shown(path));
	return store_put(store, above, NODE_INNER, "", 0, error);
}

/* Make all nodes above @path. */
static bool make_way(Store *store, const DbPath *path, GError **error)
{
	g_autofree char *above = g_strdup(path->text);
	char *slash = strrchr(above, '/');
	StoreNode node;

	/* Nearly always the parent is there. */
	*slash = 0;
	if (!store_get(store, above, &node, error))
		return false;
	if (node.type == NODE_INNER)
		return true;
	*slash = '/';

	for (slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (!make_inner(store, path, above, error))
			return false;
		*slash = '/';
	}
	return true;
}

/* ---- changing ---- */

bool tree_write(Store *store, const DbPath *path, const char *value, GError **error)
{
	size_t len = strlen(value);
	bool has_children = true;
	StoreNode node;

	if (path_is_root(path))
		return xt_fail(error, XT_ERROR_INVALID,
			       "'/' has children, never a value");
	if (len > TREE_VALUE_MAX)
		return xt_fail(error, XT_ERROR_INVALID,
			       "a value of %zu bytes, at most %u can be written", len,
			       TREE_VALUE_MAX);

	if (!store_get(store, path->text, &node, error) ||
	    is_binary(&node, "overwrite", error))
		return false;
	if (node.type == NODE_STRING && node.len == len &&
	    memcmp(node.value, value, len) == 0)
		return true;
	if (node.type == NODE_INNER) {
		if (!store_has_children(store, path->text, &has_children, error))
			return false;
		if (has_children)
			return xt_fail(
				error, XT_ERROR_BAD_STATE,
				"'%s' has children, so it cannot have a value: remove "
				"them first",
				path_shown(path));
	}
	return make_way(store, path, error) &&
	       store_put(store, path->text, NODE_STRING, value, len, error);
}

bool tree_inject(Store *store, const DbPath *path, const char *json, GError **error)
{
	g_autoptr(json_t) parsed = json_parse(json, strlen(json), TREE_INJECT_MAX,
					      path_shown(path), error);
	StoreNode node;

	if (!parsed || !json_tree_check(path, parsed, error))
		return false;
	if (path_is_root(path) && !json_is_object(parsed))
		return xt_fail(error, XT_ERROR_INVALID,
			       "'/' has children: only a JSON object can be put there");

	if (!store_get(store, path->text, &node, error) ||
	    is_binary(&node, "overwrite", error))
		return false;
	return (path->depth == 0 || make_way(store, path, error)) &&
	       store_remove_below(store, path->text, error) &&
	       json_tree_store(store, path, parsed, error);
}

/* Nothing is at @path: is it because that would be inside a binary node? */
static bool check_not_inside_binary(Store *store, const DbPath *path, GError **error)
{
	g_autofree char *above = g_strdup(path->text);
	StoreNode node = { .type = NODE_MISSING };

	while (node.type == NODE_MISSING && *above) {
		*strrchr(above, '/') = 0;
		if (!store_get(store, above, &node, error))
			return false;
	}
	return !is_binary(&node, "remove", error);
}

bool tree_remove(Store *store, const DbPath *path, GError **error)
{
	StoreNode node;

	if (path->depth == 0)
		return store_remove_below(store, "", error);
	if (!store_get(store, path->text, &node, error))
		return false;
	if (node.type == NODE_MISSING)
		return check_not_inside_binary(store, path, error);
	return store_remove_below(store, path->text, error) &&
	       store_remove(store, path->text, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/json-tree.h"

#include <string.h>

#include "dbd/json-text.h"
#include "dbd/tree.h"
#include "lib/error.h"

/* ---- check ---- */

typedef struct {
	const DbPath *path;
	unsigned int nodes;
} Check;

static bool check_value(Check *check, const json_t *value, unsigned int depth,
			bool in_leaf, GError **error);

static bool check_object(Check *check, const json_t *object, unsigned int depth,
			 bool in_leaf, GError **error)
{
	const char *key;
	json_t *item;

	json_object_foreach((json_t *)object, key, item)
	{
		if (!in_leaf && !path_check_name(key, strlen(key), error))
			return false;
		if (!check_value(check, item, depth + 1, in_leaf, error))
			return false;
	}
	return true;
}

static bool check_array(Check *check, const json_t *array, unsigned int depth,
			GError **error)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) if (!check_value(check, item, depth + 1, true,
							    error)) return false;
	return true;
}

static bool check_value(Check *check, const json_t *value, unsigned int depth,
			bool in_leaf, GError **error)
{
	if (depth > PATH_DEPTH_MAX)
		return xt_fail(
			error, XT_ERROR_INVALID,
			"the JSON is nested too deeply: below '%s' there is room for %u "
			"levels",
			path_shown(check->path), PATH_DEPTH_MAX - check->path->depth);
	if (++check->nodes > JSON_TREE_NODES_MAX)
		return xt_fail(error, XT_ERROR_INVALID, "the JSON has more than %u nodes",
			       JSON_TREE_NODES_MAX);
	if (json_string_length(value) > TREE_VALUE_MAX)
		return xt_fail(
			error, XT_ERROR_INVALID,
			"the JSON has a string of %zu bytes, a value has at most %u",
			json_string_length(value), TREE_VALUE_MAX);

	if (json_is_object(value))
		return check_object(check, value, depth, in_leaf, error);
	if (json_is_array(value))
		return check_array(check, value, depth, error);
	return true;
}

bool json_tree_check(const DbPath *path, const json_t *json, GError **error)
{
	Check check = { .path = path };

	return check_value(&check, json, path->depth, false, error);
}

/* ---- JSON to rows ---- */

static NodeType type_of(const json_t *value)
{
	/* clang-format off */
	static const NodeType types[] = {
		[JSON_OBJECT]	= NODE_INNER,
		[JSON_ARRAY]	= NODE_ARRAY,
		[JSON_STRING]	= NODE_STRING,
		[JSON_INTEGER]	= NODE_NUMBER,
		[JSON_REAL]	= NODE_NUMBER,
		[JSON_TRUE]	= NODE_BOOLEAN,
		[JSON_FALSE]	= NODE_BOOLEAN,
		[JSON_NULL]	= NODE_NULL,
	};
	/* clang-format on */

	return types[json_typeof(value)];
}

/* What a leaf's row holds: a string as it is, anything else as JSON spells it. */
static void append_leaf(GString *out, const json_t *value)
{
	if (json_is_string(value))
		g_string_append_len(out, json_string_value(value),
				    json_string_length(value));
	else if (!json_is_object(value))
		json_text_value(out, value, JSON_TEXT_COMPACT);
}

static bool check_leaf(const GString *leaf, const GString *path, GError **error)
{
	return leaf->len <= TREE_VALUE_MAX ||
	       xt_fail(error, XT_ERROR_INVALID,
		       "the JSON has an array of %zu bytes, a value has at most %u",
		       leaf->len, TREE_VALUE_MAX);
}

static bool store_children(Store *store, GString *path, const json_t *object,
			   GError **error)
{
	size_t len = path->len;
	int64_t seq = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		g_autoptr(GString) leaf = g_string_new(NULL);

		append_leaf(leaf, value);
		g_string_append_c(path, '/');
		g_string_append(path, key);
		if (!check_leaf(leaf, path, error) ||
		    !store_add(store, path->str, seq++, type_of(value), leaf->str,
			       leaf->len, error) ||
		    !store_children(store, path, value, error))
			return false;
		g_string_truncate(path, len);
	}
	return true;
}

bool json_tree_store(Store *store, const DbPath *path, const json_t *json, GError **error)
{
	g_autoptr(GString) text = g_string_new(path->text);
	g_autoptr(GString) leaf = g_string_new(NULL);

	append_leaf(leaf, json);
	if (!check_leaf(leaf, text, error))
		return false;
	if (path->depth &&
	    !store_put(store, path->text, type_of(json), leaf->str, leaf->len, error))
		return false;
	return store_children(store, text, json, error);
}

/* ---- rows to JSON ---- */

/* A node that was read: where its name and value are among the bytes of all. */
typedef struct {
	NodeType type;
	unsigned int first; /* its first sibling's index: siblings stand together */
	size_t name, value, len;
} Row;

typedef struct {
	GArray *rows;
	GString *bytes;
	GHashTable *dirs; /* "/a/" -> index of its first child */
	const char *dir;  /* of the last row, a key of @dirs */
	GString *out;
} Dump;

static bool too_long(GError **error)
{
	return xt_fail(error, XT_ERROR_LIMIT,
		       "more than %u bytes are in one dump: dump it in parts",
		       JSON_TREE_TEXT_MAX);
}

static bool take_row(const char *dir, const char *name, const StoreNode *node, void *data,
		     GError **error)
{
	Dump *dump = data;
	Row row = { .type = node->type, .name = dump->bytes->len, .len = node->len };

	if (dump->bytes->len + node->len > JSON_TREE_TEXT_MAX)
		return too_long(error);

	g_string_append_len(dump->bytes, name, strlen(name) + 1);
	row.value = dump->bytes->len;
	g_string_append_len(dump->bytes, node->value, node->len);

	if (g_strcmp0(dir, dump->dir) != 0) {
		char *key = g_strdup(dir);

		row.first = dump->rows->len;
		g_hash_table_insert(dump->dirs, key, GUINT_TO_POINTER(row.first));
		dump->dir = key;
	} else {
		row.first = g_array_index(dump->rows, Row, dump->rows->len - 1).first;
	}
	g_array_append_val(dump->rows, row);
	return true;
}

static bool print_children(Dump *dump, GString *dir, int level, GError **error);

static bool print_node(Dump *dump, NodeType type, const char *value, size_t len,
		       GString *dir, int level, GError **error)
{
	switch (type) {
	case NODE_INNER:
		return print_children(dump, dir, level, error);
	case NODE_STRING:
		json_text_string(dump->out, value, len);
		break;
	case NODE_ARRAY: {
		g_autoptr(json_t) array = json_loadb(value, len, 0, NULL);

		if (array)
			json_text_value(dump->out, array, level);
		else
			g_string_append_len(dump->out, value, len);
		break;
	}
	case NODE_NUMBER:
	case NODE_BOOLEAN:
		g_string_append_len(dump->out, value, len);
		break;
	case NODE_NULL:
	case NODE_BINARY:
	case NODE_MISSING:
		g_string_append(dump->out, "null");
		break;
	}
	return dump->out->len <= JSON_TREE_TEXT_MAX || too_long(error);
}

/* @dir: the node's path and a slash. */
static bool print_children(Dump *dump, GString *dir, int level, GError **error)
{
	gpointer first;
	size_t len = dir->len;

	if (!g_hash_table_lookup_extended(dump->dirs, dir->str, NULL, &first)) {
		g_string_append(dump->out, "{ }");
		return true;
	}

	g_string_append_c(dump->out, '{');
	for (unsigned int i = GPOINTER_TO_UINT(first); i < dump->rows->len; i++) {
		const Row *row = &g_array_index(dump->rows, Row, i);
		const char *name = dump->bytes->str + row->name;

		if (row->first != GPOINTER_TO_UINT(first))
			break;
		if (i > row->first)
			g_string_append_c(dump->out, ',');
		json_text_break(dump->out, level + 1);
		json_text_string(dump->out, name, strlen(name));
		g_string_append(dump->out, ": ");

		g_string_append_printf(dir, "%s/", name);
		if (!print_node(dump, row->type, dump->bytes->str + row->value, row->len,
				dir, level + 1, error))
			return false;
		g_string_truncate(dir, len);
	}
	json_text_break(dump->out, level);
	g_string_append_c(dump->out, '}');
	return true;
}

char *json_tree_dump(Store *store, const DbPath *path, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
	g_autoptr(GString) bytes = g_string_new(NULL);
	g_autoptr(GHashTable)
		dirs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GString) dir = g_string_new(path->text);
	g_autoptr(GString) out = g_string_new(NULL);
	Dump dump = { .rows = rows, .bytes = bytes, .dirs = dirs, .out = out };
	StoreNode node;

	g_string_append_c(dir, '/');
	if (!store_scan(store, path->text, take_row, &dump, error) ||
	    !store_get(store, path->text, &node, error) ||
	    !print_node(&dump, node.type, node.value, node.len, dir, 0, error))
		return NULL;
	g_string_append_c(out, '\n');
	return g_string_free(g_steal_pointer(&out), FALSE);
}

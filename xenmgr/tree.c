/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/tree.h"

#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

static bool fail_at(GError **error, const char *where, const char *at, const char *what)
{
	return xt_fail(error, XT_ERROR_INVALID, "%s: \"%s\" %s", where, at, what);
}

/* The leaf that stands for @value; NULL with @error if none can. */
static json_t *leaf_of(const json_t *value, const char *where, const char *at,
		       GError **error)
{
	switch (json_typeof(value)) {
	case JSON_TRUE:
		return json_string("true");
	case JSON_FALSE:
		return json_string("false");
	case JSON_INTEGER:
		return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return json_sprintf("%.17g", json_real_value(value));
	case JSON_STRING:
		return json_string(json_string_value(value));
	case JSON_ARRAY:
		fail_at(error, where, at,
			"is a list; write an object with the members \"0\", \"1\", ...");
		return NULL;
	case JSON_NULL:
	case JSON_OBJECT:
		break;
	}
	fail_at(error, where, at, "is null; give it a value or leave it out");
	return NULL;
}

typedef struct {
	const char *where;
	bool lenient; /* leave out what is wrong */
} Source;

static json_t *normalize(const json_t *from, const Source *source, const char *at,
			 unsigned int depth, GError **error);

static json_t *normalize_child(const char *name, const json_t *value,
			       const Source *source, const char *at, unsigned int depth,
			       GError **error)
{
	if (!*name || strchr(name, '/')) {
		fail_at(error, source->where, at, "is no name for a key");
		return NULL;
	}
	if (json_is_object(value))
		return normalize(value, source, at, depth + 1, error);
	return leaf_of(value, source->where, at, error);
}

static json_t *normalize(const json_t *from, const Source *source, const char *at,
			 unsigned int depth, GError **error)
{
	g_autoptr(json_t) to = json_object();
	const char *name;
	json_t *value;

	if (depth > TREE_MAX_DEPTH) {
		fail_at(error, source->where, at, "is too deep");
		return NULL;
	}
	json_object_foreach((json_t *)from, name, value)
	{
		g_autofree char *below = *at ? g_strconcat(at, "/", name, NULL)
					     : g_strdup(name);
		json_t *child = normalize_child(name, value, source, below, depth,
						source->lenient ? NULL : error);

		if (child)
			json_object_set_new(to, name, child);
		else if (!source->lenient)
			return NULL;
	}
	return g_steal_pointer(&to);
}

static json_t *take_json(json_t *parsed, const Source *source, GError **error)
{
	g_autoptr(json_t) json = parsed;

	if (!json)
		return NULL;
	if (json_is_null(json) && source->lenient)
		return json_object();
	if (!json_is_object(json)) {
		xt_fail(error, XT_ERROR_INVALID, "%s: must be a JSON object",
			source->where);
		return NULL;
	}
	return normalize(json, source, "", 0, error);
}

json_t *tree_parse(const char *text, const char *where, GError **error)
{
	const Source source = { where, false };

	return take_json(json_parse(text, strlen(text), TREE_MAX_BYTES, where, error),
			 &source, error);
}

json_t *tree_parse_file(const char *path, GError **error)
{
	const Source source = { path, false };

	return take_json(json_parse_file(path, TREE_MAX_BYTES, error), &source, error);
}

json_t *tree_parse_dump(const char *text, const char *where, GError **error)
{
	const Source source = { where, true };

	return take_json(json_parse(text, strlen(text), TREE_MAX_BYTES, where, error),
			 &source, error);
}

char *tree_print(const json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT);
	char *copy = g_strdup(text);

	free(text);
	return copy;
}

const json_t *tree_node(const json_t *tree, const char *path)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);

	for (char **name = names; *name && tree; name++)
		if (**name)
			tree = json_object_get(tree, *name);
	return tree;
}

const char *tree_text(const json_t *tree, const char *path)
{
	return json_string_value(tree_node(tree, path));
}

const char *tree_textf(const json_t *tree, const char *format, ...)
{
	g_autofree char *path = NULL;
	va_list args;

	va_start(args, format);
	path = g_strdup_vprintf(format, args);
	va_end(args);
	return tree_text(tree, path);
}

bool tree_parse_flag(const char *text, bool *ret_flag)
{
	static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(text, words[i]) == 0) {
			*ret_flag = i % 2;
			return true;
		}
	return false;
}

bool tree_parse_number(const char *text, int64_t *ret_number)
{
	gint64 number;

	if (!g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
		return false;
	*ret_number = number;
	return true;
}

bool tree_flag(const json_t *tree, const char *path, bool fallback)
{
	const char *text = tree_text(tree, path);
	bool flag = fallback;

	if (text && *text && !tree_parse_flag(text, &flag))
		g_warning("key \"%s\": \"%s\" is no boolean, ignoring", path, text);
	return flag;
}

int64_t tree_number(const json_t *tree, const char *path, int64_t fallback)
{
	const char *text = tree_text(tree, path);
	int64_t number = fallback;

	if (text && *text && !tree_parse_number(text, &number))
		g_warning("key \"%s\": \"%s\" is no number, ignoring", path, text);
	return number;
}

void tree_set(json_t *tree, const char *path, const char *value)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);

	for (char **name = names; *name; name++) {
		json_t *below = json_object_get(tree, *name);

		if (!name[1]) {
			json_object_set_new(tree, *name, json_string(value));
			return;
		}
		if (!json_is_object(below)) {
			below = json_object();
			json_object_set_new(tree, *name, below);
		}
		tree = below;
	}
}

unsigned int tree_ids(const json_t *tree, const char *path, unsigned int *ret_ids)
{
	const json_t *node = tree_node(tree, path);
	unsigned int n = 0;

	/* Few children, few ids: asking for each keeps them in order. */
	for (unsigned int id = 0; node && id <= TREE_MAX_ID; id++) {
		char name[8];

		g_snprintf(name, sizeof name, "%u", id);
		if (json_object_get(node, name))
			ret_ids[n++] = id;
	}
	return n;
}

const char **tree_list(const json_t *tree, const char *path)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(tree, path, ids);
	const char **list = g_new0(const char *, n + 1);
	unsigned int used = 0;

	for (unsigned int i = 0; i < n; i++) {
		const char *text = tree_textf(tree, "%s/%u", path, ids[i]);

		if (text)
			list[used++] = text;
	}
	return list;
}

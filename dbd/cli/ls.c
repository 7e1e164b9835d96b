/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/cli/ls.h"

#include <string.h>

char *ls_clean_path(const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);
	g_autoptr(GString) clean = g_string_new(NULL);

	for (char **s = segments; *s; s++)
		if (**s)
			g_string_append_printf(clean, "/%s", *s);
	if (!clean->len)
		g_string_append_c(clean, '/');
	return g_string_free(g_steal_pointer(&clean), FALSE);
}

static char *child_path(const char *path, const char *name)
{
	return g_strconcat(path, path[1] ? "/" : "", name, NULL);
}

static void print_name(const Ls *ls, const char *path, unsigned int depth)
{
	if (ls->full) {
		g_string_append(ls->out, path);
		return;
	}
	for (; depth; depth--)
		g_string_append_c(ls->out, ' ');
	g_string_append(ls->out, strrchr(path, '/') + 1);
}

static void print_inner(const Ls *ls, const char *path, unsigned int depth)
{
	print_name(ls, path, depth);
	g_string_append(ls->out, " =\n");
}

static void print_leaf(const Ls *ls, const char *path, unsigned int depth, const char *value)
{
	print_name(ls, path, depth);
	g_string_append_printf(ls->out, " = \"%s\"\n", value);
}

static bool read_leaf(const Ls *ls, const char *path, unsigned int depth, GError **error)
{
	g_autofree char *value = NULL;

	if (!ls->read(ls->data, path, &value, error))
		return false;
	print_leaf(ls, path, depth, value);
	return true;
}

/* ---- from a dump ---- */

static bool dump_node(const Ls *ls, const char *path, unsigned int depth, const json_t *node,
		      GError **error);

static bool dump_children(const Ls *ls, const char *path, unsigned int depth,
			  const json_t *node, GError **error)
{
	const char *name;
	json_t *child;

	print_inner(ls, path, depth);
	json_object_foreach((json_t *)node, name, child) {
		g_autofree char *below = child_path(path, name);

		if (!dump_node(ls, below, depth + 1, child, error))
			return false;
	}
	return true;
}

static bool dump_node(const Ls *ls, const char *path, unsigned int depth, const json_t *node,
		      GError **error)
{
	if (json_is_object(node) && json_object_size(node))
		return dump_children(ls, path, depth, node, error);
	if (json_is_object(node))
		print_leaf(ls, path, depth, "");
	else if (json_is_string(node))
		print_leaf(ls, path, depth, json_string_value(node));
	else if (json_is_boolean(node))
		print_leaf(ls, path, depth, json_is_true(node) ? "true" : "false");
	else /* a file, an array, a number as it was written */
		return read_leaf(ls, path, depth, error);
	return true;
}

bool ls_dump(const Ls *ls, const char *path, const json_t *dump, GError **error)
{
	g_autofree char *clean = ls_clean_path(path);

	return dump_node(ls, clean, 0, dump, error);
}

/* ---- by asking ---- */

static bool walk_node(const Ls *ls, const char *path, unsigned int depth, GError **error)
{
	g_auto(GStrv) names = NULL;

	if (!ls->list(ls->data, path, &names, error))
		return false;
	if (!names || !names[0])
		return read_leaf(ls, path, depth, error);

	print_inner(ls, path, depth);
	for (char **name = names; *name; name++) {
		g_autofree char *below = child_path(path, *name);

		if (!walk_node(ls, below, depth + 1, error))
			return false;
	}
	return true;
}

bool ls_walk(const Ls *ls, const char *path, GError **error)
{
	g_autofree char *clean = ls_clean_path(path);

	return walk_node(ls, clean, 0, error);
}

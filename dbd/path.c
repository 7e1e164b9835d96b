/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/path.h"

#include <string.h>

#include "lib/error.h"

bool path_check_name(const char *name, size_t len, GError **error)
{
	if (len == 0)
		return xt_fail(error, XT_ERROR_INVALID,
			       "a name in the tree is not empty");
	if (len > PATH_NAME_MAX)
		return xt_fail(error, XT_ERROR_INVALID,
			       "a name in the tree has at most %d bytes, this has %zu: "
			       "'%.40s...'",
			       PATH_NAME_MAX, len, name);
	if (!g_utf8_validate_len(name, len, NULL))
		return xt_fail(error, XT_ERROR_INVALID,
			       "a name in the tree must be UTF-8 without NUL");
	if (len == 2 && memcmp(name, "..", 2) == 0)
		return xt_fail(error, XT_ERROR_INVALID,
			       "'..' is no name in the tree: no path leads upwards");

	for (const char *p = name; p < name + len; p++) {
		if (*p == '/')
			return xt_fail(error, XT_ERROR_INVALID,
				       "'%.*s' is no name in the tree: it has a '/'",
				       (int)len, name);
		if (g_ascii_iscntrl(*p))
			return xt_fail(error, XT_ERROR_INVALID,
				       "a name in the tree has no control character, "
				       "this has 0x%02x",
				       (unsigned char)*p);
	}
	return true;
}

static unsigned int count_segments(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '/';
	return n;
}

bool path_init(DbPath *path, const char *root, const char *given, GError **error)
{
	g_autoptr(GString) text = g_string_new(root);
	unsigned int depth = count_segments(root);

	for (const char *p = given; *p;) {
		size_t len = strcspn(p, "/");

		if (len) {
			if (!path_check_name(p, len, error))
				return false;
			if (++depth > PATH_DEPTH_MAX)
				return xt_fail(error, XT_ERROR_INVALID,
					       "a path has at most %u segments",
					       PATH_DEPTH_MAX - count_segments(root));
			g_string_append_c(text, '/');
			g_string_append_len(text, p, len);
		}
		p += len + (p[len] == '/');
	}

	path->text = g_string_free(g_steal_pointer(&text), FALSE);
	path->root = strlen(root);
	path->depth = depth;
	return true;
}

void path_clear(DbPath *path)
{
	g_clear_pointer(&path->text, g_free);
}

const char *path_shown(const DbPath *path)
{
	return path_is_root(path) ? "/" : path->text + path->root;
}

bool path_is_root(const DbPath *path)
{
	return path->text[path->root] == 0;
}

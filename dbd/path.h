/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * DbPath: the name of a node, as a caller gave it and as the tree knows it.
 *
 * A caller sees the tree from a root of his own: the host's is the whole tree, a guest's
 * is its store.  Empty segments are dropped, so "//a/", "a" and "/a" are one path.  No
 * segment leads upwards: ".." is refused, so no path leaves the caller's root.  Pure.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define PATH_DEPTH_MAX 32 /* segments, the root's included */
#define PATH_NAME_MAX 255 /* bytes of a segment */

typedef struct {
	char *text;	    /* "" is the tree's root, else "/a/b" */
	size_t root;	    /* bytes of @text that are the caller's root */
	unsigned int depth; /* segments of @text */
} DbPath;

/* @root is "" or the @text of a path.  XT_ERROR_INVALID says what is wrong with @given. */
bool path_init(DbPath *path, const char *root, const char *given, GError **error);
void path_clear(DbPath *path);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DbPath, path_clear)

/* May it be a segment?  @len bytes at @name, which need not end there. */
bool path_check_name(const char *name, size_t len, GError **error);

/* As its caller calls it, for messages: "/" is the caller's root. */
const char *path_shown(const DbPath *path);
bool path_is_root(const DbPath *path); /* the caller's */

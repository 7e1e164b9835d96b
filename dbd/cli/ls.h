/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ls: the listing of a part of the database.
 *
 *   NAME =			a node with children, which follow one space further in
 *   NAME = "value"		any other node; the value is not escaped
 *
 * or with the whole path instead of spaces and name.  Scripts parse that: it does not
 * change.  It knows no bus: who uses it brings the questions to ask.
 */

#include "lib/json.h"

#include <stdbool.h>

typedef struct {
	GString *out;
	bool full; /* whole paths */

	/* Questions about one node; the values are the caller's to free. */
	bool (*read)(void *data, const char *path, char **ret_value, GError **error);
	bool (*list)(void *data, const char *path, char ***ret_names, GError **error);
	void *data;
} Ls;

/* From the dump of the node at @path; asks only for what a dump does not tell. */
bool ls_dump(const Ls *ls, const char *path, const json_t *dump, GError **error);

/* By asking for every node. */
bool ls_walk(const Ls *ls, const char *path, GError **error);

/* "/a/b" of any way to write that; "/" of the root.  Free with g_free(). */
char *ls_clean_path(const char *path);

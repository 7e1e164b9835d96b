/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Db: xenmgr's use of dbd, on the loop.  dbd may go and come back: calls meanwhile fail.
 *
 * Each @done comes exactly once, from the loop.
 */

#include "lib/json.h"
#include "lib/rpc.h"

typedef struct Db Db;

Db *db_new(Bus *bus);

/* The tree at @path (xenmgr/tree.h), empty if missing; NULL with an error. */
typedef void (*DbTreeDone)(const json_t *tree, const GError *error, void *data);
void db_dump(Db *db, const char *path, DbTreeDone done, void *data);

/* "" if missing. */
typedef void (*DbTextDone)(const char *value, const GError *error, void *data);
void db_read(Db *db, const char *path, DbTextDone done, void *data);

/* Several at once; @values are in the order of @paths. */
typedef void (*DbTextsDone)(const char *const *values, const GError *error, void *data);
void db_read_all(Db *db, const char *const *paths, DbTextsDone done, void *data);

/* Names of the children of @path. */
void db_list(Db *db, const char *path, DbTextsDone done, void *data);

typedef void (*DbDone)(const GError *error, void *data);
void db_write(Db *db, const char *path, const char *value, DbDone done, void *data);
void db_inject(Db *db, const char *path, const json_t *tree, DbDone done, void *data);
void db_remove(Db *db, const char *path, DbDone done, void *data);

/* Changes in their order, which is kept; the first error ends it. */
typedef struct {
	char *path;
	char *value;  /* of a leaf, or */
	json_t *tree; /* a subtree that replaces what is there; both NULL: removed */
} DbEdit;

DbEdit *db_edit_new(char *path, char *value, json_t *tree); /* takes all */
GPtrArray *db_edits_new(void);                              /* of DbEdit, which it owns */
void db_apply(Db *db, GPtrArray *edits, DbDone done, void *data); /* takes @edits */

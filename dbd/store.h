/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Store: the nodes of the tree as rows of a database file, and its transactions.
 *
 * It knows rows, not rules: what may be written where is tree.h.  Paths are those of
 * DbPath.text; the root is no row, it is always there.  Whatever changes rows is done
 * inside a transaction; a commit that returned true is on disk.  Where the database
 * cannot go on with a transaction it drops the whole of it: ask store_in_transaction()
 * after an error.
 *
 * One process has the file at a time.  This is the only module that knows SQLite.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Store Store;

/* Stored as these numbers. */
typedef enum {
	NODE_MISSING = 0, /* no row */
	NODE_INNER = 1,	  /* has children, or could */
	NODE_STRING = 2,
	NODE_NUMBER = 3, /* as JSON spells it; so are the next three */
	NODE_BOOLEAN = 4,
	NODE_NULL = 5,
	NODE_ARRAY = 6,
	NODE_BINARY = 7,
} NodeType;

typedef struct {
	NodeType type;
	const char *value; /* text, or a binary node's bytes; has a NUL after it */
	size_t len;
} StoreNode;

/*
 * Opens @file, made if missing; brings its schema up to date.  XT_ERROR_BUSY if another
 * process has it, XT_ERROR_BAD_STATE if it is damaged, else XT_ERROR_FAILED.  On a
 * read-only file system it opens for reading, with a warning.
 */
Store *store_open(const char *file, GError **error);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* ---- transactions ---- */

bool store_begin(Store *store, GError **error);
bool store_commit(Store *store, GError **error); /* rolled back on failure */
void store_rollback(Store *store);
bool store_in_transaction(const Store *store);

/* A step within a transaction, which can be undone by itself. */
bool store_step_begin(Store *store, GError **error);
bool store_step_end(Store *store, GError **error);
void store_step_undo(Store *store);

/* ---- rows ---- */

/* @ret_node->type is NODE_MISSING if there is none.  Its value is the store's, until the
 * next call. */
bool store_get(Store *store, const char *path, StoreNode *ret_node, GError **error);

/* Replaces the node, which keeps its place, or adds it after its siblings. */
bool store_put(Store *store, const char *path, NodeType type, const char *value, size_t len,
	       GError **error);

/* Adds a node that is not there as number @seq of its siblings. */
bool store_add(Store *store, const char *path, int64_t seq, NodeType type, const char *value,
	       size_t len, GError **error);

bool store_remove(Store *store, const char *path, GError **error); /* not what is below */
bool store_remove_below(Store *store, const char *path, GError **error);
bool store_has_children(Store *store, const char *path, bool *ret_has, GError **error);

/* Names of the children in their order, g_strdup()ed into @names. */
bool store_list(Store *store, const char *path, GPtrArray *names, GError **error);

/*
 * All nodes below @path, a parent before its children, siblings together and in their
 * order.  @dir is their parent's path and a slash.  Stops when @row returns false, which
 * then set the error.
 */
typedef bool (*StoreRow)(const char *dir, const char *name, const StoreNode *node, void *data,
			 GError **error);
bool store_scan(Store *store, const char *path, StoreRow row, void *data, GError **error);

/* How many nodes are below @path, and the bytes of their names and values. */
bool store_usage(Store *store, const char *path, uint64_t *ret_nodes, uint64_t *ret_bytes,
		 GError **error);

/* ---- copies ---- */

/*
 * Add to @store, in a transaction, every row of @file that can be read, however damaged
 * it is.  @ret_complete: nothing was in the way.  Fails only if @store cannot be written.
 */
bool store_salvage(Store *store, const char *file, uint64_t *ret_nodes, bool *ret_complete,
		   GError **error);

/*
 * Make @to a copy of the damaged @file with the first page of @like, a database of the
 * same kind: that page tells where everything is, and is the same in both but for counts.
 */
bool store_mend(const char *file, const char *like, const char *to, GError **error);

/* A copy of the whole, made in slices while the store is in use. */
typedef struct StoreCopy StoreCopy;
StoreCopy *store_copy_new(Store *store, const char *file, GError **error);
bool store_copy_step(StoreCopy *copy, bool *ret_done, GError **error);
void store_copy_free(StoreCopy *copy); /* before the store */

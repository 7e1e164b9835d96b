/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"

/*
 * A node's row is keyed by the path of its parent with a slash behind it, so that the
 * children of a node lie together in their order, and all that is below "/a" is the one
 * range from "/a/" up to "/a0" ('0' is the byte after '/').
 *
 * A migration leads from the version that is its index to the next.
 */
/* clang-format off */
static const char *const migrations[] = {
	"CREATE TABLE node ("
	"	parent TEXT NOT NULL,"
	"	seq INTEGER NOT NULL,"	/* place among its siblings; gaps are fine */
	"	name TEXT NOT NULL,"
	"	type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 7),"
	"	value BLOB NOT NULL,"
	"	PRIMARY KEY (parent, seq)"
	") WITHOUT ROWID;"
	"CREATE UNIQUE INDEX node_name ON node (parent, name);",
};

enum {
	Q_BEGIN, Q_COMMIT, Q_ROLLBACK, Q_STEP_BEGIN, Q_STEP_END, Q_STEP_UNDO,
	Q_GET, Q_UPDATE, Q_APPEND, Q_ADD, Q_RESCUE, Q_REMOVE, Q_REMOVE_BELOW, Q_ANY_CHILD,
	Q_LIST, Q_SCAN, Q_USAGE,
	Q_N,
};

#define BELOW " WHERE parent >= ?1 AND parent < ?2"
#define NEXT_SEQ "(SELECT coalesce(max(seq), -1) + 1 FROM node WHERE parent = ?1)"

static const char *const queries[Q_N] = {
	[Q_BEGIN]	 = "BEGIN IMMEDIATE",
	[Q_COMMIT]	 = "COMMIT",
	[Q_ROLLBACK]	 = "ROLLBACK",
	[Q_STEP_BEGIN]	 = "SAVEPOINT step",
	[Q_STEP_END]	 = "RELEASE step",
	[Q_STEP_UNDO]	 = "ROLLBACK TO step",
	[Q_GET]		 = "SELECT type, value FROM node WHERE parent = ?1 AND name = ?2",
	[Q_UPDATE]	 = "UPDATE node SET type = ?3, value = ?4 "
			   "WHERE parent = ?1 AND name = ?2",
	[Q_APPEND]	 = "INSERT INTO node (parent, name, type, value, seq) "
			   "VALUES (?1, ?2, ?3, ?4, " NEXT_SEQ ")",
	[Q_ADD]		 = "INSERT INTO node (parent, name, type, value, seq) "
			   "VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_RESCUE]	 = "INSERT OR IGNORE INTO node (parent, name, type, value, seq) "
			   "VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_REMOVE]	 = "DELETE FROM node WHERE parent = ?1 AND name = ?2",
	[Q_REMOVE_BELOW] = "DELETE FROM node" BELOW,
	[Q_ANY_CHILD]	 = "SELECT 1 FROM node WHERE parent = ?1 LIMIT 1",
	[Q_LIST]	 = "SELECT name FROM node WHERE parent = ?1 ORDER BY seq",
	[Q_SCAN]	 = "SELECT parent, name, type, value FROM node" BELOW
			   " ORDER BY parent, seq",
	[Q_USAGE]	 = "SELECT count(*), total(length(CAST(name AS BLOB)) + length(value)) "
			   "FROM node" BELOW,
};
/* clang-format on */

struct Store {
	sqlite3 *db;
	sqlite3_stmt *stmts[Q_N];
	GByteArray *value; /* of the last store_get() */
};

/* ---- errors ---- */

static bool is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || rc == SQLITE_NOTADB ||
	       rc == SQLITE_IOERR_READ || rc == SQLITE_IOERR_SHORT_READ ||
	       rc == SQLITE_IOERR_CORRUPTFS;
}

/* Into @error what the database says, and what the system said to it; false. */
static bool fail_db(sqlite3 *db, int code, const char *what, GError **error)
{
	int system = sqlite3_system_errno(db);
	int rc = sqlite3_extended_errcode(db) & 0xff;
	bool of_system = system && (rc == SQLITE_IOERR || rc == SQLITE_CANTOPEN ||
				    rc == SQLITE_FULL || rc == SQLITE_READONLY);

	return xt_fail(error, code, "%s: %s%s%s", what, sqlite3_errmsg(db),
		       of_system ? ": " : "", of_system ? g_strerror(system) : "");
}

static bool fail(Store *store, GError **error)
{
	return fail_db(store->db, XT_ERROR_FAILED, "database", error);
}

/* ---- open and close ---- */

static bool exec(sqlite3 *db, const char *sql, int *ret_rc)
{
	*ret_rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return *ret_rc == SQLITE_OK;
}

static int get_version(sqlite3 *db, int *ret_version)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*ret_version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* One transaction a migration; what was before the first is kept beside the file. */
static bool migrate(sqlite3 *db, const char *file, int version, int *ret_rc,
		    GError **error)
{
	int latest = G_N_ELEMENTS(migrations);

	if (version < 0 || version > latest)
		return xt_fail(
			error, XT_ERROR_FAILED,
			"%s: its schema has version %d, this program knows up to %d",
			file, version, latest);

	if (version > 0 && version < latest) {
		char *sql = sqlite3_mprintf("VACUUM INTO '%q.version-%d'", file, version);
		bool kept = exec(db, sql, ret_rc);

		sqlite3_free(sql);
		if (!kept)
			return false;
	}

	for (; version < latest; version++) {
		g_autofree char *done = g_strdup_printf(
			"PRAGMA user_version = %d; COMMIT", version + 1);

		if (!exec(db, "BEGIN IMMEDIATE", ret_rc) ||
		    !exec(db, migrations[version], ret_rc) || !exec(db, done, ret_rc)) {
			int ignored;

			exec(db, "ROLLBACK", &ignored);
			return false;
		}
	}
	return true;
}

/* Is every page of the file what it should be? */
static bool is_sound(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	bool sound;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL) != SQLITE_OK)
		return false;
	sound = sqlite3_step(stmt) == SQLITE_ROW &&
		g_strcmp0((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	return sound;
}

static bool prepare_all(Store *store)
{
	for (unsigned int i = 0; i < Q_N; i++)
		if (sqlite3_prepare_v3(store->db, queries[i], -1,
				       SQLITE_PREPARE_PERSISTENT, &store->stmts[i],
				       NULL) != SQLITE_OK)
			return false;
	return true;
}

static bool has_log(const char *file)
{
	g_autofree char *log = g_strconcat(file, "-wal", NULL);
	struct stat st;

	return stat(log, &st) == 0 && st.st_size > 0;
}

/* Is it there, and must stay as it is? */
static bool is_read_only(const char *file)
{
	return euidaccess(file, R_OK) == 0 && euidaccess(file, W_OK) != 0;
}

/*
 * The file with its lock taken; a lock that is refused shows in *@ret_rc.  Exclusive
 * locking keeps WAL's index in memory and needs no lock call per transaction.
 *
 * Of a file that must stay as it is (@intact) no lock can be had, nor a log be made: what
 * log there is from before is read, and without one the file by itself is the database.
 */
static sqlite3 *open_db(const char *file, bool intact, int *ret_rc)
{
	g_autofree char *escaped = g_uri_escape_string(file, "/", TRUE);
	const char *how = !intact         ? ""
			  : has_log(file) ? "?vfs=unix-none"
					  : "?immutable=1";
	g_autofree char *uri = g_strconcat("file:", escaped, how, NULL);
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
		    (intact ? SQLITE_OPEN_READONLY
			    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	sqlite3 *db;

	*ret_rc = sqlite3_open_v2(uri, &db, flags, NULL);
	sqlite3_extended_result_codes(db, 1);
	if (*ret_rc == SQLITE_OK && intact) /* a file cut short is read as far as it goes */
		exec(db, "PRAGMA writable_schema = ON", ret_rc);
	if (*ret_rc == SQLITE_OK)
		exec(db,
		     "PRAGMA locking_mode = EXCLUSIVE;"
		     "PRAGMA journal_mode = WAL;"
		     "PRAGMA synchronous = FULL;"
		     "PRAGMA temp_store = MEMORY;"
		     "PRAGMA journal_size_limit = 16777216;" /* after a large injection */
		     "BEGIN; SELECT count(*) FROM sqlite_schema; COMMIT",
		     ret_rc);
	return db;
}

static Store *fail_open(sqlite3 *db, int rc, const char *file, GError **error)
{
	if ((rc & 0xff) == SQLITE_BUSY)
		xt_fail(error, XT_ERROR_BUSY, "%s: in use by another process", file);
	else if (is_damage(rc))
		xt_fail(error, XT_ERROR_BAD_STATE, "%s: %s", file, sqlite3_errstr(rc));
	else
		fail_db(db, XT_ERROR_FAILED, file, error);
	sqlite3_close(db);
	return NULL;
}

Store *store_open(const char *file, GError **error)
{
	g_autoptr(GError) failed = NULL;
	Store *store;
	int version = 0, rc;
	sqlite3 *db = open_db(file, is_read_only(file), &rc);

	if (rc == SQLITE_OK)
		rc = get_version(db, &version);
	if (rc == SQLITE_OK && !migrate(db, file, version, &rc, &failed) && failed) {
		g_propagate_error(error, g_steal_pointer(&failed));
		sqlite3_close(db);
		return NULL;
	}
	if (rc != SQLITE_OK)
		return fail_open(db, rc, file, error);
	if (!is_sound(db))
		return fail_open(db, SQLITE_CORRUPT, file, error);
	if (sqlite3_db_readonly(db, "main"))
		g_warning("%s: can only be read, every change will be refused", file);

	store = g_new0(Store, 1);
	store->db = db;
	store->value = g_byte_array_new();
	if (!prepare_all(store)) {
		fail_db(db, XT_ERROR_BAD_STATE, file, error);
		store_free(store);
		return NULL;
	}
	return store;
}

void store_free(Store *store)
{
	if (!store)
		return;

	for (unsigned int i = 0; i < Q_N; i++)
		sqlite3_finalize(store->stmts[i]);
	sqlite3_close(store->db);
	g_byte_array_unref(store->value);
	g_free(store);
}

/* ---- queries ---- */

/* Parameters 1 and 2 of what concerns the row of @path: its parent's key, its name. */
static sqlite3_stmt *bind_row(Store *store, unsigned int query, const char *path)
{
	sqlite3_stmt *stmt = store->stmts[query];
	const char *name = strrchr(path, '/');

	g_assert(name); /* the root is no row */
	sqlite3_bind_text(stmt, 1, path, ++name - path, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, name, -1, SQLITE_STATIC);
	return stmt;
}

static sqlite3_stmt *bind_node(Store *store, unsigned int query, const char *path,
			       NodeType type, const char *value, size_t len)
{
	sqlite3_stmt *stmt = bind_row(store, query, path);

	sqlite3_bind_int(stmt, 3, type);
	sqlite3_bind_blob64(stmt, 4, len ? value : "", len, SQLITE_STATIC);
	return stmt;
}

/* Parameter 1: the key of the children of @path; @range: 2 is where what is below ends.
 */
static sqlite3_stmt *bind_dir(Store *store, unsigned int query, const char *path,
			      bool range)
{
	sqlite3_stmt *stmt = store->stmts[query];

	sqlite3_bind_text(stmt, 1, g_strconcat(path, "/", NULL), -1, g_free);
	if (range)
		sqlite3_bind_text(stmt, 2, g_strconcat(path, "0", NULL), -1, g_free);
	return stmt;
}

static bool finish(Store *store, sqlite3_stmt *stmt, int rc, GError **error)
{
	bool ok = rc == SQLITE_DONE || rc == SQLITE_ROW || fail(store, error);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return ok;
}

static bool run(Store *store, sqlite3_stmt *stmt, GError **error)
{
	return finish(store, stmt, sqlite3_step(stmt), error);
}

/* ---- transactions ---- */

bool store_begin(Store *store, GError **error)
{
	return run(store, store->stmts[Q_BEGIN], error);
}

bool store_commit(Store *store, GError **error)
{
	if (run(store, store->stmts[Q_COMMIT], error))
		return true;
	store_rollback(store);
	return false;
}

void store_rollback(Store *store)
{
	if (store_in_transaction(store))
		run(store, store->stmts[Q_ROLLBACK], NULL);
}

bool store_in_transaction(const Store *store)
{
	return !sqlite3_get_autocommit(store->db);
}

bool store_step_begin(Store *store, GError **error)
{
	return run(store, store->stmts[Q_STEP_BEGIN], error);
}

bool store_step_end(Store *store, GError **error)
{
	return run(store, store->stmts[Q_STEP_END], error);
}

void store_step_undo(Store *store)
{
	if (!store_in_transaction(store))
		return;
	run(store, store->stmts[Q_STEP_UNDO], NULL);
	run(store, store->stmts[Q_STEP_END], NULL);
}

/* ---- rows ---- */

bool store_get(Store *store, const char *path, StoreNode *ret_node, GError **error)
{
	StoreNode node = { .type = *path ? NODE_MISSING : NODE_INNER };
	sqlite3_stmt *stmt;
	int rc;

	g_byte_array_set_size(store->value, 0);
	if (*path) {
		stmt = bind_row(store, Q_GET, path);
		rc = sqlite3_step(stmt);
		if (rc == SQLITE_ROW) {
			node.type = sqlite3_column_int(stmt, 0);
			g_byte_array_append(store->value, sqlite3_column_blob(stmt, 1),
					    sqlite3_column_bytes(stmt, 1));
		}
		if (!finish(store, stmt, rc, error))
			return false;
	}

	node.len = store->value->len;
	g_byte_array_append(store->value, (const uint8_t *)"", 1);
	node.value = (const char *)store->value->data;
	*ret_node = node;
	return true;
}

bool store_put(Store *store, const char *path, NodeType type, const char *value,
	       size_t len, GError **error)
{
	if (!run(store, bind_node(store, Q_UPDATE, path, type, value, len), error))
		return false;
	return sqlite3_changes(store->db) > 0 ||
	       run(store, bind_node(store, Q_APPEND, path, type, value, len), error);
}

bool store_add(Store *store, const char *path, int64_t seq, NodeType type,
	       const char *value, size_t len, GError **error)
{
	sqlite3_stmt *stmt = bind_node(store, Q_ADD, path, type, value, len);

	sqlite3_bind_int64(stmt, 5, seq);
	return run(store, stmt, error);
}

bool store_remove(Store *store, const char *path, GError **error)
{
	return run(store, bind_row(store, Q_REMOVE, path), error);
}

bool store_remove_below(Store *store, const char *path, GError **error)
{
	return run(store, bind_dir(store, Q_REMOVE_BELOW, path, true), error);
}

bool store_has_children(Store *store, const char *path, bool *ret_has, GError **error)
{
	sqlite3_stmt *stmt = bind_dir(store, Q_ANY_CHILD, path, false);
	int rc = sqlite3_step(stmt);

	*ret_has = rc == SQLITE_ROW;
	return finish(store, stmt, rc, error);
}

bool store_list(Store *store, const char *path, GPtrArray *names, GError **error)
{
	sqlite3_stmt *stmt = bind_dir(store, Q_LIST, path, false);
	int rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		g_ptr_array_add(names,
				g_strdup((const char *)sqlite3_column_text(stmt, 0)));
	return finish(store, stmt, rc, error);
}

bool store_scan(Store *store, const char *path, StoreRow row, void *data, GError **error)
{
	sqlite3_stmt *stmt = bind_dir(store, Q_SCAN, path, true);
	bool go_on = true;
	int rc;

	while (go_on && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		StoreNode node = {
			.type = sqlite3_column_int(stmt, 2),
			/* as text: it has a NUL after it then */
			.value = (const char *)sqlite3_column_text(stmt, 3) ?: "",
			.len = sqlite3_column_bytes(stmt, 3),
		};

		go_on = row((const char *)sqlite3_column_text(stmt, 0),
			    (const char *)sqlite3_column_text(stmt, 1), &node, data,
			    error);
	}
	if (!go_on)
		return finish(store, stmt, SQLITE_DONE, NULL) && false;
	return finish(store, stmt, rc, error);
}

bool store_usage(Store *store, const char *path, uint64_t *ret_nodes, uint64_t *ret_bytes,
		 GError **error)
{
	sqlite3_stmt *stmt = bind_dir(store, Q_USAGE, path, true);
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW) {
		*ret_nodes = sqlite3_column_int64(stmt, 0);
		*ret_bytes = sqlite3_column_double(stmt, 1);
	}
	return finish(store, stmt, rc, error);
}

/* ---- salvage ---- */

/* Is it a row that could have been ours?  A damaged page may hold anything. */
static bool is_plausible(sqlite3_stmt *row)
{
	const char *dir = (const char *)sqlite3_column_text(row, 0);
	const char *name = (const char *)sqlite3_column_text(row, 1);
	int type = sqlite3_column_int(row, 2);

	return dir && dir[0] == '/' && g_str_has_suffix(dir, "/") &&
	       g_utf8_validate(dir, -1, NULL) && name && *name && !strchr(name, '/') &&
	       g_utf8_validate(name, -1, NULL) && type >= NODE_INNER &&
	       type <= NODE_BINARY &&
	       (type == NODE_BINARY ||
		g_utf8_validate_len(sqlite3_column_blob(row, 3) ?: "",
				    sqlite3_column_bytes(row, 3), NULL));
}

/* The rows of @from in one direction up to what cannot be read, which *@ret_rc tells. */
static bool salvage_rows(Store *store, sqlite3 *from, const char *direction, int *ret_rc,
			 GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT parent, name, type, value, seq "
					       "FROM node ORDER BY parent %s, seq %s",
					       direction, direction);
	sqlite3_stmt *row;
	bool ok = true;

	*ret_rc = sqlite3_prepare_v2(from, sql, -1, &row, NULL);
	if (*ret_rc != SQLITE_OK)
		return true;

	while (ok && (*ret_rc = sqlite3_step(row)) == SQLITE_ROW) {
		sqlite3_stmt *into = store->stmts[Q_RESCUE];

		if (!is_plausible(row))
			continue;
		for (int i = 0; i < 5; i++)
			sqlite3_bind_value(into, i + 1, sqlite3_column_value(row, i));
		ok = run(store, into, error);
	}
	sqlite3_finalize(row);
	return ok;
}

/* Give every node its ancestors again. */
static bool salvage_ancestors(Store *store, GError **error)
{
	g_autoptr(GPtrArray) dirs = g_ptr_array_new_with_free_func(g_free);
	sqlite3_stmt *row;
	int rc = sqlite3_prepare_v2(store->db, "SELECT DISTINCT parent FROM node", -1,
				    &row, NULL);

	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(row);
		if (rc == SQLITE_ROW)
			g_ptr_array_add(dirs, g_strdup((const char *)sqlite3_column_text(
						      row, 0)));
	}
	sqlite3_finalize(row);
	if (rc != SQLITE_DONE)
		return fail(store, error);

	for (unsigned int i = 0; i < dirs->len; i++) {
		char *dir = dirs->pdata[i];

		for (char *slash = strrchr(dir, '/'); slash > dir;
		     slash = strrchr(dir, '/')) {
			StoreNode node;

			*slash = 0;
			if (!store_get(store, dir, &node, error))
				return false;
			if (node.type != NODE_INNER &&
			    !store_put(store, dir, NODE_INNER, "", 0, error))
				return false;
		}
	}
	return true;
}

bool store_salvage(Store *store, const char *file, uint64_t *ret_nodes,
		   bool *ret_complete, GError **error)
{
	int rc, ignored;
	sqlite3 *from = open_db(file, true, &rc); /* the evidence stays as it is */
	uint64_t bytes;
	bool ok;

	ok = salvage_rows(store, from, "ASC", &rc, error);
	*ret_complete = rc == SQLITE_DONE;
	if (ok && !*ret_complete)
		ok = salvage_rows(store, from, "DESC", &ignored, error);
	sqlite3_close(from);

	return ok && salvage_ancestors(store, error) &&
	       store_usage(store, "", ret_nodes, &bytes, error);
}

/* ---- mending ---- */

/* Of the first page of a database file; numbers have their most significant byte first.
 */
enum {
	HEADER_PAGE_SIZE = 16, /* two bytes, 1 stands for 65536 */
	HEADER_CHANGES = 24,   /* of the file, and below: at which the size was right */
	HEADER_PAGES = 28,
	HEADER_PAGES_VALID = 92,
	HEADER_SIZE = 100,
};

static bool copy_log(const char *file, const char *to, GError **error)
{
	g_autofree char *log = g_strconcat(file, "-wal", NULL);
	g_autofree char *to_log = g_strconcat(to, "-wal", NULL);
	g_autofree char *bytes = NULL;
	gsize len;

	return !has_log(file) || (g_file_get_contents(log, &bytes, &len, error) &&
				  g_file_set_contents(to_log, bytes, len, error));
}

bool store_mend(const char *file, const char *like, const char *to, GError **error)
{
	g_autofree char *bytes = NULL, *good = NULL;
	gsize len, good_len, page;
	uint32_t pages;

	if (!g_file_get_contents(file, &bytes, &len, error) ||
	    !g_file_get_contents(like, &good, &good_len, error))
		return false;

	page = good_len < HEADER_SIZE ? 0
				      : ((uint8_t)good[HEADER_PAGE_SIZE] << 8 |
					 (uint8_t)good[HEADER_PAGE_SIZE + 1]);
	if (page < 512 || good_len < page || len < page)
		return xt_fail(error, XT_ERROR_FAILED, "'%s' has no first page for '%s'",
			       like, file);

	pages = GUINT32_TO_BE(len / page);
	memcpy(bytes, good, page);
	memcpy(bytes + HEADER_PAGES, &pages, sizeof(pages));
	memcpy(bytes + HEADER_PAGES_VALID, bytes + HEADER_CHANGES, sizeof(uint32_t));
	return g_file_set_contents(to, bytes, len, error) && copy_log(file, to, error);
}

/* ---- copy ---- */

#define COPY_PAGES 64 /* in a slice */

struct StoreCopy {
	sqlite3 *to;
	sqlite3_backup *backup;
};

StoreCopy *store_copy_new(Store *store, const char *file, GError **error)
{
	StoreCopy *copy = g_new0(StoreCopy, 1);
	int rc = sqlite3_open_v2(file, &copy->to,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	/* The file counts only when it is whole, so it needs no journal of its own. */
	if (rc == SQLITE_OK && exec(copy->to, "PRAGMA journal_mode = OFF", &rc))
		copy->backup = sqlite3_backup_init(copy->to, "main", store->db, "main");
	if (!copy->backup) {
		fail_db(copy->to, XT_ERROR_FAILED, file, error);
		store_copy_free(copy);
		return NULL;
	}
	return copy;
}

bool store_copy_step(StoreCopy *copy, bool *ret_done, GError **error)
{
	int rc = sqlite3_backup_step(copy->backup, COPY_PAGES);

	*ret_done = rc == SQLITE_DONE;
	return rc == SQLITE_OK || rc == SQLITE_DONE ||
	       fail_db(copy->to, XT_ERROR_FAILED, "copy of the database", error);
}

void store_copy_free(StoreCopy *copy)
{
	if (!copy)
		return;

	sqlite3_backup_finish(copy->backup);
	sqlite3_close(copy->to);
	g_free(copy);
}

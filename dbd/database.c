/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dbd/tree.h"
#include "lib/error.h"

struct Database {
	char *file;
	int lock; /* -1 on a read-only file system */
	Store *store;
	StoreCopy *copy; /* being made, else NULL */
	unsigned int copy_source;
};

/* ---- files ---- */

static char *beside(const Database *database, const char *suffix)
{
	return g_strconcat(database->file, suffix, NULL);
}

static bool sync_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return synced;
}

/* Also to the disk. */
static bool move(const char *from, const char *to, GError **error)
{
	g_autofree char *dir = g_path_get_dirname(to);

	if (g_rename(from, to) == 0 && sync_file(dir, O_RDONLY | O_DIRECTORY))
		return true;
	return xt_fail(error, XT_ERROR_FAILED, "cannot rename '%s' to '%s': %s", from, to,
		       g_strerror(errno));
}

/* A database file and its log. */
static void discard(const char *file)
{
	g_autofree char *log = g_strconcat(file, "-wal", NULL);

	g_unlink(log);
	g_unlink(file);
}

static bool make_folder(const Database *database, GError **error)
{
	g_autofree char *dir = g_path_get_dirname(database->file);

	return g_mkdir_with_parents(dir, 0700) == 0 ||
	       xt_fail(error, XT_ERROR_FAILED, "cannot make the folder '%s': %s", dir,
		       g_strerror(errno));
}

/*
 * SQLite's own lock goes with the file, also when it is renamed.  This one covers the
 * start, when files are.  Where it cannot be made nothing can be renamed either.
 */
static bool take_lock(Database *database, GError **error)
{
	g_autofree char *path = beside(database, ".lock");

	database->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (database->lock < 0)
		return errno == EROFS || errno == EACCES || errno == ENOSPC ||
		       xt_fail(error, XT_ERROR_FAILED, "cannot open '%s': %s", path,
			       g_strerror(errno));
	if (flock(database->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	return errno == EWOULDBLOCK
		       ? xt_fail(error, XT_ERROR_BUSY, "%s: in use by another daemon",
				 database->file)
		       : xt_fail(error, XT_ERROR_FAILED, "cannot lock '%s': %s", path,
				 g_strerror(errno));
}

/* ---- making a file ---- */

typedef bool (*Fill)(Database *database, Store *store, void *data, GError **error);

/* A new database with what @fill puts into it; its place will be @to. */
static bool make_file(Database *database, const char *to, Fill fill, void *data,
		      GError **error)
{
	g_autofree char *making = beside(database, ".making");
	g_autofree char *log = g_strconcat(making, "-wal", NULL);
	Store *store;
	bool made;

	discard(making);
	store = store_open(making, error);
	if (!store)
		return false;
	made = store_begin(store, error) && fill(database, store, data, error) &&
	       store_commit(store, error);
	store_free(store); /* its log goes into the file, which is synced, and away */

	if (made && access(log, F_OK) == 0)
		made = xt_fail(error, XT_ERROR_FAILED, "%s: cannot be written", making);
	if (made && move(making, to, error))
		return true;
	discard(making);
	return false;
}

/* ---- what to begin with ---- */

static bool fill_initial(Database *database, Store *store, void *data, GError **error)
{
	g_autofree char *json = NULL;
	g_autoptr(GError) unread = NULL;
	g_auto(DbPath) root = { 0 };
	const char *initial = data;

	if (!g_file_get_contents(initial, &json, NULL, &unread)) {
		g_message("the database begins empty: %s", unread->message);
		return true;
	}
	if (!path_init(&root, "", "/", error) ||
	    !tree_inject(store, &root, json, error)) {
		g_prefix_error(error, "%s: ", initial);
		return false;
	}
	g_message("the database begins as '%s' has it", initial);
	return true;
}

static bool fill_from_good(Database *database, Store *store, bool *ret_filled,
			   GError **error)
{
	g_autofree char *good = beside(database, ".good");
	uint64_t nodes = 0;
	bool complete = false;

	*ret_filled = false;
	if (access(good, R_OK) != 0)
		return true;
	if (!store_salvage(store, good, &nodes, &complete, error))
		return false;
	*ret_filled = nodes > 0;
	if (nodes)
		g_warning("%s: nothing could be read; the database is what it was at the "
			  "last "
			  "good start, with %" G_GUINT64_FORMAT " nodes",
			  database->file, nodes);
	return true;
}

/* There is no file: it is the first start, or the file was lost. */
static bool fill_first(Database *database, Store *store, void *data, GError **error)
{
	bool filled = false;

	if (!fill_from_good(database, store, &filled, error))
		return false;
	return filled || fill_initial(database, store, data, error);
}

/* ---- damage ---- */

/* What can be read of FILE; if that is nothing, with the first page of the good copy. */
static bool salvage(Database *database, Store *store, uint64_t *ret_nodes,
		    bool *ret_complete, GError **error)
{
	g_autofree char *good = beside(database, ".good");
	g_autofree char *mended = beside(database, ".mended");
	bool done;

	if (!store_salvage(store, database->file, ret_nodes, ret_complete, error))
		return false;
	if (*ret_nodes || access(good, R_OK) != 0)
		return true;

	done = !store_mend(database->file, good, mended, NULL) ||
	       store_salvage(store, mended, ret_nodes, ret_complete, error);
	discard(mended);
	return done;
}

static bool fill_recovered(Database *database, Store *store, void *data, GError **error)
{
	uint64_t nodes = 0;
	bool complete = false, filled = false;

	if (!salvage(database, store, &nodes, &complete, error))
		return false;
	if (nodes) {
		g_warning("%s: %" G_GUINT64_FORMAT
			  " nodes could be read and are kept, %s",
			  database->file, nodes,
			  complete ? "which is all there were" : "others are lost");
		return true;
	}
	if (!fill_from_good(database, store, &filled, error) || filled)
		return filled;
	g_warning("%s: nothing could be read, and there is no good copy", database->file);
	return fill_initial(database, store, data, error);
}

/* FILE is damaged.  Each of the renames may be the last thing that is done: see
 * finish_recovery(). */
static bool recover(Database *database, const char *initial, GError **error)
{
	g_autofree char *made = beside(database, ".new"), *log = beside(database, "-wal");
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *date = g_date_time_format(now, ".damaged-%Y%m%dT%H%M%S");
	g_autofree char *aside = beside(database, date);
	g_autofree char *aside_log = g_strconcat(aside, "-wal", NULL);

	if (!make_file(database, made, fill_recovered, (void *)initial, error))
		return false;

	/* First the log, else it would be taken for that of the new file. */
	if ((access(log, F_OK) == 0 && !move(log, aside_log, error)) ||
	    !move(database->file, aside, error) || !move(made, database->file, error))
		return false;
	g_warning("%s: the damaged file is kept as '%s'", database->file, aside);
	return true;
}

/* Was a recovery cut short when the damaged file was away and the new one not there? */
static bool finish_recovery(Database *database, GError **error)
{
	g_autofree char *made = beside(database, ".new");

	if (access(made, F_OK) != 0)
		return true;
	if (access(database->file, F_OK) != 0)
		return move(made, database->file, error);
	discard(made); /* it was cut before: begin again */
	return true;
}

/* ---- open ---- */

static bool open_store(Database *database, const char *initial, GError **error)
{
	g_autoptr(GError) damage = NULL;
	struct stat st;

	if (!finish_recovery(database, error))
		return false;
	if (access(database->file, F_OK) != 0) {
		/* A log without its file would be taken for that of the new one. */
		discard(database->file);
		if (!make_file(database, database->file, fill_first, (void *)initial,
			       error))
			return false;
	}

	/* An empty file is what some file systems make of a new one in a power cut. */
	if (stat(database->file, &st) == 0 && st.st_size == 0)
		xt_fail(&damage, XT_ERROR_BAD_STATE, "%s: the file is empty",
			database->file);
	else
		database->store = store_open(database->file, &damage);
	if (database->store)
		return true;
	if (damage->code != XT_ERROR_BAD_STATE) {
		g_propagate_error(error, g_steal_pointer(&damage));
		return false;
	}

	g_warning("%s", damage->message);
	if (!recover(database, initial, error))
		return false;
	database->store = store_open(database->file, error);
	return database->store != NULL;
}

Database *database_open(const char *file, const char *initial, GError **error)
{
	g_autoptr(Database) database = g_new0(Database, 1);

	database->file = g_strdup(file);
	database->lock = -1;
	if (!make_folder(database, error) || !take_lock(database, error) ||
	    !open_store(database, initial, error))
		return NULL;
	return g_steal_pointer(&database);
}

Store *database_store(Database *database)
{
	return database->store;
}

/* ---- the good copy ---- */

static void end_copy(Database *database)
{
	store_copy_free(database->copy);
	database->copy = NULL;
}

/* The copy is whole; put it in its place. */
static void place_copy(Database *database)
{
	g_autofree char *making = beside(database, ".making"),
			*good = beside(database, ".good");
	g_autoptr(GError) error = NULL;

	end_copy(database);
	if (!sync_file(making, O_RDONLY))
		xt_fail(&error, XT_ERROR_FAILED, "%s: %s", making, g_strerror(errno));
	else
		move(making, good, &error);
	if (error)
		g_warning("no good copy is kept: %s", error->message);
	else
		g_debug("a good copy is kept as '%s'", good);
}

static gboolean copy_slice(gpointer data)
{
	Database *database = data;
	g_autoptr(GError) error = NULL;
	bool done = false;

	if (store_copy_step(database->copy, &done, &error) && !done)
		return G_SOURCE_CONTINUE;

	database->copy_source = 0;
	if (done) {
		place_copy(database);
	} else {
		g_warning("no good copy is kept: %s", error->message);
		end_copy(database);
	}
	return G_SOURCE_REMOVE;
}

void database_keep_copy(Database *database)
{
	g_autofree char *making = beside(database, ".making");
	g_autoptr(GError) error = NULL;

	g_assert(!database->copy);
	discard(making);
	database->copy = store_copy_new(database->store, making, &error);
	if (database->copy)
		database->copy_source = g_idle_add(copy_slice, database);
	else
		g_warning("no good copy is kept: %s", error->message);
}

void database_free(Database *database)
{
	if (!database)
		return;

	if (database->copy) {
		g_autofree char *making = beside(database, ".making");

		g_source_remove(database->copy_source);
		end_copy(database);
		discard(making);
	}
	store_free(database->store);
	if (database->lock >= 0)
		close(database->lock);
	g_free(database->file);
	g_free(database);
}

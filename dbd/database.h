/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Database: the store's file from one start to the next.
 *
 * Beside FILE and SQLite's own FILE-wal there may be
 *
 *   FILE.lock		 held by the daemon that has FILE
 *   FILE.good		 a copy of the last start that found FILE sound
 *   FILE.damaged-DATE	 what was found damaged, and its log FILE.damaged-DATE-wal
 *   FILE.making	 a file being made; worth nothing
 *   FILE.new		 a file that is made, and not yet in its place
 *
 * A damaged file does not keep the daemon from starting: it is set aside, and what can be
 * read of it is kept; if that is nothing, the good copy is taken, and without one the
 * initial database.  A file that ends up in its place was whole before: a cut at any
 * moment leaves either what was or what shall be.
 */

#include <glib.h>
#include <stdbool.h>

#include "dbd/store.h"

typedef struct Database Database;

/*
 * @initial: a JSON file with the tree to begin with, if it is there.  XT_ERROR_BUSY if
 * another process has @file.  The folder is made if missing.
 */
Database *database_open(const char *file, const char *initial, GError **error);
void database_free(Database *database);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Database, database_free)

Store *database_store(Database *database);

/* Make the good copy, in slices from the main loop; a warning tells if it fails.  Not
 * while a transaction is open when the loop turns. */
void database_keep_copy(Database *database);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Journal: what is being done to which VM, for the xenmgr that comes after a killed one.
 *
 * Lines of JSON in <run>/journal, one per step, written before the step is taken.  It is
 * not synced: it need only outlive the process, as the domains do, and dies with the
 * host.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct Journal Journal;

/* What the one before left unfinished. */
typedef struct {
	char *uuid, *op, *step;
} JournalEntry;

/*
 * Opens or creates it.  In @ret_open: JournalEntry, the operations that have no end; the
 * caller's.  A line that cannot be read (a torn last one) is ignored.
 */
Journal *journal_open(const char *path, GPtrArray **ret_open, GError **error);
void journal_free(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_free)

void journal_step(Journal *journal, const char *uuid, const char *op, const char *step);

/* The operation is over.  An empty journal is truncated. */
void journal_end(Journal *journal, const char *uuid);

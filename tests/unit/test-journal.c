/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/journal.h"

#include <glib/gstdio.h>
#include <string.h>

#define A "00000000-0000-0000-0000-00000000000a"
#define B "00000000-0000-0000-0000-00000000000b"

typedef struct {
	char *dir, *path;
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
	f->dir = g_dir_make_tmp("journal-XXXXXX", NULL);
	g_assert_nonnull(f->dir);
	f->path = g_build_filename(f->dir, "journal", NULL);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
	g_remove(f->path);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_free(f->path);
	g_free(f->dir);
}

static Journal *reopen(Fixture *f, GPtrArray **ret_open)
{
	GError *error = NULL;
	Journal *journal = journal_open(f->path, ret_open, &error);

	g_assert_no_error(error);
	return journal;
}

static void test_unfinished_is_found_with_its_last_step(Fixture *f, gconstpointer unused)
{
	g_autoptr(GPtrArray) none = NULL;
	g_autoptr(GPtrArray) open = NULL;
	Journal *journal = reopen(f, &none);
	JournalEntry *entry;

	g_assert_cmpuint(none->len, ==, 0);
	journal_step(journal, A, "start", "check");
	journal_step(journal, B, "start", "check");
	journal_step(journal, A, "start", "create");
	journal_end(journal, B);
	journal_free(journal);

	journal = reopen(f, &open);
	g_assert_cmpuint(open->len, ==, 1);
	entry = g_ptr_array_index(open, 0);
	g_assert_cmpstr(entry->uuid, ==, A);
	g_assert_cmpstr(entry->op, ==, "start");
	g_assert_cmpstr(entry->step, ==, "create");
	journal_free(journal);
}

static void test_all_finished_leaves_an_empty_file(Fixture *f, gconstpointer unused)
{
	g_autoptr(GPtrArray) open = NULL;
	Journal *journal = reopen(f, &open);
	GStatBuf st;

	journal_step(journal, A, "start", "check");
	journal_end(journal, A);
	journal_end(journal, B); /* had no step */
	g_assert_cmpint(g_stat(f->path, &st), ==, 0);
	g_assert_cmpint(st.st_size, ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0600);
	journal_free(journal);
}

static void test_torn_line_is_ignored(Fixture *f, gconstpointer unused)
{
	static const char text[] = "{\"vm\":\"" A
				   "\",\"op\":\"start\",\"step\":\"check\"}\n"
				   "{\"vm\":\"" A "\",\"op\":\"sta";
	g_autoptr(GPtrArray) open = NULL;
	Journal *journal;

	g_assert_true(g_file_set_contents(f->path, text, -1, NULL));
	journal = reopen(f, &open);
	g_assert_cmpuint(open->len, ==, 1);
	g_assert_cmpstr(((JournalEntry *)g_ptr_array_index(open, 0))->step, ==, "check");
	journal_end(journal, A);
	journal_free(journal);

	g_clear_pointer(&open, g_ptr_array_unref);
	journal = reopen(f, &open);
	g_assert_cmpuint(open->len, ==, 0);
	journal_free(journal);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/xenmgr/journal/unfinished-is-found-with-its-last-step", Fixture,
		   NULL, set_up, test_unfinished_is_found_with_its_last_step, tear_down);
	g_test_add("/xenmgr/journal/all-finished-leaves-an-empty-file", Fixture, NULL,
		   set_up, test_all_finished_leaves_an_empty_file, tear_down);
	g_test_add("/xenmgr/journal/torn-line-is-ignored", Fixture, NULL, set_up,
		   test_torn_line_is_ignored, tear_down);
	return g_test_run();
}

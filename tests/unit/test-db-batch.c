/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/batch.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "dbd/tree.h"
#include "lib/error.h"

typedef struct {
	char *dir, *file;
	Store *store;
	Batch *batch;
	GString *answers; /* in the order they came */
} Fixture;

static void setup(Fixture *f, gconstpointer data)
{
	f->dir = g_dir_make_tmp("dbd-XXXXXX", NULL);
	f->file = g_build_filename(f->dir, "db.sqlite", NULL);
	f->store = store_open(f->file, NULL);
	f->batch = batch_new(f->store);
	f->answers = g_string_new(NULL);
}

static void teardown(Fixture *f, gconstpointer data)
{
	batch_free(f->batch);
	store_free(f->store);
	g_unlink(f->file);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_string_free(f->answers, TRUE);
	g_free(f->file);
	g_free(f->dir);
}

/* ---- jobs that write themselves into the answers ---- */

typedef struct {
	BatchJob base;
	Fixture *f;
	const char *value; /* NULL: it reads */
	DbPath path;
	char *text;
} Job;

static bool run(BatchJob *base, Store *store, GError **error)
{
	Job *job = (Job *)base;

	g_clear_pointer(&job->text, g_free);
	if (job->value)
		return tree_write(store, &job->path, job->value, error);
	return tree_read(store, &job->path, &job->text, error);
}

static void finish(BatchJob *base, const GError *error)
{
	Job *job = (Job *)base;

	if (error)
		g_string_append_printf(
			job->f->answers, "%s%s;",
			job->value ? "write:" : "read:", xt_error_bus_name(error));
	else if (job->value)
		g_string_append(job->f->answers, "write;");
	else
		g_string_append_printf(job->f->answers, "read:%s;", job->text);
	g_free(job->text);
	path_clear(&job->path);
	g_free(job);
}

/* @value NULL: read */
static void serve(Fixture *f, const char *path, const char *value)
{
	Job *job = g_new0(Job, 1);

	job->base.changes = value != NULL;
	job->base.run = run;
	job->base.finish = finish;
	job->f = f;
	job->value = value;
	g_assert_true(path_init(&job->path, "", path, NULL));
	batch_serve(f->batch, &job->base);
}

#define ASSERT_ANSWERS(f, text)                                                          \
	do {                                                                             \
		g_assert_cmpstr(f->answers->str, ==, text);                              \
		g_string_truncate(f->answers, 0);                                        \
	} while (0)

/* ---- tests ---- */

static void test_answers_after_commit(Fixture *f, gconstpointer data)
{
	serve(f, "/a", NULL);
	ASSERT_ANSWERS(f, "read:;"); /* nobody waits for a commit that is not */
	serve(f, "/a", "1");
	serve(f, "/a", NULL);
	serve(f, "/a", "2");
	serve(f, "/a/b", "x");
	serve(f, "/b", "3");
	serve(f, "/a", NULL);
	g_assert_true(store_in_transaction(f->store));
	ASSERT_ANSWERS(f, "");
	batch_end(f->batch);
	g_assert_false(store_in_transaction(f->store));
	ASSERT_ANSWERS(f, "write;read:1;write;write:com.citrix.xenclient.Error.BadState;"
			  "write;read:2;");
	serve(f, "/b", NULL);
	ASSERT_ANSWERS(f, "read:3;");
	batch_end(f->batch); /* nothing to end */
}

static void test_ends_by_itself(Fixture *f, gconstpointer data)
{
	unsigned int served = 0;

	while (f->answers->len == 0) {
		g_assert_cmpuint(served++, <, 256);
		serve(f, "/a", "1");
	}
	g_assert_false(store_in_transaction(f->store));
}

/* ---- a disk that takes no more ---- */

/* Files of this process may not grow beyond what the database's are now. */
static rlim_t limit_files(Fixture *f)
{
	g_autofree char *log = g_strconcat(f->file, "-wal", NULL);
	struct rlimit limit;
	struct stat st;
	rlim_t before;

	g_assert_cmpint(stat(log, &st), ==, 0);
	fflush(stdout);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = st.st_size;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	return before;
}

static void unlimit_files(rlim_t before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = before;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void test_failed_commit(Fixture *f, gconstpointer data)
{
	rlim_t before;

	serve(f, "/a", "old");
	batch_end(f->batch);
	ASSERT_ANSWERS(f, "write;");

	before = limit_files(f);
	serve(f, "/a", "new");
	serve(f, "/a", NULL);
	serve(f, "/b", "new");
	batch_end(f->batch);
	unlimit_files(before);
	ASSERT_ANSWERS(f, "write:org.freedesktop.DBus.Error.Failed;read:old;"
			  "write:org.freedesktop.DBus.Error.Failed;");

	serve(f, "/b", NULL);
	serve(f, "/a", "newer");
	serve(f, "/a", NULL);
	batch_end(f->batch);
	ASSERT_ANSWERS(f, "read:;write;read:newer;");
}

/* So much that it is written before the commit: the database gives up at once. */
static void test_failed_step(Fixture *f, gconstpointer data)
{
	g_autofree char *large = g_strnfill(TREE_VALUE_MAX, 'x');
	rlim_t before;

	serve(f, "/a", "old");
	batch_end(f->batch);
	ASSERT_ANSWERS(f, "write;");

	before = limit_files(f);
	serve(f, "/a", "new");
	for (int i = 0; i < 8 && f->answers->len == 0; i++) {
		g_autofree char *path = g_strdup_printf("/large-%d", i);

		serve(f, path, large);
	}
	batch_end(f->batch);
	unlimit_files(before);
	g_assert_true(g_str_has_prefix(f->answers->str,
				       "write:org.freedesktop.DBus.Error.Failed;"));
	g_assert_null(strstr(f->answers->str, "write;"));
	g_string_truncate(f->answers, 0);

	serve(f, "/a", NULL);
	serve(f, "/large-0", NULL);
	ASSERT_ANSWERS(f, "read:old;read:;");
}

#define ADD(name, fn) g_test_add("/db/batch/" name, Fixture, NULL, setup, fn, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("answers-after-the-commit", test_answers_after_commit);
	ADD("ends-by-itself", test_ends_by_itself);
	ADD("failed-commit-fails-all-changes", test_failed_commit);
	ADD("failed-step-fails-all-changes", test_failed_step);
	return g_test_run();
}

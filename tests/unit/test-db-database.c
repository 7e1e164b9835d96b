/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/database.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbd/tree.h"
#include "lib/error.h"

typedef struct {
	char *dir, *file, *initial;
} Fixture;

static void setup(Fixture *f, gconstpointer data)
{
	g_autofree char *tmp = g_dir_make_tmp("dbd-XXXXXX", NULL);

	f->dir = g_build_filename(tmp, "state", NULL);
	f->file = g_build_filename(f->dir, "db.sqlite", NULL);
	f->initial = g_build_filename(tmp, "db.default", NULL);
	g_assert_true(
		g_file_set_contents(f->initial, "{\"db-version\": \"1\"}", -1, NULL));
	g_test_message("in %s", f->dir);
}

static void remove_all(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_all(child);
	}
	g_remove(path);
}

static void teardown(Fixture *f, gconstpointer data)
{
	g_autofree char *tmp = g_path_get_dirname(f->dir);

	remove_all(tmp);
	g_free(f->dir);
	g_free(f->file);
	g_free(f->initial);
}

static Database *start(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	Database *database = database_open(f->file, f->initial, &error);

	g_assert_no_error(error);
	return database;
}

/* Open, write if there is something to, compare the whole, close. */
static void write_text(Database *database, const char *given, const char *value)
{
	g_auto(DbPath) path = { 0 };
	Store *store = database_store(database);

	g_assert_true(path_init(&path, "", given, NULL));
	g_assert_true(store_begin(store, NULL));
	g_assert_true(tree_write(store, &path, value, NULL));
	g_assert_true(store_commit(store, NULL));
}

static char *read_text(Database *database, const char *given)
{
	g_auto(DbPath) path = { 0 };
	char *text = NULL;

	g_assert_true(path_init(&path, "", given, NULL));
	g_assert_true(tree_read(database_store(database), &path, &text, NULL));
	return text;
}

#define ASSERT_TEXT(database, path, expected)                                            \
	do {                                                                             \
		g_autofree char *text_ = read_text(database, path);                      \
		g_assert_cmpstr(text_, ==, expected);                                    \
	} while (0)

static void keep_copy(Fixture *f, Database *database)
{
	g_autofree char *good = g_strconcat(f->file, ".good", NULL);

	g_unlink(good);
	database_keep_copy(database);
	while (access(good, F_OK) != 0)
		g_assert_true(g_main_context_iteration(NULL, FALSE));
}

/* How many files of the folder begin with "db.sqlite" and @suffix. */
static unsigned int count_files(Fixture *f, const char *suffix)
{
	g_autofree char *prefix = g_strconcat("db.sqlite", suffix, NULL);
	g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
	unsigned int n = 0;
	const char *name;

	while ((name = g_dir_read_name(dir)))
		n += g_str_has_prefix(name, prefix);
	return n;
}

static void expect(const char *pattern)
{
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, pattern);
}

static void overwrite(const char *file, off_t at, size_t len)
{
	g_autofree char *junk = g_strnfill(len, 0x5a);
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	g_assert_cmpint(pwrite(fd, junk, len, at), ==, len);
	close(fd);
}

/* ---- starts ---- */

static void test_first_start(Fixture *f, gconstpointer data)
{
	Database *database = start(f);
	struct stat st;

	g_assert_cmpint(stat(f->dir, &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0700);
	ASSERT_TEXT(database, "/db-version", "1");
	write_text(database, "/db-version", "2");
	database_free(database);

	database = start(f);
	ASSERT_TEXT(database, "/db-version", "2");
	database_free(database);
	g_assert_cmpuint(count_files(f, ""), ==, 2); /* itself and the lock */
}

/* The file went away and left its log: the new file has nothing to do with that. */
static void test_stray_log(Fixture *f, gconstpointer data)
{
	g_autofree char *log = g_strconcat(f->file, "-wal", NULL);
	g_autofree char *text = NULL;
	Database *database = start(f);
	gsize len;

	write_text(database, "/db-version", "2");
	g_assert_true(g_file_get_contents(log, &text, &len, NULL));
	database_free(database);
	g_unlink(f->file);
	g_assert_true(g_file_set_contents(log, text, len, NULL));

	database = start(f);
	ASSERT_TEXT(database, "/db-version", "1");
	database_free(database);
}

static void test_no_initial(Fixture *f, gconstpointer data)
{
	Database *database;

	g_unlink(f->initial);
	database = start(f);
	ASSERT_TEXT(database, "/db-version", "");
	database_free(database);
}

static void test_broken_initial(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(g_file_set_contents(f->initial, "{", -1, NULL));
	g_assert_null(database_open(f->file, f->initial, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
	g_assert_nonnull(strstr(error->message, f->initial));
	g_assert_cmpuint(count_files(f, ""), ==, 1); /* the lock */
}

static void test_in_use(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	Database *database = start(f);

	g_assert_null(database_open(f->file, f->initial, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_BUSY);
	g_assert_nonnull(strstr(error->message, "in use by another"));
	write_text(database, "/a", "1");
	database_free(database);
}

static void test_newer_schema(Fixture *f, gconstpointer data)
{
	static const uint8_t version[4] = { 0, 0, 0, 99 };
	g_autoptr(GError) error = NULL;
	int fd;

	database_free(start(f));
	fd = open(f->file, O_WRONLY | O_CLOEXEC);
	g_assert_cmpint(pwrite(fd, version, 4, 60), ==, 4); /* user_version */
	close(fd);
	g_assert_null(database_open(f->file, f->initial, &error));
	g_assert_nonnull(strstr(error->message, "version 99"));
	g_assert_cmpuint(count_files(f, ".damaged"), ==, 0);
}

/* ---- a disk that is read only ---- */

/* From now on nothing in the folder can be changed, not even by root. */
static void make_read_only(Fixture *f)
{
	g_autofree char *tmp = g_path_get_dirname(f->dir);

	g_assert_cmpint(chmod(f->file, 0444), ==, 0);
	g_assert_cmpint(chmod(f->dir, 0555), ==, 0);
	g_assert_cmpint(chmod(tmp, 0755), ==, 0);
	if (getuid() == 0)
		g_assert_cmpint(seteuid(65534), ==, 0);
}

static void make_writable(Fixture *f)
{
	if (getuid() == 0)
		g_assert_cmpint(seteuid(0), ==, 0);
	chmod(f->dir, 0700);
	chmod(f->file, 0600);
}

static void check_read_only(Fixture *f, const char *expected)
{
	g_autoptr(GError) error = NULL;
	Database *database;

	make_read_only(f);
	expect("*can only be read*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/db-version", expected);
	if (store_begin(database_store(database), &error)) {
		store_put(database_store(database), "/a", NODE_STRING, "1", 1, &error);
		store_rollback(database_store(database));
	}
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	ASSERT_TEXT(database, "/a", "");
	database_free(database);
	make_writable(f);
}

static void test_read_only(Fixture *f, gconstpointer data)
{
	database_free(start(f));
	check_read_only(f, "1");
}

/* A killed daemon leaves its last commits in the log: they count here too. */
static void test_read_only_with_log(Fixture *f, gconstpointer data)
{
	g_autofree char *log = g_strconcat(f->file, "-wal", NULL);
	g_autofree char *copy = g_strconcat(f->file, ".copy", NULL);
	g_autofree char *text = NULL;
	Database *database = start(f);
	struct stat st;
	gsize len;

	write_text(database, "/db-version", "2");
	g_assert_true(g_file_get_contents(log, &text, &len, NULL));
	g_assert_cmpuint(len, >, 0);
	g_assert_true(g_file_set_contents(copy, text, len, NULL));
	write_text(database, "/db-version", "3"); /* the copy does not know of it */
	database_free(database);

	g_clear_pointer(&text, g_free);
	g_assert_cmpint(stat(log, &st), !=, 0);
	g_assert_cmpint(g_rename(copy, log), ==, 0);
	chmod(log, 0444);
	check_read_only(f, "2");
}

/* ---- damage ---- */

static void fill(Database *database, unsigned int n)
{
	Store *store = database_store(database);

	g_assert_true(store_begin(store, NULL));
	for (unsigned int i = 0; i < n; i++) {
		g_autofree char *given = g_strdup_printf("/vm/%04u/name", i);
		g_auto(DbPath) path = { 0 };

		g_assert_true(path_init(&path, "", given, NULL));
		g_assert_true(tree_write(store, &path, given, NULL));
	}
	g_assert_true(store_commit(store, NULL));
}

/* The first page tells where all others are: it is taken from the copy. */
static void test_mended(Fixture *f, gconstpointer data)
{
	Database *database = start(f);

	fill(database, 2000);
	keep_copy(f, database);
	fill(database, 4000);
	write_text(database, "/later", "1");
	database_free(database);
	g_assert_cmpuint(count_files(f, ".making"), ==, 0);

	overwrite(f->file, 0, 4096);
	expect("*not a database*");
	expect("* 8003 nodes could be read and are kept, which is all*");
	expect("*kept as*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/vm/3999/name", "/vm/3999/name");
	ASSERT_TEXT(database, "/later", "1");
	database_free(database);
	g_assert_cmpuint(count_files(f, ".damaged"), ==, 1);
	g_assert_cmpuint(count_files(f, ".mended"), ==, 0);

	/* and from now on it is an ordinary database */
	database = start(f);
	ASSERT_TEXT(database, "/vm/0000/name", "/vm/0000/name");
	database_free(database);
}

static void test_good_copy(Fixture *f, gconstpointer data)
{
	Database *database = start(f);
	struct stat st;

	fill(database, 2000);
	keep_copy(f, database);
	write_text(database, "/later", "1");
	database_free(database);

	g_assert_cmpint(stat(f->file, &st), ==, 0);
	overwrite(f->file, 0, st.st_size);
	expect("*not a database*");
	expect("*last good start, with 4002 nodes*");
	expect("*kept as*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/vm/1999/name", "/vm/1999/name");
	ASSERT_TEXT(database, "/db-version", "1");
	ASSERT_TEXT(database, "/later", "");
	database_free(database);
}

static void test_truncated(Fixture *f, gconstpointer data)
{
	Database *database = start(f);
	struct stat st;

	fill(database, 2000);
	database_free(database);
	g_assert_cmpint(stat(f->file, &st), ==, 0);
	g_assert_cmpint(truncate(f->file, st.st_size / 2), ==, 0);
	expect("*malformed*");
	expect("*nodes could be read and are kept, others are lost*");
	expect("*kept as*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/db-version", "1");
	database_free(database);
}

/* What was written while the copy was under way is in it. */
static void test_copy_of_a_busy_one(Fixture *f, gconstpointer data)
{
	g_autofree char *good = g_strconcat(f->file, ".good", NULL);
	Database *database = start(f);
	unsigned int turns = 0;

	fill(database, 5000);
	database_keep_copy(database);
	while (access(good, F_OK) != 0) {
		g_autofree char *value = g_strdup_printf("%u", turns++);

		g_main_context_iteration(NULL, FALSE);
		write_text(database, "/vm/0000/name", value);
		write_text(database, "/turns", value);
	}
	g_assert_cmpuint(turns, >, 2); /* in slices */
	database_free(database);

	g_rename(good, f->file);
	database = start(f);
	{
		g_autofree char *copied = read_text(database, "/turns");
		g_autofree char *expected = g_strdup_printf("%u", turns - 2);

		g_assert_cmpstr(copied, ==, expected);
	}
	ASSERT_TEXT(database, "/vm/4999/name", "/vm/4999/name");
	database_free(database);
}

static void test_salvage(Fixture *f, gconstpointer data)
{
	Database *database = start(f);
	g_autoptr(GPtrArray) names = NULL;
	g_auto(DbPath) vms = { 0 };
	struct stat st;

	fill(database, 5000);
	keep_copy(f, database);
	write_text(database, "/later", "1");
	database_free(database);

	/* two pages in the middle of it */
	g_assert_cmpint(stat(f->file, &st), ==, 0);
	overwrite(f->file, st.st_size / 8192 * 4096, 8192);
	expect("*malformed*");
	expect("*nodes could be read and are kept*");
	expect("*kept as*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/later", "1");
	ASSERT_TEXT(database, "/vm/0000/name", "/vm/0000/name");
	ASSERT_TEXT(database, "/vm/4999/name", "/vm/4999/name");
	g_assert_true(path_init(&vms, "", "/vm", NULL));
	g_assert_true(tree_list(database_store(database), &vms, &names, NULL));
	g_assert_cmpuint(names->len, >, 4000);
	database_free(database);
}

static void test_empty_file(Fixture *f, gconstpointer data)
{
	Database *database;

	database_free(start(f));
	g_assert_cmpint(truncate(f->file, 0), ==, 0);
	expect("*the file is empty*");
	expect("*no good copy*");
	g_test_expect_message(NULL, G_LOG_LEVEL_MESSAGE, "*begins as*");
	expect("*kept as*");
	database = start(f);
	g_test_assert_expected_messages();
	ASSERT_TEXT(database, "/db-version", "1");
	database_free(database);
}

/* The last of the renames of a recovery was not done. */
static void test_cut_recovery(Fixture *f, gconstpointer data)
{
	g_autofree char *made = g_strconcat(f->file, ".new", NULL);
	Database *database = start(f);

	write_text(database, "/a", "1");
	database_free(database);
	g_assert_cmpint(g_rename(f->file, made), ==, 0);
	database = start(f);
	ASSERT_TEXT(database, "/a", "1");
	database_free(database);

	/* none was done: what is there counts */
	g_assert_true(g_file_set_contents(made, "half", -1, NULL));
	database = start(f);
	ASSERT_TEXT(database, "/a", "1");
	database_free(database);
	g_assert_cmpuint(count_files(f, ".new"), ==, 0);
}

#define ADD(name, fn) g_test_add("/db/database/" name, Fixture, NULL, setup, fn, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("first-start", test_first_start);
	ADD("stray-log", test_stray_log);
	ADD("no-initial", test_no_initial);
	ADD("broken-initial", test_broken_initial);
	ADD("in-use", test_in_use);
	ADD("newer-schema", test_newer_schema);
	ADD("read-only", test_read_only);
	ADD("read-only-with-log", test_read_only_with_log);
	ADD("mended", test_mended);
	ADD("truncated", test_truncated);
	ADD("good-copy", test_good_copy);
	ADD("copy-of-a-busy-one", test_copy_of_a_busy_one);
	ADD("salvage", test_salvage);
	ADD("empty-file", test_empty_file);
	ADD("cut-recovery", test_cut_recovery);
	return g_test_run();
}

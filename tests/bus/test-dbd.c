/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "idl/db_client.h"
#include "lib/error.h"
#include "tests/bus/fixture.h"

#define DB "com.citrix.xenclient.db"

/* ---- short forms: path and value in, answer or error name out ---- */

typedef struct {
	Fixture *f;
	FixtureDaemon *daemon;
	char *file;
	RpcTarget db;
} Db;

static void db_start(Db *db)
{
	db->daemon = fixture_start(db->f, "dbd/dbd", DB, "--database", db->file, NULL);
}

static void db_setup(Db *db, gconstpointer data)
{
	db->f = fixture_new(NULL);
	db->file = g_build_filename(fixture_dir(db->f), "dbd", "db.sqlite", NULL);
	db->db = (RpcTarget){ fixture_bus(db->f), DB, "/", 0 };
	db_start(db);
}

static void db_teardown(Db *db, gconstpointer data)
{
	if (db->daemon)
		fixture_stop(db->daemon);
	fixture_free(db->f);
	g_free(db->file);
}

static void db_kill(Db *db)
{
	fixture_kill(db->daemon);
	fixture_wait_no_name(db->f, DB);
	db->daemon = NULL;
}

/* Until the next one. */
static const char *outcome(bool done, const GError *error)
{
	static char name[256];

	g_assert_cmpint(done, ==, !error);
	g_strlcpy(name, error ? xt_error_bus_name(error) : "done", sizeof(name));
	return name;
}

static const char *do_write(Db *db, const char *path, const char *value)
{
	g_autoptr(GError) error = NULL;
	bool done = db_rpc_write(&db->db, path, value, &error);

	return outcome(done, error);
}

static const char *do_inject(Db *db, const char *path, const char *value)
{
	g_autoptr(GError) error = NULL;
	bool done = db_rpc_inject(&db->db, path, value, &error);

	return outcome(done, error);
}

static const char *do_rm(Db *db, const char *path)
{
	g_autoptr(GError) error = NULL;
	bool done = db_rpc_rm(&db->db, path, &error);

	return outcome(done, error);
}

static char *do_read(Db *db, const char *path)
{
	g_autoptr(GError) error = NULL;
	char *value = NULL;

	db_rpc_read(&db->db, path, &value, &error);
	g_assert_no_error(error);
	return value;
}

static char *do_dump(Db *db, const char *path)
{
	g_autoptr(GError) error = NULL;
	char *value = NULL;

	db_rpc_dump(&db->db, path, &value, &error);
	g_assert_no_error(error);
	return value;
}

static char *do_list(Db *db, const char *path)
{
	g_autoptr(GError) error = NULL;
	RpcStrings names = { NULL, 0 };
	char *joined;

	db_rpc_list(&db->db, path, &names, &error);
	g_assert_no_error(error);
	joined = names.n ? g_strjoinv(" ", names.items) : g_strdup("");
	rpc_clear(&rpc_type_strings, &names);
	return joined;
}

static bool do_exists(Db *db, const char *path)
{
	g_autoptr(GError) error = NULL;
	bool is = false;

	db_rpc_exists(&db->db, path, &is, &error);
	g_assert_no_error(error);
	return is;
}

#define ASSERT_TEXT(call, expected)                                                      \
	do {                                                                             \
		g_autofree char *text_ = call;                                           \
		g_assert_cmpstr(text_, ==, expected);                                    \
	} while (0)

#define BAD_STATE "com.citrix.xenclient.Error.BadState"
#define INVALID   "org.freedesktop.DBus.Error.InvalidArgs"
#define FAILED    "org.freedesktop.DBus.Error.Failed"

/* ---- the methods ---- */

static void test_methods(Db *db, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	RpcBytes bytes;

	ASSERT_TEXT(do_dump(db, "/"), "{ }\n");
	g_assert_cmpstr(do_write(db, "/vm/u/name", "web"), ==, "done");
	g_assert_cmpstr(do_inject(db, "vm/u/config", "{\"memory\": 64, \"a\": [1]}"), ==,
			"done");
	ASSERT_TEXT(do_read(db, "/vm//u/name/"), "web");
	ASSERT_TEXT(do_read(db, "/vm/u/config/memory"), "64");
	ASSERT_TEXT(do_read(db, "/vm/u"), "");
	ASSERT_TEXT(do_read(db, "/none"), "");
	ASSERT_TEXT(do_list(db, "/vm/u"), "name config");
	ASSERT_TEXT(do_list(db, "/none"), "");
	ASSERT_TEXT(do_dump(db, "/vm/u"),
		    "{\n  \"name\": \"web\",\n  \"config\": {\n    \"memory\": 64,\n"
		    "    \"a\": [\n      1\n    ]\n  }\n}\n");
	ASSERT_TEXT(do_dump(db, "/none"), "null\n");
	g_assert_true(do_exists(db, "/"));
	g_assert_true(do_exists(db, "/vm/u/config/a"));
	g_assert_false(do_exists(db, "/vm/v"));
	g_assert_cmpstr(do_rm(db, "/vm/u/config"), ==, "done");
	g_assert_cmpstr(do_rm(db, "/none"), ==, "done");
	ASSERT_TEXT(do_list(db, "/vm/u"), "name");

	g_assert_false(db_rpc_read_binary(&db->db, "/vm/u/name", &bytes, &error));
	g_assert_cmpstr(xt_error_bus_name(error), ==, FAILED);
	g_assert_nonnull(strstr(error->message, "not a binary node"));
}

static void test_errors(Db *db, gconstpointer data)
{
	g_autofree char *deep = g_strnfill(66, '/');

	for (unsigned int i = 1; i < 66; i += 2)
		deep[i] = 'a';
	g_assert_cmpstr(do_write(db, "/a/b", "1"), ==, "done");
	g_assert_cmpstr(do_write(db, "/a", "x"), ==, BAD_STATE);
	g_assert_cmpstr(do_write(db, "/a/b/c", "x"), ==, BAD_STATE);
	g_assert_cmpstr(do_inject(db, "/a", "{"), ==, INVALID);
	g_assert_cmpstr(do_write(db, "/a/../b", "x"), ==, INVALID);
	g_assert_cmpstr(do_write(db, deep, "x"), ==, INVALID);
	g_assert_cmpstr(do_write(db, "/", "x"), ==, INVALID);
	ASSERT_TEXT(do_dump(db, "/"), "{\n  \"a\": {\n    \"b\": \"1\"\n  }\n}\n");
}

static void test_initial(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	g_autofree char *initial = g_build_filename(g_getenv("XENMGR_DATA_DIR"),
						    "db.default.json", NULL);
	g_autofree char *shipped = NULL;
	Db db = { .f = f, .db = { fixture_bus(f), DB, "/", 0 } };

	g_assert_true(g_file_get_contents(g_getenv("DB_DEFAULT"), &shipped, NULL, NULL));
	g_mkdir_with_parents(g_getenv("XENMGR_DATA_DIR"), 0755);
	g_assert_true(g_file_set_contents(initial, shipped, -1, NULL));

	/* its file is where the state is kept */
	db.daemon = fixture_start(f, "dbd/dbd", DB, NULL);
	ASSERT_TEXT(do_dump(&db, "/"), shipped);
	fixture_stop(db.daemon);
}

/* ---- what was answered is kept ---- */

static void test_killed(Db *db, gconstpointer data)
{
	for (unsigned int i = 0; i < 5; i++) {
		g_autofree char *value = g_strdup_printf("%u", i);

		g_assert_cmpstr(do_write(db, "/a", value), ==, "done");
		db_kill(db);
		db_start(db);
		ASSERT_TEXT(do_read(db, "/a"), value);
	}
}

typedef struct {
	unsigned int done, wrong;
} Count;

static void count_written(const GError *error, void *data)
{
	Count *count = data;

	count->done++;
	if (error)
		g_test_message("%s", error->message);
	count->wrong += error != NULL;
}

/* A client's read after its write sees it, whoever else writes in the same commit. */
static void count_read(const DbRpcReadOut *out, const GError *error, void *data)
{
	Count *count = data;

	count->done++;
	if (error)
		g_test_message("%s", error->message);
	count->wrong += error || !g_str_equal(out->value, "mine");
}

#define CLIENTS 8
#define EACH    40 /* a stock bus lets a connection wait for 128 answers */

static bool all_done(void *data)
{
	return ((Count *)data)->done == CLIENTS * EACH * 3;
}

static void test_many_clients(Db *db, gconstpointer data)
{
	Count count = { 0 };

	for (unsigned int i = 0; i < CLIENTS * EACH; i++) {
		static Bus *clients[CLIENTS];
		unsigned int n = i % CLIENTS;
		g_autofree char *own = g_strdup_printf("/all/%u/%u", n, i / CLIENTS);
		RpcTarget to = { NULL, DB, "/", 0 };

		if (i < CLIENTS)
			clients[n] = fixture_connect(db->f);
		to.bus = clients[n];
		db_rpc_write_async(&to, "/shared", own, count_written, &count);
		db_rpc_write_async(&to, own, "mine", count_written, &count);
		db_rpc_read_async(&to, own, count_read, &count);
	}
	fixture_until(all_done, &count);
	g_assert_cmpuint(count.wrong, ==, 0);

	db_kill(db);
	db_start(db);
	for (unsigned int n = 0; n < CLIENTS; n++) {
		g_autofree char *path = g_strdup_printf("/all/%u", n);
		g_autofree char *names = do_list(db, path);
		g_auto(GStrv) each = g_strsplit(names, " ", -1);

		g_assert_cmpuint(g_strv_length(each), ==, EACH);
	}
	ASSERT_TEXT(do_read(db, "/all/7/39"), "mine");
}

/* Writers that go on until the daemon is killed under them. */
typedef struct {
	RpcTarget to;
	char *path;
	unsigned int sent, answered, total; /* @total of the round */
	bool waits;
} Writer;

static void write_next(Writer *writer);

static void on_written(const GError *error, void *data)
{
	Writer *writer = data;

	writer->waits = false;
	if (error)
		return;
	writer->answered = writer->sent;
	write_next(writer);
}

static void write_next(Writer *writer)
{
	g_autofree char *json = NULL;

	writer->sent++;
	writer->waits = true;
	json = g_strdup_printf("{\"a\": %u, \"b\": %u}", writer->sent, writer->sent);
	db_rpc_inject_async(&writer->to, writer->path, json, on_written, writer);
}

#define WRITERS 6

static bool enough_answered(void *data)
{
	const Writer *writers = data;
	unsigned int answered = 0;

	for (unsigned int i = 0; i < WRITERS; i++)
		answered += writers[i].answered;
	return answered >= writers[0].total;
}

static bool none_waits(void *data)
{
	const Writer *writers = data;

	for (unsigned int i = 0; i < WRITERS; i++)
		if (writers[i].waits)
			return false;
	return true;
}

/* What is there is what was answered last, or what was sent after it; all of it. */
static void check_written(Db *db, const Writer *writer)
{
	g_autofree char *path_a = g_strconcat(writer->path, "/a", NULL);
	g_autofree char *path_b = g_strconcat(writer->path, "/b", NULL);
	g_autofree char *a = do_read(db, path_a), *b = do_read(db, path_b);
	guint64 n = g_ascii_strtoull(a, NULL, 10);

	g_assert_cmpstr(a, ==, b);
	g_assert_cmpuint(n, >=, writer->answered);
	g_assert_cmpuint(n, <=, writer->sent);
}

static void test_killed_under_load(Db *db, gconstpointer data)
{
	Writer writers[WRITERS] = { 0 };

	for (unsigned int i = 0; i < WRITERS; i++) {
		writers[i].to = (RpcTarget){ fixture_connect(db->f), DB, "/", 0 };
		writers[i].path = g_strdup_printf("/w/%u", i);
	}
	for (unsigned int round = 1; round <= 6; round++) {
		writers[0].total += g_test_rand_int_range(1, 200);
		for (unsigned int i = 0; i < WRITERS; i++)
			write_next(&writers[i]);
		fixture_until(enough_answered, writers);
		db_kill(db);
		fixture_until(none_waits, writers);
		db_start(db);
		for (unsigned int i = 0; i < WRITERS; i++)
			check_written(db, &writers[i]);
	}
	for (unsigned int i = 0; i < WRITERS; i++)
		g_free(writers[i].path);
}

/* ---- the file ---- */

static void test_damaged(Db *db, gconstpointer data)
{
	int fd;

	g_assert_cmpstr(do_write(db, "/a", "1"), ==, "done");
	fixture_stop(db->daemon);
	fd = open(db->file, O_WRONLY | O_CLOEXEC);
	g_assert_cmpint(pwrite(fd, "this is no database", 19, 0), ==, 19);
	close(fd);

	db_start(db);
	g_assert_cmpstr(do_write(db, "/b", "2"), ==, "done");
	ASSERT_TEXT(do_read(db, "/b"), "2");
}

static int run_dbd(Db *db, char **ret_output, const char *file)
{
	g_autofree char *dbd = g_build_filename(g_getenv("XENMGR_BUILD_DIR"), "dbd",
						"dbd", NULL);

	return fixture_run(db->f, -1, ret_output, dbd, "--database", file, NULL);
}

static void test_second(Db *db, gconstpointer data)
{
	g_autofree char *other = g_strconcat(db->file, "-other", NULL);
	g_autofree char *same_file = NULL, *same_name = NULL, *no_file = NULL;

	g_assert_cmpint(run_dbd(db, &same_file, db->file), ==, 1);
	g_assert_nonnull(strstr(same_file, "in use by another"));
	g_assert_cmpint(run_dbd(db, &same_name, other), ==, 1);
	g_assert_nonnull(strstr(same_name, "somebody else has this name"));
	g_assert_cmpint(run_dbd(db, &no_file, "/proc/none/db"), ==, 1);
	g_assert_nonnull(strstr(no_file, "/proc/none"));
	g_assert_cmpstr(do_write(db, "/a", "1"), ==, "done");
}

#define ADD(name, fn) g_test_add("/dbd/" name, Db, NULL, db_setup, fn, db_teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("methods", test_methods);
	ADD("errors", test_errors);
	g_test_add_func("/dbd/initial-database", test_initial);
	ADD("killed-after-an-answer", test_killed);
	ADD("killed-under-load", test_killed_under_load);
	ADD("many-clients", test_many_clients);
	ADD("damaged-file", test_damaged);
	ADD("second-daemon-is-refused", test_second);
	return g_test_run();
}

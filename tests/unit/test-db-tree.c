/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/tree.h"

#include <glib/gstdio.h>
#include <string.h>

#include "dbd/json-text.h"
#include "lib/error.h"

typedef struct {
	char *dir, *file;
	Store *store;
} Fixture;

static void setup(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("dbd-XXXXXX", &error);
	g_assert_no_error(error);
	f->file = g_build_filename(f->dir, "db.sqlite", NULL);
	f->store = store_open(f->file, &error);
	g_assert_no_error(error);
}

static void teardown(Fixture *f, gconstpointer data)
{
	store_free(f->store);
	g_unlink(f->file);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0); /* nothing else is left */
	g_free(f->file);
	g_free(f->dir);
}

/* ---- one operation, as the daemon does it ---- */

typedef bool (*Change)(Store *store, const DbPath *path, const char *arg, GError **error);

static bool do_remove(Store *store, const DbPath *path, const char *arg, GError **error)
{
	return tree_remove(store, path, error);
}

static bool apply(Store *store, Change change, const char *given, const char *arg,
		  GError **error)
{
	g_auto(DbPath) path = { 0 };
	bool done;

	if (!path_init(&path, "", given, error))
		return false;
	g_assert_true(store_step_begin(store, NULL));
	done = change(store, &path, arg, error);
	if (done)
		g_assert_true(store_step_end(store, NULL));
	else
		store_step_undo(store);
	return done;
}

/* In a transaction of its own: 0 or the error's code and 1. */
static int change(Fixture *f, Change how, const char *path, const char *arg)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(store_begin(f->store, NULL));
	apply(f->store, how, path, arg, &error);
	g_assert_true(store_commit(f->store, NULL));
	g_assert_true(!error || error->domain == XT_ERROR);
	return error ? error->code + 1 : 0;
}

#define REFUSED(code) (XT_ERROR_##code + 1)

static char *dump(Fixture *f, const char *given)
{
	g_autoptr(GError) error = NULL;
	g_auto(DbPath) path = { 0 };
	char *json = NULL;

	g_assert_true(path_init(&path, "", given, NULL));
	tree_dump(f->store, &path, &json, &error);
	g_assert_no_error(error);
	return json;
}

static char *read_text(Fixture *f, const char *given)
{
	g_autoptr(GError) error = NULL;
	g_auto(DbPath) path = { 0 };
	char *value = NULL;

	g_assert_true(path_init(&path, "", given, NULL));
	tree_read(f->store, &path, &value, &error);
	g_assert_no_error(error);
	return value;
}

static char *list(Fixture *f, const char *given)
{
	g_autoptr(GPtrArray) names = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(DbPath) path = { 0 };

	g_assert_true(path_init(&path, "", given, NULL));
	tree_list(f->store, &path, &names, &error);
	g_assert_no_error(error);
	return g_strjoinv(" ", (char **)names->pdata);
}

static bool exists(Fixture *f, const char *given)
{
	g_auto(DbPath) path = { 0 };
	bool is = false;

	g_assert_true(path_init(&path, "", given, NULL));
	g_assert_true(tree_exists(f->store, &path, &is, NULL));
	return is;
}

#define ASSERT_DUMP(f, path, text)                                                       \
	do {                                                                             \
		g_autofree char *dump_ = dump(f, path);                                  \
		g_assert_cmpstr(dump_, ==, text "\n");                                   \
	} while (0)

#define ASSERT_READ(f, path, text)                                                       \
	do {                                                                             \
		g_autofree char *read_ = read_text(f, path);                             \
		g_assert_cmpstr(read_, ==, text);                                        \
	} while (0)

#define ASSERT_LIST(f, path, text)                                                       \
	do {                                                                             \
		g_autofree char *list_ = list(f, path);                                  \
		g_assert_cmpstr(list_, ==, text);                                        \
	} while (0)

/* ---- what each operation does ---- */

static void test_empty(Fixture *f, gconstpointer data)
{
	ASSERT_DUMP(f, "/", "{ }");
	ASSERT_DUMP(f, "/a", "null");
	ASSERT_READ(f, "/", "");
	ASSERT_READ(f, "/a/b", "");
	ASSERT_LIST(f, "/", "");
	ASSERT_LIST(f, "/a", "");
	g_assert_true(exists(f, "/"));
	g_assert_false(exists(f, "/a"));
	g_assert_cmpint(change(f, do_remove, "/a/b", NULL), ==, 0);
	g_assert_cmpint(change(f, do_remove, "/", NULL), ==, 0);
}

static void test_write(Fixture *f, gconstpointer data)
{
	g_assert_cmpint(change(f, tree_write, "/vm/b/name", "web"), ==, 0);
	g_assert_cmpint(change(f, tree_write, "vm//a/name/", "db"), ==, 0);
	g_assert_cmpint(change(f, tree_write, "/vm/b/name", "gr\xc3\xbc\xc3\x9f"), ==, 0);
	ASSERT_READ(f, "/vm/b/name", "gr\xc3\xbc\xc3\x9f");
	ASSERT_LIST(f, "/vm", "b a"); /* as they were made */
	ASSERT_LIST(f, "/vm/b/name", "");
	ASSERT_DUMP(f, "/vm/a/name", "\"db\"");
}

static void test_nothing_is_lost(Fixture *f, gconstpointer data)
{
	static const char *const before =
		"{\n  \"a\": {\n    \"b\": \"1\"\n  },\n  \"list\": [\n    1\n  ]\n}\n";
	/* clang-format off */
	static const struct { Change how; const char *path, *arg; int code; } rows[] = {
		{ tree_write,	"/a",		"x",		REFUSED(BAD_STATE) },
		{ tree_write,	"/",		"x",		REFUSED(INVALID) },
		{ tree_write,	"/a/b/c",	"x",		REFUSED(BAD_STATE) },
		{ tree_write,	"/a/b/c/d",	"x",		REFUSED(BAD_STATE) },
		{ tree_write,	"/list/0",	"x",		REFUSED(BAD_STATE) },
		{ tree_inject,	"/a/b/c",	"{}",		REFUSED(BAD_STATE) },
		{ tree_inject,	"/a",		"{\"b\":",	REFUSED(INVALID) },
		{ tree_inject,	"/a",		"",		REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{} x",		REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{\"b\":1,\"b\":2}", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{\"x\":1,\"b/c\":2}", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{\"x\":1,\"..\":2}", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{\"x\":1,\"\":2}", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"\"a\\u0000b\"", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"{\"a\\u0000b\":1}", REFUSED(INVALID) },
		{ tree_inject,	"/a",		"\"\xff\"",	REFUSED(INVALID) },
		{ tree_inject,	"/a",		"1e999",	REFUSED(INVALID) },
		{ tree_inject,	"/",		"\"x\"",	REFUSED(INVALID) },
		{ tree_inject,	"/",		"null",		REFUSED(INVALID) },
		{ do_remove,	"/a/../a",	NULL,		REFUSED(INVALID) },
		{ do_remove,	"/a/b/c",	NULL,		0 },
	};
	/* clang-format on */

	g_assert_cmpint(change(f, tree_write, "/a/b", "1"), ==, 0);
	g_assert_cmpint(change(f, tree_inject, "/list", "[1]"), ==, 0);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *after = NULL;

		g_assert_cmpint(change(f, rows[i].how, rows[i].path, rows[i].arg), ==,
				rows[i].code);
		after = dump(f, "/");
		g_assert_cmpstr(after, ==, before);
	}
}

static void test_empty_leaf_gives_way(Fixture *f, gconstpointer data)
{
	g_assert_cmpint(change(f, tree_inject, "/", "{\"a\":\"\",\"b\":null,\"c\":{}}"),
			==, 0);
	g_assert_cmpint(change(f, tree_write, "/a/x/y", "1"), ==, 0);
	g_assert_cmpint(change(f, tree_write, "/b/x", "2"), ==, 0);
	g_assert_cmpint(change(f, tree_write, "/c", "3"), ==, 0);
	ASSERT_DUMP(f, "/",
		    "{\n  \"a\": {\n    \"x\": {\n      \"y\": \"1\"\n    }\n  },\n"
		    "  \"b\": {\n    \"x\": \"2\"\n  },\n  \"c\": \"3\"\n}");
}

static void test_types(Fixture *f, gconstpointer data)
{
	g_assert_cmpint(
		change(f, tree_inject, "/t",
		       "{\"s\":\"a\\\"\\\\\\n\\u001b\\u00e9\",\"i\":-5,\"big\":"
		       "9007199254740993,"
		       "\"r\":0.1,\"whole\":2.0,\"t\":true,\"f\":false,\"n\":null,"
		       "\"e\":{},\"l\":[],\"a\":[1,[\"x\",{\"k\":null,\"o\":{}}]]}"),
		==, 0);
	ASSERT_DUMP(f, "/t",
		    "{\n"
		    "  \"s\": \"a\\\"\\\\\\n\\u001b\xc3\xa9\",\n"
		    "  \"i\": -5,\n"
		    "  \"big\": 9007199254740993,\n"
		    "  \"r\": 0.1,\n"
		    "  \"whole\": 2.0,\n"
		    "  \"t\": true,\n"
		    "  \"f\": false,\n"
		    "  \"n\": null,\n"
		    "  \"e\": { },\n"
		    "  \"l\": [],\n"
		    "  \"a\": [\n"
		    "    1,\n"
		    "    [\n"
		    "      \"x\",\n"
		    "      {\n"
		    "        \"k\": null,\n"
		    "        \"o\": { }\n"
		    "      }\n"
		    "    ]\n"
		    "  ]\n"
		    "}");
	ASSERT_READ(f, "/t/s", "a\"\\\n\x1b\xc3\xa9");
	ASSERT_READ(f, "/t/i", "-5");
	ASSERT_READ(f, "/t/t", "true");
	ASSERT_READ(f, "/t/n", "null");
	ASSERT_READ(f, "/t/a", "");
	ASSERT_LIST(f, "/t", "s i big r whole t f n e l a");
	g_assert_true(exists(f, "/t/n"));
}

static void test_inject_replaces(Fixture *f, gconstpointer data)
{
	g_assert_cmpint(change(f, tree_inject, "/", "{\"a\":{\"x\":1},\"a-\":2,\"b\":3}"),
			==, 0);
	g_assert_cmpint(change(f, tree_inject, "/a", "{\"y\":{\"z\":4}}"), ==, 0);
	ASSERT_LIST(f, "/", "a a- b"); /* it kept its place */
	ASSERT_LIST(f, "/a", "y");
	g_assert_cmpint(change(f, tree_inject, "/a", "5"), ==, 0);
	ASSERT_DUMP(f, "/", "{\n  \"a\": 5,\n  \"a-\": 2,\n  \"b\": 3\n}");
	g_assert_cmpint(change(f, tree_inject, "/", "{\"c\":{}}"), ==, 0);
	ASSERT_DUMP(f, "/", "{\n  \"c\": { }\n}");
}

static void test_remove(Fixture *f, gconstpointer data)
{
	g_assert_cmpint(
		change(f, tree_inject, "/", "{\"a\":{\"x\":{\"y\":1}},\"a0\":2,\"b\":3}"),
		==, 0);
	g_assert_cmpint(change(f, do_remove, "/a/x", NULL), ==, 0);
	ASSERT_DUMP(f, "/a", "{ }"); /* the parent stays */
	g_assert_cmpint(change(f, do_remove, "/a", NULL), ==, 0);
	ASSERT_LIST(f, "/", "a0 b");
	g_assert_cmpint(change(f, do_remove, "/", NULL), ==, 0);
	ASSERT_DUMP(f, "/", "{ }");
}

static void test_binary(Fixture *f, gconstpointer data)
{
	static const char bytes[] = "\0\xff\1";
	g_autoptr(GBytes) value = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(DbPath) path = { 0 }, guest = { 0 }, text = { 0 };
	g_autofree char *seen = NULL;

	g_assert_cmpint(change(f, tree_write, "/d/u/x", "1"), ==, 0);
	g_assert_true(store_begin(f->store, NULL));
	g_assert_true(store_put(f->store, "/d/u/b", NODE_BINARY, bytes, 3, NULL));
	g_assert_true(store_commit(f->store, NULL));

	g_assert_true(path_init(&path, "", "/d/u/b", NULL));
	g_assert_true(path_init(&guest, "/d/u", "b", NULL));
	g_assert_true(path_init(&text, "", "/d/u/x", NULL));
	g_assert_true(tree_read_binary(f->store, &path, &value, NULL));
	g_assert_cmpmem(g_bytes_get_data(value, NULL), g_bytes_get_size(value), bytes, 3);
	g_assert_false(tree_read_binary(f->store, &text, &value, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_assert_nonnull(strstr(error->message, "not a binary node"));
	g_assert_true(tree_read(f->store, &guest, &seen, NULL));
	g_assert_cmpstr(seen, ==, "file:/b");

	ASSERT_DUMP(f, "/d/u", "{\n  \"x\": \"1\",\n  \"b\": null\n}");
	g_assert_cmpint(change(f, tree_write, "/d/u/b", "x"), ==, REFUSED(FAILED));
	g_assert_cmpint(change(f, tree_write, "/d/u/b/c", "x"), ==, REFUSED(FAILED));
	g_assert_cmpint(change(f, tree_inject, "/d/u/b", "{}"), ==, REFUSED(FAILED));
	g_assert_cmpint(change(f, do_remove, "/d/u/b/c/d", NULL), ==, REFUSED(FAILED));
	g_assert_cmpint(change(f, do_remove, "/d/u/b", NULL), ==, 0);
	ASSERT_LIST(f, "/d/u", "x");
}

/* "[[[...]]]" or {"a":{"a":...}} */
static char *nested(const char *open, const char *close, unsigned int n)
{
	GString *text = g_string_new(NULL);

	for (unsigned int i = 0; i < n; i++)
		g_string_append(text, open);
	g_string_append(text, "1");
	for (unsigned int i = 0; i < n; i++)
		g_string_append(text, close);
	return g_string_free(text, FALSE);
}

static void test_bounds(Fixture *f, gconstpointer data)
{
	g_autofree char *deepest = nested("{\"a\":", "}", 32),
			*deeper = nested("{\"a\":", "}", 33);
	g_autofree char *lists = nested("[", "]", 31), *more_lists = nested("[", "]", 32);
	g_autofree char *longest = g_strnfill(TREE_VALUE_MAX, 'x');
	g_autofree char *longer = g_strnfill(TREE_VALUE_MAX + 1, 'x');
	g_autofree char *quoted = g_strdup_printf("{\"k\":\"%s\"}", longer);
	g_autofree char *in_list = g_strdup_printf("[\"%s\"]", longest);
	g_autofree char *huge = g_strnfill(TREE_INJECT_MAX + 1, ' ');

	g_assert_cmpint(change(f, tree_write, "/w", longest), ==, 0);
	g_assert_cmpint(change(f, tree_write, "/w", longer), ==, REFUSED(INVALID));
	g_assert_cmpint(change(f, tree_inject, "/w", quoted), ==, REFUSED(INVALID));
	g_assert_cmpint(change(f, tree_inject, "/w", in_list), ==, REFUSED(INVALID));
	g_assert_cmpint(change(f, tree_inject, "/w", huge), ==, REFUSED(INVALID));
	g_assert_cmpint(change(f, tree_inject, "/w", more_lists), ==, REFUSED(INVALID));
	g_assert_cmpint(change(f, tree_inject, "/", deeper), ==, REFUSED(INVALID));
	ASSERT_READ(f, "/w", longest);
	g_assert_cmpint(change(f, tree_inject, "/w", lists), ==, 0);
	g_assert_cmpint(change(f, tree_inject, "/", deepest), ==, 0);
}

static void test_usage(Fixture *f, gconstpointer data)
{
	uint64_t nodes = 0, bytes = 0;

	g_assert_cmpint(
		change(f, tree_inject, "/", "{\"a\":{\"xy\":\"\xc3\xa9\",\"b\":{}}}"), ==,
		0);
	g_assert_true(store_usage(f->store, "/a", &nodes, &bytes, NULL));
	g_assert_cmpuint(nodes, ==, 2);
	g_assert_cmpuint(bytes, ==, 5);
	g_assert_true(store_usage(f->store, "/none", &nodes, &bytes, NULL));
	g_assert_cmpuint(nodes, ==, 0);
}

/* ---- random operations against a model in memory ---- */

/* The tree as JSON; it obeys the rules in its own way. */
typedef struct {
	json_t *root;
} Model;

static bool model_is_empty_leaf(const json_t *node)
{
	return json_is_null(node) ||
	       (json_is_string(node) && json_string_length(node) == 0);
}

/* The object that holds the last of @names, made as needed; NULL if refused. */
static json_t *model_parent(Model *model, char **names)
{
	json_t *at = model->root;

	for (; names[1]; names++) {
		json_t *next = json_object_get(at, names[0]);

		if (!next || model_is_empty_leaf(next)) {
			next = json_object();
			json_object_set_new(at, names[0], next);
		}
		if (!json_is_object(next))
			return NULL;
		at = next;
	}
	return at;
}

static json_t *model_find(Model *model, char **names)
{
	json_t *at = model->root;

	for (; at && *names; names++)
		at = json_object_get(at, *names);
	return at;
}

static bool model_write(Model *model, char **names, const char *value)
{
	json_t *node = model_find(model, names);
	json_t *parent;

	if (!*names || (json_is_object(node) && json_object_size(node)))
		return false;
	parent = model_parent(model, names);
	return parent && json_object_set_new(parent, names[g_strv_length(names) - 1],
					     json_string(value)) == 0;
}

static bool model_inject(Model *model, char **names, const char *text)
{
	g_autoptr(json_t) json = json_loads(text, JSON_DECODE_ANY, NULL);
	json_t *parent;

	if (!*names) {
		if (!json_is_object(json))
			return false;
		json_decref(model->root);
		model->root = json_deep_copy(json);
		return true;
	}
	parent = model_parent(model, names);
	return parent && json_object_set_new(parent, names[g_strv_length(names) - 1],
					     json_deep_copy(json)) == 0;
}

static bool model_remove(Model *model, char **names)
{
	unsigned int n = g_strv_length(names);
	g_autofree char *last = n ? g_strdup(names[n - 1]) : NULL;
	json_t *parent;

	if (!n) {
		json_object_clear(model->root);
		return true;
	}
	g_free(g_steal_pointer(&names[n - 1]));
	parent = model_find(model, names);
	if (json_is_object(parent))
		json_object_del(parent, last);
	return true;
}

static const char *pick(const char *const *from, unsigned int n)
{
	return from[g_test_rand_int_range(0, n)];
}

static bool random_step(Fixture *f, Model *model)
{
	static const char *const paths[] = {
		"/",   "/a",   "/b",     "/a/b",   "/a/a", "/a/b/c", "/a-",
		"/a0", "/b/a", "/b/a/a", "/a/b/a", "/c/d", "/c",     "/a/b/c/d",
	};
	static const char *const values[] = { "", "", "1", "two" };
	static const char *const jsons[] = {
		"{}",
		"null",
		"7",
		"[1,{\"a\":2}]",
		"{\"b\":{\"c\":\"x\",\"a\":null},\"a\":1.5}",
		"{\"a\":\"\",\"a-\":{},\"d\":false}",
	};
	const char *path = pick(paths, G_N_ELEMENTS(paths));
	g_auto(GStrv) names = g_strsplit(path + 1, "/", -1);
	g_autoptr(json_t) before = json_deep_copy(model->root);
	bool done, expected;

	if (g_test_rand_int_range(0, 2)) {
		const char *value = pick(values, G_N_ELEMENTS(values));

		done = apply(f->store, tree_write, path, value, NULL);
		expected = model_write(model, names, value);
	} else if (g_test_rand_int_range(0, 2)) {
		const char *json = pick(jsons, G_N_ELEMENTS(jsons));

		done = apply(f->store, tree_inject, path, json, NULL);
		expected = model_inject(model, names, json);
	} else {
		done = apply(f->store, do_remove, path, NULL, NULL);
		expected = model_remove(model, names);
	}

	g_assert_cmpint(done, ==, expected);
	if (!expected) {
		json_decref(model->root);
		model->root = g_steal_pointer(&before);
	}
	return done;
}

static void assert_same(Fixture *f, const Model *model)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *stored = dump(f, "/");

	json_text_value(text, model->root, 0);
	g_string_append_c(text, '\n');
	g_assert_cmpstr(stored, ==, text->str);
}

/* Batches of a few steps, some of which are given up; now and then the file is closed. */
static void test_random(Fixture *f, gconstpointer data)
{
	Model model = { .root = json_object() };
	unsigned int done = 0;

	for (unsigned int i = 0; i < 2000; i++) {
		json_t *before = json_deep_copy(model.root);

		g_assert_true(store_begin(f->store, NULL));
		for (int n = g_test_rand_int_range(1, 5); n > 0; n--)
			done += random_step(f, &model);
		assert_same(f, &model);
		if (g_test_rand_int_range(0, 8)) {
			g_assert_true(store_commit(f->store, NULL));
			json_decref(before);
		} else {
			store_rollback(f->store);
			json_decref(model.root);
			model.root = before;
		}
		if (!g_test_rand_int_range(0, 200)) {
			store_free(f->store);
			f->store = store_open(f->file, NULL);
			g_assert_nonnull(f->store);
		}
		assert_same(f, &model);
	}
	g_assert_cmpuint(done, >, 1000);
	json_decref(model.root);
}

#define ADD(name, fn) g_test_add("/db/tree/" name, Fixture, NULL, setup, fn, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("empty", test_empty);
	ADD("write", test_write);
	ADD("nothing-is-lost", test_nothing_is_lost);
	ADD("empty-leaf-gives-way", test_empty_leaf_gives_way);
	ADD("types-survive", test_types);
	ADD("inject-replaces", test_inject_replaces);
	ADD("remove", test_remove);
	ADD("binary", test_binary);
	ADD("bounds", test_bounds);
	ADD("usage", test_usage);
	ADD("random-operations-against-a-model", test_random);
	return g_test_run();
}

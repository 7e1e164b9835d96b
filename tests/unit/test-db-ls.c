/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/cli/ls.h"

#include <string.h>

#include "lib/error.h"

/* The database is a JSON text; what is asked of it is noted. */
typedef struct {
	json_t *root;
	GString *asked;
} Fake;

static const json_t *fake_find(Fake *fake, const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);
	const json_t *node = fake->root;

	for (char **s = segments; *s && node; s++)
		if (**s)
			node = json_object_get(node, *s);
	return node;
}

static bool fake_read(void *data, const char *path, char **ret_value, GError **error)
{
	Fake *fake = data;
	const json_t *node = fake_find(fake, path);

	g_string_append_printf(fake->asked, "read %s\n", path);
	if (json_is_string(node))
		*ret_value = g_strdup(json_string_value(node));
	else
		*ret_value = g_strdup(json_is_real(node) ? "1.50" : "");
	return true;
}

static bool fake_list(void *data, const char *path, char ***ret_names, GError **error)
{
	Fake *fake = data;
	json_t *node = (json_t *)fake_find(fake, path), *child;
	GStrvBuilder *names = g_strv_builder_new();
	const char *name;

	if (g_str_has_suffix(path, "secret"))
		return xt_fail(error, XT_ERROR_DENIED, "no");
	json_object_foreach(node, name, child)
		g_strv_builder_add(names, name);
	*ret_names = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return true;
}

static const char tree[] =
	"{\"xenmgr\": {\"autostart\": \"true\", \"n\": true, \"x\": 1.50},"
	" \"empty\": {}, \"quote\": \"a \\\"b\\\"\", \"list\": [\"a\"], \"none\": null}";

static const char root_listing[] = " =\n"
				   " xenmgr =\n"
				   "  autostart = \"true\"\n"
				   "  n = \"true\"\n"
				   "  x = \"1.50\"\n"
				   " empty = \"\"\n"
				   " quote = \"a \"b\"\"\n"
				   " list = \"\"\n"
				   " none = \"\"\n";

static char *listing(bool full, bool walk, const char *path, const char *text, GString *asked)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) root = json_parse(text, strlen(text), 1 << 20, "test", &error);
	Fake fake = { root, asked };
	Ls ls = { g_string_new(NULL), full, fake_read, fake_list, &fake };
	bool ok;

	g_assert_no_error(error);
	if (walk) {
		ok = ls_walk(&ls, path, &error);
	} else {
		const json_t *node = fake_find(&fake, path);
		g_autoptr(json_t) null = json_null();

		ok = ls_dump(&ls, path, node ? node : null, &error);
	}
	if (!ok) {
		g_string_free(ls.out, TRUE);
		return g_strdup(error->message);
	}
	return g_string_free(ls.out, FALSE);
}

static void test_dump(void)
{
	g_autoptr(GString) asked = g_string_new(NULL);
	g_autofree char *out = listing(false, false, "/", tree, asked);

	g_assert_cmpstr(out, ==, root_listing);
	/* what a dump tells is not asked for */
	g_assert_cmpstr(asked->str, ==, "read /xenmgr/x\nread /list\nread /none\n");
}

static void test_paths(void)
{
	/* clang-format off */
	static const struct { bool full; const char *path, *want; } cases[] = {
		{ false, "/xenmgr", "xenmgr =\n autostart = \"true\"\n n = \"true\"\n x = \"1.50\"\n" },
		{ false, "//xenmgr/", "xenmgr =\n autostart = \"true\"\n n = \"true\"\n x = \"1.50\"\n" },
		{ true, "xenmgr", "/xenmgr =\n/xenmgr/autostart = \"true\"\n/xenmgr/n = \"true\"\n"
				  "/xenmgr/x = \"1.50\"\n" },
		{ false, "/xenmgr/autostart", "autostart = \"true\"\n" },
		{ true, "/xenmgr/autostart", "/xenmgr/autostart = \"true\"\n" },
		{ false, "/missing/x", "x = \"\"\n" },
		{ true, "/", "/ =\n/xenmgr =\n/xenmgr/autostart = \"true\"\n/xenmgr/n = \"true\"\n"
			     "/xenmgr/x = \"1.50\"\n/empty = \"\"\n/quote = \"a \"b\"\"\n"
			     "/list = \"\"\n/none = \"\"\n" },
	};
	/* clang-format on */

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) asked = g_string_new(NULL);
		g_autofree char *out =
			listing(cases[i].full, false, cases[i].path, tree, asked);

		g_assert_cmpstr(out, ==, cases[i].want);
	}
}

static void test_walk(void)
{
	/* all strings, as a database has them */
	static const char strings[] = "{\"a\": {\"b\": \"1\", \"c\": {\"d\": \"\"}}, \"e\": \"2\"}";

	for (int full = 0; full < 2; full++) {
		g_autoptr(GString) asked = g_string_new(NULL);
		g_autofree char *dumped = listing(full, false, "/", strings, asked);
		g_autofree char *walked = listing(full, true, "/", strings, asked);

		g_assert_cmpstr(walked, ==, dumped);
		g_assert_cmpstr(asked->str, ==, "read /a/b\nread /a/c/d\nread /e\n");
	}
}

static void test_refusal(void)
{
	g_autoptr(GString) asked = g_string_new(NULL);
	g_autofree char *out =
		listing(false, true, "/", "{\"a\": {\"secret\": \"1\"}}", asked);

	g_assert_cmpstr(out, ==, "no");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/db-ls/from-a-dump", test_dump);
	g_test_add_func("/db-ls/any-path-short-and-full", test_paths);
	g_test_add_func("/db-ls/by-asking-is-the-same", test_walk);
	g_test_add_func("/db-ls/passes-a-refusal-on", test_refusal);
	return g_test_run();
}

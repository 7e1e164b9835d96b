/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/path.h"

#include <string.h>

#include "lib/error.h"

#define STORE "/dom-store/00000000-0000-0000-0000-00000000000a"

static void test_forms(void)
{
	/* clang-format off */
	static const struct {
		const char *root, *given, *text, *shown;
		unsigned int depth;
	} rows[] = {
		{ "",	 "",		"",		"/",		0 },
		{ "",	 "/",		"",		"/",		0 },
		{ "",	 "///",		"",		"/",		0 },
		{ "",	 "a",		"/a",		"/a",		1 },
		{ "",	 "//a/",	"/a",		"/a",		1 },
		{ "",	 "a//b/ c ",	"/a/b/ c ",	"/a/b/ c ",	3 },
		{ "",	 "/a/./...",	"/a/./...",	"/a/./...",	3 },
		{ "",	 "gr\xc3\xbc\xc3\x9f", "/gr\xc3\xbc\xc3\x9f", "/gr\xc3\xbc\xc3\x9f", 1 },
		{ STORE, "/",		STORE,		"/",		2 },
		{ STORE, "color",	STORE "/color",	"/color",	3 },
		{ STORE, STORE,		STORE STORE,	STORE,		4 },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(DbPath) path = { 0 };

		g_assert_true(path_init(&path, rows[i].root, rows[i].given, &error));
		g_assert_cmpstr(path.text, ==, rows[i].text);
		g_assert_cmpstr(path_shown(&path), ==, rows[i].shown);
		g_assert_cmpuint(path.depth, ==, rows[i].depth);
		g_assert_cmpint(path_is_root(&path), ==, g_str_equal(rows[i].shown, "/"));
	}
}

static void test_refused(void)
{
	/* clang-format off */
	static const struct { const char *given, *message; } rows[] = {
		{ "..",		"'..' is no name" },
		{ "/a/../b",	"'..' is no name" },
		{ "/a/..",	"'..' is no name" },
		{ "/a\nb",	"0x0a" },
		{ "/a\x7f",	"0x7f" },
		{ "/a\xff/b",	"UTF-8" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(DbPath) path = { 0 };

		g_assert_false(path_init(&path, "", rows[i].given, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_nonnull(strstr(error->message, rows[i].message));
		g_assert_null(path.text);
	}
}

/* "/a" @n times */
static char *deep(unsigned int n)
{
	GString *text = g_string_new(NULL);

	while (n--)
		g_string_append(text, "/a");
	return g_string_free(text, FALSE);
}

static void test_bounds(void)
{
	g_autofree char *deepest = deep(PATH_DEPTH_MAX),
			*deeper = deep(PATH_DEPTH_MAX + 1);
	g_autofree char *longest = g_strnfill(PATH_NAME_MAX, 'n');
	g_autofree char *longer = g_strnfill(PATH_NAME_MAX + 1, 'n');
	const struct {
		const char *root, *given;
		bool fine;
	} rows[] = {
		{ "", deepest, true },     { "", deeper, false },
		{ STORE, deepest, false }, { "", longest, true },
		{ "", longer, false },     { STORE, deepest + 4, true },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_auto(DbPath) path = { 0 };

		g_assert_cmpint(path_init(&path, rows[i].root, rows[i].given, &error), ==,
				rows[i].fine);
		if (!rows[i].fine)
			g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
	}
}

static void test_names(void)
{
	g_assert_true(path_check_name("a.b c", 5, NULL));
	g_assert_false(path_check_name("", 0, NULL));
	g_assert_false(path_check_name("a/b", 3, NULL));
	g_assert_false(path_check_name("a\0b", 3, NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/db/path/forms", test_forms);
	g_test_add_func("/db/path/refused", test_refused);
	g_test_add_func("/db/path/bounds", test_bounds);
	g_test_add_func("/db/path/names", test_names);
	return g_test_run();
}

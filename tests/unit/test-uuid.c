/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/uuid.h"

#include <glib.h>

#define ONE "00000000-0000-0000-0000-00000000000a"
#define ONE_PATH "/vm/00000000_0000_0000_0000_00000000000a"

static void test_forms(void)
{
	/* clang-format off */
	static const struct { const char *text; bool valid; const char *normalized; } rows[] = {
		{ ONE,					 true,	ONE },
		{ "00000000-0000-0000-0000-00000000000A", false, ONE },
		{ "00000000_0000_0000_0000_00000000000a", false, NULL },
		{ "00000000-0000-0000-0000-00000000000",  false, NULL },
		{ ONE "0",				 false, NULL },
		{ "",					 false, NULL },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *normalized = uuid_normalize(rows[i].text);

		g_assert_cmpint(uuid_is_valid(rows[i].text), ==, rows[i].valid);
		g_assert_cmpstr(normalized, ==, rows[i].normalized);
	}
}

static void test_paths(void)
{
	/* clang-format off */
	static const struct { const char *path, *uuid, *rest; } rows[] = {
		{ ONE_PATH,		ONE,	"" },
		{ ONE_PATH "/disk/0",	ONE,	"/disk/0" },
		{ ONE_PATH "0",		NULL,	NULL },
		{ "/vm/" ONE,		NULL,	NULL },
		{ "/vm",		NULL,	NULL },
		{ "/host",		NULL,	NULL },
	};
	/* clang-format on */
	g_autofree char *path = uuid_to_path(ONE);

	g_assert_cmpstr(path, ==, ONE_PATH);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *rest = NULL;
		g_autofree char *uuid = uuid_from_path(rows[i].path, &rest);

		g_assert_cmpstr(uuid, ==, rows[i].uuid);
		g_assert_cmpstr(rest, ==, rows[i].rest);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/uuid/forms", test_forms);
	g_test_add_func("/uuid/object-paths", test_paths);
	return g_test_run();
}

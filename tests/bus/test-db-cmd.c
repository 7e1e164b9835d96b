/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fake-db.h"
#include "tests/bus/fixture.h"

/* What the db-* commands print, byte for byte: scripts parse it. */

typedef struct {
	const char *line; /* for sh */
	int status;
	const char *output; /* of both */
} Case;

static void run_cases(FakeDb *db, const Case *cases, size_t n)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	FixtureDaemon *dbd = fixture_serve(f, fake_db_serve, db, FAKE_DB);

	for (size_t i = 0; i < n; i++) {
		g_autofree char *output = NULL;
		int status;

		g_test_message("%s", cases[i].line);
		status = fixture_run(f, -1, &output, "sh", "-c", cases[i].line, NULL);
		g_assert_cmpstr(output, ==, cases[i].output);
		g_assert_cmpint(status, ==, cases[i].status);
	}
	fixture_stop(dbd);
}

static const char tree[] = "{\"db-version\": \"9\", \"xenmgr\": {\"autostart\": \"true\","
			   " \"empty\": \"\"}, \"vm\": {\"x\": {\"name\": \"a \\\"b\\\" c\"}}}";

static const char root_listing[] = " =\n"
				   " db-version = \"9\"\n"
				   " xenmgr =\n"
				   "  autostart = \"true\"\n"
				   "  empty = \"\"\n"
				   " vm =\n"
				   "  x =\n"
				   "   name = \"a \"b\" c\"\n";

static const char full_listing[] = "/ =\n"
				   "/db-version = \"9\"\n"
				   "/xenmgr =\n"
				   "/xenmgr/autostart = \"true\"\n"
				   "/xenmgr/empty = \"\"\n"
				   "/vm =\n"
				   "/vm/x =\n"
				   "/vm/x/name = \"a \"b\" c\"\n";

static void test_reads(void)
{
	FakeDb db = { tree };
	/* clang-format off */
	static const Case cases[] = {
		{ "db-read /db-version", 0, "9\n" },
		{ "db-read /missing", 0, "\n" },
		{ "db-read -e /missing", 1, "" },
		{ "db-read -e /xenmgr/empty", 0, "\n" },
		{ "db-cmd read /db-version", 0, "9\n" },
		{ "db-nodes /", 0, "db-version xenmgr vm\n" },
		{ "db-nodes /missing", 0, "\n" },
		{ "db-exists /vm/x", 0, "true\n" },
		{ "db-exists /vm/y", 0, "false\n" },
		{ "db-cat /binary | od -An -tx1", 0, " 61 00 0a ff\n" },
	};
	/* clang-format on */

	run_cases(&db, cases, G_N_ELEMENTS(cases));
}

static void test_changes(void)
{
	FakeDb db = { tree };
	/* clang-format off */
	static const Case cases[] = {
		{ "db-write /vm/x/config/memory 96", 0, "" },
		{ "db-write /xenmgr ''", 0, "" },
		{ "db-rm /vm/x", 0, "" },
		{ "db-read /told", 0, "write /vm/x/config/memory=96;write /xenmgr=;rm /vm/x;\n" },
		{ "db-write / 1", 1, "Nope, not doing that.\n" },
		{ "db-write // 1", 1, "Nope, not doing that.\n" },
		{ "db-write '' 1", 1, "Nope, not doing that.\n" },
		{ "db-write /vm 1", 1, "Nope, not doing that.\n" },
		{ "db-write vm/ 1 2>/dev/null", 1, "" },
		{ "db-rm /", 1, "bad path\n" },
		{ "db-rm '' 2>/dev/null", 1, "" },
		{ "db-read /told", 0, "write /vm/x/config/memory=96;write /xenmgr=;rm /vm/x;\n" },
	};
	/* clang-format on */

	run_cases(&db, cases, G_N_ELEMENTS(cases));
}

static void test_ls(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "db-ls", 0, root_listing },
		{ "db-ls /", 0, root_listing },
		{ "db-ls -f", 0, full_listing },
		{ "db-ls /xenmgr", 0, "xenmgr =\n autostart = \"true\"\n empty = \"\"\n" },
		{ "db-ls -f /xenmgr/", 0, "/xenmgr =\n/xenmgr/autostart = \"true\"\n"
					  "/xenmgr/empty = \"\"\n" },
		{ "db-ls /vm/x/name", 0, "name = \"a \"b\" c\"\n" },
		{ "db-ls /missing", 0, "missing = \"\"\n" },
	};
	/* clang-format on */

	for (int as_guest = 0; as_guest < 2; as_guest++) {
		FakeDb db = { tree, as_guest };

		run_cases(&db, cases, G_N_ELEMENTS(cases));
	}
}

static void test_errors(void)
{
	FakeDb db = { tree, true, true };
	/* clang-format off */
	static const Case cases[] = {
		{ "db-read /x", 2, "org.freedesktop.DBus.Error.AccessDenied: not for you\n" },
		{ "db-read /x 2>/dev/null", 2, "" },
		{ "db-ls /x", 2, "org.freedesktop.DBus.Error.AccessDenied: not for you\n" },
		{ "db-cat /x", 2, "org.freedesktop.DBus.Error.Failed: not a binary node\n" },
		{ "db-write /x $(printf '\\377') >/dev/null 2>&1", 2, "" },
		{ "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere db-read / >/dev/null 2>&1", 2, "" },
		{ "db-exists / >/dev/full", 2, "standard output: No space left on device\n" },
	};
	/* clang-format on */

	run_cases(&db, cases, G_N_ELEMENTS(cases));
}

static void test_usage(void)
{
	FakeDb db = { tree };
	static const char *const wrong[] = {
		"db-read", "db-read /a /b", "db-write /a", "db-nodes", "db-ls /a /b",
		"db-rm", "db-exists", "db-cat", "db-cmd", "db-cmd nothing /", "db-ls -e /",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autofree char *line = g_strdup_printf("%s 2>&1 >/dev/null | head -n 1", wrong[i]);
		g_autofree char *quiet = g_strdup_printf("%s 2>/dev/null", wrong[i]);
		const Case cases[] = {
			{ line, 0, "Usage: db-cmd <cmd> <parameters>\n" },
			{ quiet, 1, "" },
		};

		run_cases(&db, cases, G_N_ELEMENTS(cases));
	}
}

int main(int argc, char **argv)
{
	g_autofree char *path = NULL;

	g_test_init(&argc, &argv, NULL);
	path = g_strdup_printf("%s/dbd/cli:%s", g_getenv("XENMGR_BUILD_DIR"), g_getenv("PATH"));
	g_setenv("PATH", path, true);
	g_test_add_func("/db-cmd/reads", test_reads);
	g_test_add_func("/db-cmd/changes", test_changes);
	g_test_add_func("/db-cmd/ls-as-host-and-as-guest", test_ls);
	g_test_add_func("/db-cmd/errors-on-standard-error", test_errors);
	g_test_add_func("/db-cmd/usage", test_usage);
	return g_test_run();
}

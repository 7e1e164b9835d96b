/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fixture.h"

#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/paths.h"
#include "sample_client.h"
#include "tests/bus/sample.h"

/* The ground that the other tests stand on. */

static void test_folders(void)
{
	Fixture *f = fixture_new(NULL);
	g_autofree char *dir = g_strdup(fixture_dir(f));
	g_autofree char *state = g_build_filename(dir, "state", NULL);
	g_autofree char *deep = g_build_filename(state, "a", NULL);
	g_autofree char *link = g_build_filename(state, "root", NULL);

	g_assert_cmpstr(paths_state(), ==, state);
	g_assert_true(g_file_test(paths_run(), G_FILE_TEST_IS_DIR));
	g_assert_true(g_file_set_contents(deep, "x", -1, NULL));
	g_assert_cmpint(symlink("/", link), ==, 0);
	fixture_free(f);
	g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test("/usr", G_FILE_TEST_EXISTS));
}

static void test_stop_and_kill(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	FixtureDaemon *daemon = fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);

	g_assert_true(fixture_running(daemon));
	fixture_stop(daemon);
	g_assert_false(fixture_running(daemon));
	fixture_wait_no_name(f, SAMPLE_NAME);

	daemon = fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	fixture_kill(daemon);
	fixture_wait_no_name(f, SAMPLE_NAME);
	fixture_kill(daemon); /* again: nothing */
}

/* A program that ends, or fails, instead of serving, fails the test. */
static void start_false(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);

	fixture_start(f, "/bin/sh", "a.b", "-c", "exit 7", NULL);
}

static void test_program_that_ends(void)
{
	g_autoptr(Fixture) f = NULL;

	if (g_test_subprocess()) {
		start_false();
		return;
	}
	/* GLib ends a subprocess at once: its folder goes with ours */
	f = fixture_new(NULL);
	g_setenv("TMPDIR", fixture_dir(f), TRUE);
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
	g_test_trap_assert_failed();
	g_unsetenv("TMPDIR");
	g_test_trap_assert_stderr("*/bin/sh ended with wait status 1792 before it took*");
}

static void test_policy(void)
{
	static const char rules[] =
		"<busconfig><policy user=\"root\"><allow own=\"" SAMPLE_NAME "\"/>"
		"<allow send_destination=\"" SAMPLE_NAME "\""
		" send_interface=\"" SAMPLE_NAME "\" send_member=\"add\"/>"
		"</policy></busconfig>";
	g_autofree char *path = NULL;
	g_autoptr(GError) denied = NULL;
	g_autoptr(GError) error = NULL;
	RpcTarget to = { NULL, SAMPLE_NAME, "/a", 0 };
	g_autoptr(Fixture) f = NULL;
	int32_t sum;

	if (getuid()) {
		g_test_skip("needs root");
		return;
	}
	g_assert_cmpint(g_file_open_tmp("policy-XXXXXX", &path, NULL), >=, 0);
	g_assert_true(g_file_set_contents(path, rules, -1, NULL));
	f = fixture_new(path);
	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	to.bus = fixture_bus(f);
	g_assert_true(sample_rpc_add(&to, 1, 2, &sum, NULL));
	g_assert_false(sample_rpc_switch(&to, &denied));
	g_assert_error(denied, XT_ERROR, XT_ERROR_DENIED);
	g_assert_false(bus_own_name(fixture_bus(f), "not.allowed", &error));
	unlink(path);
}

static void test_other_user(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	g_autofree char *output = NULL;

	if (getuid()) {
		g_test_skip("needs root");
		return;
	}
	g_assert_cmpint(fixture_run(f, 65534, &output, "id", "-u", NULL), ==, 0);
	g_assert_cmpstr(output, ==, "65534\n");
	g_assert_cmpint(fixture_run(f, 65534, NULL, "dbus-send", "--system", "--print-reply",
				    "--dest=org.freedesktop.DBus", "/",
				    "org.freedesktop.DBus.GetId", NULL),
			==, 0);
	g_assert_cmpint(fixture_run(f, -1, NULL, "sh", "-c", "exit 9", NULL), ==, 9);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fixture/folders", test_folders);
	g_test_add_func("/fixture/stop-and-kill", test_stop_and_kill);
	g_test_add_func("/fixture/program-that-ends", test_program_that_ends);
	g_test_add_func("/fixture/policy", test_policy);
	g_test_add_func("/fixture/other-user", test_other_user);
	return g_test_run();
}

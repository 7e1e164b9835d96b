/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/xstore.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/error.h"

/* xstore with the real xenstored; test-xstore.sh runs it on a lab host. */

#define BASE "/tool/xstore-test"

static Xstore *open_store(void)
{
	g_autoptr(GError) error = NULL;
	Xstore *xs = xstore_open(&error);

	g_assert_no_error(error);
	return xs;
}

#define ASSERT_VALUE(xs, path, expected)                                                 \
	do {                                                                             \
		g_autofree char *value_ = xstore_read(xs, path);                         \
		g_assert_cmpstr(value_, ==, expected);                                   \
	} while (0)

static void test_values(void)
{
	g_autoptr(Xstore) xs = open_store();
	g_auto(GStrv) names = NULL, none = NULL;
	g_autoptr(GError) error = NULL;
	const XstoreWrite writes[] = {
		{ BASE "/a", "1", "n0 r5" },
		{ BASE "/b", "gr\xc3\xbc\xc3\x9f", NULL },
		{ BASE "/gone", NULL, NULL },
	};

	g_assert_true(xstore_write(xs, BASE "/gone", "x", &error));
	g_assert_true(xstore_write_all(xs, writes, G_N_ELEMENTS(writes), &error));
	g_assert_no_error(error);
	ASSERT_VALUE(xs, BASE "/b", "gr\xc3\xbc\xc3\x9f");
	ASSERT_VALUE(xs, BASE "/gone", NULL);
	names = xstore_list(xs, BASE);
	g_assert_cmpuint(g_strv_length(names), ==, 2);
	none = xstore_list(xs, BASE "/none/below");
	g_assert_cmpuint(g_strv_length(none), ==, 0);

	g_assert_true(xstore_write(xs, BASE "/a", "two\nlines", &error));
	ASSERT_VALUE(xs, BASE "/a", NULL);
	g_assert_false(xstore_write(xs, BASE "/not a path", "1", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_clear_error(&error);
	g_assert_true(xstore_remove(xs, BASE "/none/below", &error));
	g_assert_true(xstore_remove(xs, BASE, &error));
	g_assert_no_error(error);
	ASSERT_VALUE(xs, BASE "/b", NULL);
}

/* A bad one among several: none is done. */
static void test_all_or_none(void)
{
	g_autoptr(Xstore) xs = open_store();
	g_autoptr(GError) error = NULL;
	const XstoreWrite writes[] = {
		{ BASE "/a", "1", NULL },
		{ BASE "/not a path", "1", NULL },
	};

	g_assert_false(xstore_write_all(xs, writes, G_N_ELEMENTS(writes), &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	ASSERT_VALUE(xs, BASE "/a", NULL);
}

#define ROUNDS 300
#define MANY   500

static bool write_rounds(const char *value)
{
	g_autoptr(Xstore) xs = open_store();
	const XstoreWrite writes[] = {
		{ BASE "/x", value, NULL },
		{ BASE "/y", value, NULL },
	};
	bool done = true;

	for (unsigned int i = 0; done && i < ROUNDS; i++)
		done = xstore_write_all(xs, writes, G_N_ELEMENTS(writes), NULL);
	return done;
}

/* Two write the same nodes at the same time: each gets his turn, and both nodes are
 * always of one of them. */
static void test_conflicts(void)
{
	g_autoptr(Xstore) xs = NULL;
	g_autofree char *x = NULL;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(write_rounds("child") ? 0 : 1);
	g_assert_true(write_rounds("parent"));
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);

	xs = open_store();
	x = xstore_read(xs, BASE "/x");
	ASSERT_VALUE(xs, BASE "/y", x);
	g_assert_true(xstore_remove(xs, BASE, NULL));
}

static void on_changed(const char *path, void *data)
{
	g_string_append_printf(data, "%s;", path + strlen(BASE));
}

static void wait_for(GString *seen, size_t len)
{
	while (seen->len < len)
		g_main_context_iteration(NULL, TRUE);
}

static void test_watch(void)
{
	g_autoptr(Xstore) xs = open_store(), other = open_store();
	g_autoptr(GString) seen = g_string_new(NULL);
	XstoreWatch *watch = xstore_watch(xs, BASE "/w", on_changed, seen, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(watch);
	wait_for(seen, 3);
	g_assert_cmpstr(seen->str, ==, "/w;"); /* once at first */
	g_string_truncate(seen, 0);

	g_assert_true(xstore_write(other, BASE "/w/below", "1", NULL));
	g_assert_true(xstore_write(other, BASE "/elsewhere", "1", NULL));
	g_assert_true(xstore_remove(other, BASE "/w", NULL));
	wait_for(seen, 12);
	g_assert_cmpstr(seen->str, ==, "/w/below;/w;");
	g_string_truncate(seen, 0);

	/* More than are served in one turn of the loop.  Each of another node: xenstored
	 * drops an event that is the same as one which waits to be read. */
	for (unsigned int i = 0; i < MANY; i++) {
		g_autofree char *path = g_strdup_printf(BASE "/w/%03u", i);

		g_assert_true(xstore_write(other, path, "1", NULL));
	}
	wait_for(seen, strlen("/w/000;") * MANY);
	g_assert_true(g_str_has_suffix(seen->str, "/w/499;"));
	xstore_unwatch(watch);

	g_assert_true(xstore_write(other, BASE "/w", "2", NULL));
	ASSERT_VALUE(xs, BASE "/w", "2");
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_assert_cmpuint(seen->len, ==, strlen("/w/000;") * MANY);
	g_assert_null(xstore_watch(xs, "no path", on_changed, seen, &error));
	g_assert_nonnull(error);
	g_assert_true(xstore_remove(other, BASE, NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xstore/values", test_values);
	g_test_add_func("/xstore/all-or-none", test_all_or_none);
	g_test_add_func("/xstore/conflicts", test_conflicts);
	g_test_add_func("/xstore/watch", test_watch);
	return g_test_run();
}

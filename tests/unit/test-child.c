/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/child.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include "lib/error.h"

typedef struct {
	unsigned int times;
	int status;
	char *output;
	GError *error;
} Result;

static void done(int status, const char *output, const GError *error, void *data)
{
	Result *result = data;

	result->times++;
	result->status = status;
	result->output = g_strdup(output);
	result->error = error ? g_error_copy(error) : NULL;
}

static void result_clear(Result *result)
{
	g_free(result->output);
	g_clear_error(&result->error);
}

static void run(const char *script, unsigned int timeout_ms, Result *result)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	g_autoptr(GError) error = NULL;

	memset(result, 0, sizeof(*result));
	g_assert_nonnull(child_run(argv, NULL, timeout_ms, done, result, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(result->times, ==, 0);
	while (!result->times)
		g_main_context_iteration(NULL, TRUE);
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_assert_cmpuint(result->times, ==, 1);
}

static void test_output(void)
{
	Result result;

	run("cat; echo one; echo two >&2; printf '\\377'", 0, &result);
	g_assert_no_error(result.error);
	g_assert_cmpint(result.status, ==, 0);
	g_assert_cmpstr(result.output, ==, "one\n\xef\xbf\xbd");
	result_clear(&result);
}

static void test_much_output_is_cut(void)
{
	Result result;

	run("head -c 1000000 /dev/zero | tr '\\0' x", 0, &result);
	g_assert_no_error(result.error);
	g_assert_cmpuint(strlen(result.output), ==, CHILD_OUTPUT_MAX);
	result_clear(&result);
}

static void test_errors(void)
{
	/* clang-format off */
	static const struct { const char *script; unsigned int timeout; int code; const char *message; } rows[] = {
		{ "exit 3",			   0,	XT_ERROR_FAILED,  "sh: exit status 3" },
		{ "echo a >&2; echo b >&2; exit 1", 0,	XT_ERROR_FAILED,  "sh: exit status 1: b" },
		{ "kill -TERM $$",		   0,	XT_ERROR_FAILED,  "sh: killed by signal 15" },
		{ "echo w >&2; sleep 1000 & wait", 300, XT_ERROR_TIMEOUT, "sh: not done after 300 ms: w" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		Result result;

		run(rows[i].script, rows[i].timeout, &result);
		g_assert_error(result.error, XT_ERROR, rows[i].code);
		g_assert_cmpstr(result.error->message, ==, rows[i].message);
		result_clear(&result);
	}
}

static void test_no_program(void)
{
	const char *argv[] = { "/nonexistent/program", NULL };
	g_autoptr(GError) error = NULL;

	g_assert_null(child_run(argv, NULL, 0, done, NULL, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_assert_true(g_str_has_prefix(error->message, "/nonexistent/program: "));
}

static void test_background_is_not_waited_for(void)
{
	gint64 start = g_get_monotonic_time();
	Result result;
	pid_t left;

	run("sleep 1000 & echo $!", 0, &result);
	g_assert_no_error(result.error);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 100 * G_USEC_PER_SEC);
	left = g_ascii_strtoll(result.output, NULL, 10);
	g_assert_cmpint(left, >, 1);
	g_assert_cmpint(kill(left, SIGKILL), ==, 0);
	result_clear(&result);
}

static void test_cancel(void)
{
	const char *argv[] = { "sleep", "1000", NULL };
	const char *last[] = { "true", NULL };
	Result result = { 0 };
	siginfo_t info;
	Child *child = child_run(argv, NULL, 0, done, &result, NULL);

	g_assert_nonnull(child);
	child_cancel(child);

	/* Reaped, and silent: another one's end comes later than its own. */
	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_nonnull(child_run(last, NULL, 0, done, &result, NULL));
	while (!result.times)
		g_main_context_iteration(NULL, TRUE);
	g_assert_no_error(result.error);
	g_assert_cmpuint(result.times, ==, 1);
	result_clear(&result);
}

static void await(Result *result)
{
	while (!result->times)
		g_main_context_iteration(NULL, TRUE);
}

static void test_held_is_told(void)
{
	const char *argv[] = { "sh", "-c", "read -r line && echo got $line", NULL };
	Result early = { 0 }, result = { 0 };
	Child *child = child_hold(argv, done, &early, NULL);

	g_assert_nonnull(child);
	child_tell(child, "the line", 0, done, &result);
	await(&result);
	g_assert_no_error(result.error);
	g_assert_cmpstr(result.output, ==, "got the line\n");
	g_assert_cmpuint(early.times, ==, 0);
	result_clear(&result);
}

static void test_held_ends_untold(void)
{
	const char *argv[] = { "sh", "-c", "exit 3", NULL };
	Result early = { 0 };

	g_assert_nonnull(child_hold(argv, done, &early, NULL));
	await(&early);
	g_assert_error(early.error, XT_ERROR, XT_ERROR_FAILED);
	result_clear(&early);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lib/child/output-is-kept", test_output);
	g_test_add_func("/lib/child/much-output-is-cut", test_much_output_is_cut);
	g_test_add_func("/lib/child/errors-name-program-and-last-line", test_errors);
	g_test_add_func("/lib/child/missing-program", test_no_program);
	g_test_add_func("/lib/child/background-is-not-waited-for",
			test_background_is_not_waited_for);
	g_test_add_func("/lib/child/held-is-told", test_held_is_told);
	g_test_add_func("/lib/child/held-ends-untold", test_held_ends_untold);
	g_test_add_func("/lib/child/cancelled-is-silent", test_cancel);
	return g_test_run();
}

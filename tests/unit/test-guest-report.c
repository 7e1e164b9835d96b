/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/report.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

/* A sink that writes down what it gets, and may refuse a key or lose the connection. */
typedef struct {
	Report *report;
	GString *seen;
	const char *refuse;
	int error;
} Fixture;

static int note(Fixture *fixture, const char *key, const char *what)
{
	if (fixture->refuse && strcmp(fixture->refuse, key) == 0)
		return fixture->error;
	g_string_append_printf(fixture->seen, "%s%s ", key, what);
	return 0;
}

static int sink_write(void *to, const char *key, const char *value)
{
	g_autofree char *what = g_strdup_printf("=%s", value);

	return note(to, key, what);
}

static int sink_remove(void *to, const char *key)
{
	return note(to, key, " gone;");
}

static const ReportSink sink = { sink_write, sink_remove };

static void set_up(Fixture *fixture, const void *data)
{
	fixture->report = report_new("attr/vif", "data/updated");
	fixture->seen = g_string_new(NULL);
}

static void tear_down(Fixture *fixture, const void *data)
{
	report_free(fixture->report);
	g_string_free(fixture->seen, TRUE);
}

/* A round of "key=value key=value"; what arrives must be @expected. */
static void round_of(Fixture *fixture, const char *pairs, const char *expected)
{
	g_auto(GStrv) all = g_strsplit(pairs, " ", -1);

	report_begin(fixture->report);
	for (char **pair = all; *pair && **pair; pair++) {
		char *value = strchr(*pair, '=');

		*value++ = '\0';
		report_set(fixture->report, *pair, value);
	}
	g_string_truncate(fixture->seen, 0);
	g_assert_cmpint(report_send(fixture->report, &sink, fixture), ==, 0);
	report_sent(fixture->report);
	g_assert_cmpstr(fixture->seen->str, ==, expected);
}

static void test_differences(Fixture *fixture, const void *data)
{
	round_of(fixture, "data/updated=1 data/a=1 data/b=2",
		 "attr/vif gone; data/a=1 data/b=2 data/updated=1 ");
	round_of(fixture, "data/updated=1 data/a=1 data/b=2", "data/updated=1 ");
	round_of(fixture, "data/updated=2 data/b=3 data/a=1", "data/b=3 data/updated=2 ");
	round_of(fixture, "data/updated=3 data/b=3", "data/a gone; data/updated=3 ");
	round_of(fixture, "data/updated=4 data/b=3 data/a=1", "data/a=1 data/updated=4 ");
	report_forget(fixture->report);
	round_of(fixture, "data/updated=5 data/b=3",
		 "attr/vif gone; data/b=3 data/updated=5 ");
}

#define VIF "attr/vif/0/"

static void test_empty_directories(Fixture *fixture, const void *data)
{
	round_of(fixture,
		 VIF "name=e " VIF "ipv4/0=x " VIF "ipv4/0/prefix=8 " VIF "ipv4/1=y",
		 "attr/vif gone; " VIF "name=e " VIF "ipv4/0=x " VIF
		 "ipv4/0/prefix=8 " VIF "ipv4/1=y ");
	round_of(fixture, VIF "name=e " VIF "ipv4/0=x " VIF "ipv4/0/prefix=8",
		 VIF "ipv4/1 gone; ");
	round_of(fixture, VIF "name=e " VIF "ipv4/0=x", VIF "ipv4/0/prefix gone; ");
	round_of(fixture, VIF "name=e", VIF "ipv4 gone; ");
	round_of(fixture, "", "attr/vif gone; ");
	round_of(fixture, "", "");
}

/* An attempt that is not completed leaves no trace. */
static void test_again(Fixture *fixture, const void *data)
{
	round_of(fixture, "data/a=1 data/b=1", "attr/vif gone; data/a=1 data/b=1 ");
	report_begin(fixture->report);
	report_set(fixture->report, "data/a", "2");
	for (int i = 0; i < 2; i++) {
		g_string_truncate(fixture->seen, 0);
		g_assert_cmpint(report_send(fixture->report, &sink, fixture), ==, 0);
		g_assert_cmpstr(fixture->seen->str, ==, "data/b gone; data/a=2 ");
	}
	round_of(fixture, "data/a=2 data/b=1", "data/a=2 ");
}

static void test_refused(Fixture *fixture, const void *data)
{
	fixture->refuse = "data/a";
	fixture->error = EACCES;
	round_of(fixture, "data/a=1 data/b=1", "attr/vif gone; data/b=1 ");
	round_of(fixture, "data/a=1 data/b=1", "");
	fixture->refuse = NULL;
	round_of(fixture, "data/a=1 data/b=1", "data/a=1 ");

	/* A removal that is refused is tried again. */
	fixture->refuse = "data/a";
	round_of(fixture, "data/b=1", "");
	fixture->refuse = NULL;
	round_of(fixture, "data/b=1", "data/a gone; ");
	round_of(fixture, "data/b=1", "");
}

static void test_lost(Fixture *fixture, const void *data)
{
	fixture->refuse = "data/a";
	fixture->error = EPIPE;
	report_begin(fixture->report);
	report_set(fixture->report, "data/a", "1");
	report_set(fixture->report, "data/b", "1");
	g_assert_cmpint(report_send(fixture->report, &sink, fixture), ==, EPIPE);
	g_assert_cmpstr(fixture->seen->str, ==, "attr/vif gone; ");
}

static void test_bounds(Fixture *fixture, const void *data)
{
	g_autofree char *name = g_strnfill(REPORT_KEY_MAX + 1, 'k');
	g_autofree char *value = g_strnfill(REPORT_VALUE_MAX * 2, 'v');
	g_autofree char *fits = g_strnfill(REPORT_VALUE_MAX, 'v');
	g_autofree char *expected = g_strdup_printf("attr/vif gone; data/a=%s ", fits);

	report_begin(fixture->report);
	report_set(fixture->report, name, "too long");
	report_set(fixture->report, "data/a", value);
	g_assert_cmpint(report_send(fixture->report, &sink, fixture), ==, 0);
	report_sent(fixture->report);
	g_assert_cmpstr(fixture->seen->str, ==, expected);

	g_string_truncate(fixture->seen, 0);
	report_begin(fixture->report);
	for (int i = 0; i < REPORT_KEYS_MAX + 10; i++)
		report_setf(fixture->report, "", "data/%d", i);
	g_assert_cmpint(report_send(fixture->report, &sink, fixture), ==, 0);
	g_assert_null(strstr(fixture->seen->str, "data/256"));
	g_assert_nonnull(strstr(fixture->seen->str, "data/254="));
}

/* What stands in xenstore is text, whatever the system's files hold. */
static void test_text(Fixture *fixture, const void *data)
{
	round_of(fixture, "data/a=a\nb\177c data/b=\xc3\xa4\xff\xc3 data/c=\xed\xa0\x80",
		 "attr/vif gone; data/a=a b c data/b=\xc3\xa4?? data/c=??? ");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(Fixture *fixture, const void *data);
	} tests[] = {
		{ "/guest/report/only-differences-are-sent", test_differences },
		{ "/guest/report/empty-directories-go", test_empty_directories },
		{ "/guest/report/an-attempt-may-be-repeated", test_again },
		{ "/guest/report/a-refused-key-stops-nothing", test_refused },
		{ "/guest/report/a-lost-connection-stops", test_lost },
		{ "/guest/report/bounds", test_bounds },
		{ "/guest/report/values-are-text", test_text },
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test,
			   tear_down);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/memory.h"
#include "guest/os.h"

#include <glib.h>

static int append(void *to, const char *key, const char *value)
{
	g_string_append_printf(to, "%s=%s\n", key, value);
	return 0;
}

static int ignore(void *to, const char *key)
{
	return 0;
}

static void assert_holds(Report *report, const char *expected)
{
	static const ReportSink sink = { append, ignore };
	g_autoptr(GString) seen = g_string_new(NULL);

	g_assert_cmpint(report_send(report, &sink, seen), ==, 0);
	g_assert_cmpstr(seen->str, ==, expected);
	report_free(report);
}

static void test_os(void)
{
	/* clang-format off */
	static const struct { const char *release, *expected; } rows[] = {
		{ "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian\"\n"
		  "VERSION_ID=\"12\"\nID=debian\n",
		  "data/os_name=Debian GNU/Linux 12 (bookworm)\ndata/os_distro=debian\n"
		  "data/os_majorver=12\ndata/os_uname=6.1\n" },
		{ "# comment\n  ID='alpine'  \r\nNAME=A\\ B\nVERSION_ID=3.18.4",
		  "data/os_name=A B\ndata/os_distro=alpine\n"
		  "data/os_majorver=3\ndata/os_minorver=18\ndata/os_uname=6.1\n" },
		{ "ID=one\nID=two\nXID=no\nPRETTY_NAME=\"a \\\"b\\\" \\$c\"\nVERSION_ID=rolling\n",
		  "data/os_name=a \"b\" $c\ndata/os_distro=two\n"
		  "data/os_majorver=rolling\ndata/os_uname=6.1\n" },
		{ "ID=\nPRETTY_NAME=\"unterminated\nVERSION_ID=.5\nVERSION_ID=7.",
		  "data/os_name=unterminated\ndata/os_distro=linux\n"
		  "data/os_majorver=7\ndata/os_uname=6.1\n" },
		{ "\n\n=x\n \nPRETTY_NAME",
		  "data/os_name=Linux 6.1\ndata/os_distro=linux\ndata/os_uname=6.1\n" },
		{ NULL,
		  "data/os_name=Linux 6.1\ndata/os_distro=linux\ndata/os_uname=6.1\n" },
	};
	/* clang-format on */

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		Report *report = report_new("attr/vif", "data/updated");

		os_report(report, rows[i].release, "6.1");
		assert_holds(report, rows[i].expected);
	}
}

static void test_memory(void)
{
	/* clang-format off */
	static const struct { const char *meminfo, *expected; } rows[] = {
		{ "MemTotal:         100 kB\nMemFree:    20 kB\nMemAvailable:   50 kB\n",
		  "data/meminfo_total=100\ndata/meminfo_free=50\n" },
		{ "MemTotal:\t100 kB\nMemFree: 20 kB\n",
		  "data/meminfo_total=100\ndata/meminfo_free=20\n" },
		{ "XMemTotal: 1 kB\nMemTotal 2\nMemFree: kB\n", "" },
		{ "MemTotal: 123456789012345678901234567890 kB", "" },
		{ "", "" },
	};
	/* clang-format on */

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		Report *report = report_new("attr/vif", "data/updated");

		memory_report(report, rows[i].meminfo);
		assert_holds(report, rows[i].expected);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guest/os/os-release", test_os);
	g_test_add_func("/guest/memory/meminfo", test_memory);
	return g_test_run();
}

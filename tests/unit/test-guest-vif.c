/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/vif.h"

#include <glib.h>
#include <sys/socket.h>

#define MAC_A "00:16:3e:00:00:01"
#define MAC_B "00:16:3e:00:00:02"

static int append(void *to, const char *key, const char *value)
{
	g_string_append_printf(to, "%s=%s ", key, value);
	return 0;
}

static int ignore(void *to, const char *key)
{
	return 0;
}

static void assert_reports(const VifTable *table, const char *expected)
{
	static const ReportSink sink = { append, ignore };
	g_autoptr(GString) seen = g_string_new(NULL);
	Report *report = report_new("attr/vif", "data/updated");

	vif_report(report, table);
	g_assert_cmpint(report_send(report, &sink, seen), ==, 0);
	g_assert_cmpstr(seen->str, ==, expected);
	report_free(report);
}

static void test_nodename(void)
{
	g_assert_cmpint(vif_from_nodename("device/vif/0\n"), ==, 0);
	g_assert_cmpint(vif_from_nodename("device/vif/12"), ==, 12);
	g_assert_cmpint(vif_from_nodename("device/vbd/0"), ==, -1);
	g_assert_cmpint(vif_from_nodename("device/vif/"), ==, -1);
	g_assert_cmpint(vif_from_nodename("device/vif/-1"), ==, -1);
	g_assert_cmpint(vif_from_nodename("device/vif/1/../2"), ==, -1);
	g_assert_cmpint(vif_from_nodename("device/vif/9999"), ==, -1);
	g_assert_cmpint(vif_from_nodename("device/vif/99999999999999"), ==, -1);
	g_assert_cmpint(vif_from_nodename(""), ==, -1);
}

static void test_plain(void)
{
	VifTable table = {
		.links = { { .index = 2, .vif = 0, .name = "enX0", .mac = MAC_A },
			   { .index = 3, .vif = -1, .name = "docker0", .mac = MAC_B } },
		.n_links = 2,
		.addresses = { { 2, AF_INET6, 64, true, "fe80::1" },
			       { 2, AF_INET, 24, false, "10.0.0.2" },
			       { 3, AF_INET, 16, false, "172.17.0.1" },
			       { 2, AF_INET6, 64, false, "2001:db8::2" },
			       { 2, AF_INET, 8, false, "10.0.0.3" } },
		.n_addresses = 5,
	};

	assert_reports(&table,
		       "attr/vif/0/name=enX0 attr/vif/0/mac/0=" MAC_A
		       " attr/vif/0/ipv4/0=10.0.0.2 attr/vif/0/ipv4/0/prefix=24"
		       " attr/vif/0/ipv4/1=10.0.0.3 attr/vif/0/ipv4/1/prefix=8"
		       " attr/vif/0/ipv6/0=2001:db8::2 attr/vif/0/ipv6/0/prefix=64 ");

	/* Without the others, the link-local one is better than nothing. */
	table.n_addresses = 1;
	assert_reports(&table, "attr/vif/0/name=enX0 attr/vif/0/mac/0=" MAC_A
			       " attr/vif/0/ipv6/0=fe80::1 attr/vif/0/ipv6/0/prefix=64 ");
}

/* eth0 (vif 3) is a port of br0, a VLAN stands on br0; what stands on what is a ring. */
static void test_stacked(void)
{
	const VifTable table = {
		.links = { { .index = 9, .lower = 5, .vif = -1, .name = "br0.7" },
			   { .index = 2,
			     .master = 5,
			     .vif = 3,
			     .name = "eth0",
			     .mac = MAC_A },
			   { .index = 5, .lower = 9, .vif = -1, .name = "br0" } },
		.n_links = 3,
		.addresses = { { 9, AF_INET, 24, false, "10.7.0.1" },
			       { 5, AF_INET, 24, false, "10.0.0.1" },
			       { 2, AF_INET6, 64, true, "fe80::1" } },
		.n_addresses = 3,
	};

	assert_reports(&table,
		       "attr/vif/3/name=eth0 attr/vif/3/mac/0=" MAC_A
		       " attr/vif/3/ipv4/0=10.7.0.1 attr/vif/3/ipv4/0/prefix=24"
		       " attr/vif/3/ipv4/1=10.0.0.1 attr/vif/3/ipv4/1/prefix=24 ");
}

static void test_macs(void)
{
	static const VifMac macs[] = { { 0, "00:16:3E:00:00:01" }, { 1, MAC_B } };
	VifTable table = {
		/* A bridge that took its port's MAC comes first, a VLAN has it as well.
		 */
		.links = { { .index = 2, .vif = -1, .name = "br0", .mac = MAC_A },
			   { .index = 3,
			     .lower = 4,
			     .vif = -1,
			     .name = "v",
			     .mac = MAC_A },
			   { .index = 4,
			     .master = 2,
			     .vif = -1,
			     .name = "e",
			     .mac = MAC_A },
			   { .index = 5, .vif = -1, .name = "twin", .mac = MAC_B },
			   { .index = 6, .vif = 1, .name = "known", .mac = MAC_B } },
		.n_links = 5,
	};

	vif_match_macs(&table, macs, G_N_ELEMENTS(macs));
	g_assert_cmpint(table.links[0].vif, ==, -1);
	g_assert_cmpint(table.links[1].vif, ==, -1);
	g_assert_cmpint(table.links[2].vif, ==, 0);
	g_assert_cmpint(table.links[3].vif, ==, -1);
	g_assert_cmpint(table.links[4].vif, ==, 1);
}

static void test_bound(void)
{
	VifTable table = {
		.links = { { .index = 2, .vif = 0, .name = "e", .mac = MAC_A } },
		.n_links = 1,
		.n_addresses = VIF_ADDRESSES_MAX
	};
	g_autoptr(GString)
		expected = g_string_new("attr/vif/0/name=e attr/vif/0/mac/0=" MAC_A " ");

	for (size_t i = 0; i < VIF_ADDRESSES_MAX; i++)
		table.addresses[i] = (VifAddress){ 2, AF_INET, 8, false, "10.0.0.1" };
	for (int i = 0; i < VIF_PER_FAMILY; i++)
		g_string_append_printf(expected,
				       "attr/vif/0/ipv4/%d=10.0.0.1 "
				       "attr/vif/0/ipv4/%d/prefix=8 ",
				       i, i);
	assert_reports(&table, expected->str);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guest/vif/nodename", test_nodename);
	g_test_add_func("/guest/vif/addresses-of-a-device", test_plain);
	g_test_add_func("/guest/vif/addresses-of-what-stands-on-it", test_stacked);
	g_test_add_func("/guest/vif/found-by-mac", test_macs);
	g_test_add_func("/guest/vif/addresses-are-bounded", test_bound);
	return g_test_run();
}

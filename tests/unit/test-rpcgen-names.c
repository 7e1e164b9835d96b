/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/names.h"

#include <glib.h>

static void test_valid(void)
{
	/* clang-format off */
	static const struct { const char *name; bool iface, member, dashed; } rows[] = {
		{ "a.b",		true,  false, false },
		{ "com.citrix.xenclient.xenmgr.vm", true, false, false },
		{ "_a._b1",		true,  false, false },
		{ "a",			false, true,  true },
		{ "SayHello_2",		false, true,  true },
		{ "start-on-boot",	false, false, true },
		{ "-a",			false, false, false },
		{ "2a",			false, false, false },
		{ "a.2b",		false, false, false },
		{ "a..b",		false, false, false },
		{ ".a.b",		false, false, false },
		{ "a.b.",		false, false, false },
		{ "a-b.c",		false, false, false },
		{ "",			false, false, false },
		{ "a b",		false, false, false },
		{ "gr\xc3\xb6\xc3\x9f" "e", false, false, false },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_cmpint(names_is_interface(rows[i].name), ==, rows[i].iface);
		g_assert_cmpint(names_is_member(rows[i].name), ==, rows[i].member);
		g_assert_cmpint(names_is_dashed_member(rows[i].name), ==, rows[i].dashed);
	}
}

static void test_services(void)
{
	static const char *const good[] = { "a.b", "com.example.web-1", "_a.b" };
	static const char *const bad[] = { "a", ":1.5", "a..b", "a.1", "a.-b", "", "a.b c" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(good); i++)
		g_assert_true(names_is_service(good[i]));
	for (unsigned int i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(names_is_service(bad[i]));
}

static void test_length(void)
{
	g_autofree char *longest = g_strnfill(NAMES_MAX, 'a');
	g_autofree char *longer = g_strnfill(NAMES_MAX + 1, 'a');
	g_autofree char *iface = g_strconcat("a.", longest, NULL);

	g_assert_true(names_is_member(longest));
	g_assert_false(names_is_member(longer));
	g_assert_false(names_is_interface(iface));
}

static void test_forms(void)
{
	/* clang-format off */
	static const struct { const char *name, *snake, *camel, *upper; } rows[] = {
		{ "vm_created",	  "vm_created",	   "VmCreated",	  "VM_CREATED" },
		{ "SayHello",	  "say_hello",	   "SayHello",	  "SAY_HELLO" },
		{ "memory-min",	  "memory_min",	   "MemoryMin",	  "MEMORY_MIN" },
		{ "GetNameOwner", "get_name_owner", "GetNameOwner", "GET_NAME_OWNER" },
		{ "DBus",	  "d_bus",	   "DBus",	  "D_BUS" },
		{ "getXMLData",	  "get_xml_data",  "GetXmlData",  "GET_XML_DATA" },
		{ "usb2Port",	  "usb2_port",	   "Usb2Port",	  "USB2_PORT" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *snake = names_snake(rows[i].name);
		g_autofree char *camel = names_camel(snake);
		g_autofree char *upper = names_upper(snake);

		g_assert_cmpstr(snake, ==, rows[i].snake);
		g_assert_cmpstr(camel, ==, rows[i].camel);
		g_assert_cmpstr(upper, ==, rows[i].upper);
	}
}

static void test_prefix(void)
{
	/* clang-format off */
	static const struct { const char *iface, *prefix; } rows[] = {
		{ "com.citrix.xenclient.db",		"db_rpc" },
		{ "com.citrix.xenclient.xenmgr.vm",	"xenmgr_vm_rpc" },
		{ "org.freedesktop.DBus.Properties",	"org_freedesktop_d_bus_properties_rpc" },
		{ "com.citrix.xenclientele.x",		"com_citrix_xenclientele_x_rpc" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *prefix = names_prefix(rows[i].iface);

		g_assert_cmpstr(prefix, ==, rows[i].prefix);
	}
}

static void test_reserved(void)
{
	static const char *const taken[] = { "call", NULL };
	/* clang-format off */
	static const struct { const char *name, *c; } rows[] = {
		{ "path", "path" }, { "switch", "switch_" }, { "call", "call_" },
		{ "unix", "unix_" }, { "timezone", "timezone_" }, { "calls", "calls" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *c = names_c(rows[i].name, taken);

		g_assert_cmpstr(c, ==, rows[i].c);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpcgen/names/what-dbus-takes", test_valid);
	g_test_add_func("/rpcgen/names/services", test_services);
	g_test_add_func("/rpcgen/names/length", test_length);
	g_test_add_func("/rpcgen/names/forms", test_forms);
	g_test_add_func("/rpcgen/names/prefix", test_prefix);
	g_test_add_func("/rpcgen/names/reserved-in-c", test_reserved);
	return g_test_run();
}

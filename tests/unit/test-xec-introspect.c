/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/introspect.h"

#include <string.h>

static const char sample[] =
	"<!DOCTYPE node PUBLIC \"-//freedesktop//DTD D-BUS Object Introspection 1.0//EN\"\n"
	" \"http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd\">\n"
	"<node name=\"/\">\n"
	" <interface name=\"a.B\">\n"
	"  <method name=\"get_all\">\n"
	"   <arg name=\"x\" type=\"i\"/>\n"
	"   <arg name=\"y\" type=\"a{sv}\" direction=\"out\"/>\n"
	"   <arg type=\"s\" direction=\"out\"/>\n"
	"   <annotation name=\"q\" value=\"1\"/>\n"
	"  </method>\n"
	"  <method name=\"Nothing\"/>\n"
	"  <signal name=\"s\"><arg type=\"s\"/></signal>\n"
	"  <property name=\"start-on-boot\" type=\"b\" access=\"readwrite\"/>\n"
	" </interface>\n"
	" <interface name=\"c.D\"/>\n"
	" <node name=\"child\"><interface name=\"not.This\"><method name=\"x\"/></interface></node>\n"
	"</node>\n";

static void test_listing(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) interfaces = introspect_parse(sample, &error);
	g_autoptr(GString) out = g_string_new(NULL);

	g_assert_no_error(error);
	introspect_print(out, interfaces);
	g_assert_cmpstr(out->str, ==,
			"/------- a.B\n"
			"|     -  start-on-boot                readwrite:b\n"
			"|     +  get-all                      ( x:i, OUT y:a{sv}, OUT :s )\n"
			"|     +  Nothing                      (  )\n"
			"\n"
			"/------- c.D\n"
			"\n");
}

static void test_names(void)
{
	g_autoptr(GPtrArray) interfaces = introspect_parse(sample, NULL);
	const IntrospectInterface *iface = introspect_find(interfaces, "a.B");
	g_autoptr(GString) out = g_string_new(NULL);

	introspect_print_interfaces(out, interfaces);
	introspect_print_methods(out, iface);
	introspect_print_properties(out, iface);
	g_assert_cmpstr(out->str, ==, "a.B\nc.D\nget-all\nNothing\nstart-on-boot\n");

	g_assert_cmpuint(introspect_method(iface, "get_all")->in->len, ==, 1);
	g_assert_null(introspect_method(iface, "s"));
	g_assert_cmpstr(introspect_property(iface, "start-on-boot")->signature, ==, "b");
	g_assert_null(introspect_find(interfaces, "not.This"));
}

/* clang-format off */
static const char *const refused[] = {
	"",
	"no markup",
	"<node><interface name=\"a\">",
	"<node><interface/></node>",
	"<node><interface name=\"a\"><method/></interface></node>",
	"<node><interface name=\"a\"><method name=\"m\"><arg/></method></interface></node>",
	"<node><interface name=\"a\"><method name=\"m\"><arg type=\"a{\"/></method></interface></node>",
	"<node><interface name=\"a\"><method name=\"m\"><arg type=\"ss\"/></method></interface></node>",
	"<node><interface name=\"a\"><property name=\"p\" type=\"\" access=\"read\"/></interface></node>",
	("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a>"
	 "</a></a></a></a></a></a></a>"),
};
/* clang-format on */

static void test_bad(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", refused[i]);
		g_assert_null(introspect_parse(refused[i], &error));
		g_assert_nonnull(error);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xec/introspect/listing", test_listing);
	g_test_add_func("/xec/introspect/finds-and-lists-names", test_names);
	g_test_add_func("/xec/introspect/refuses-bad-data", test_bad);
	return g_test_run();
}

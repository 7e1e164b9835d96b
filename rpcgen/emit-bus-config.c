/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

/*
 * NAME.conf: what everybody on the host may call, as dbus-daemon(1) reads it.  It only
 * allows, and names the service, interface and member of each method: where it stands
 * among other files does not matter.
 */

static void emit_allow(GString *out, const IdlInterface *iface, const IdlMember *method)
{
	emit(out,
	     "    <allow send_destination=\"%s\"\n"
	     "           send_interface=\"%s\"\n"
	     "           send_member=\"%s\"/>\n",
	     iface->service, iface->name, method->name);
}

static void emit_interface(GString *out, const IdlInterface *iface)
{
	if (!iface->service)
		return;
	for_each (IdlMember, method, iface->methods)
		if (g_str_equal(method->access, "READ"))
			emit_allow(out, iface, method);
}

char *emit_bus_config(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_xml_head(out, file);
	emit_doctype(out, "busconfig", "D-Bus Bus Configuration", "busconfig");
	emit(out, "<!-- The methods that everybody may call: those that only read. -->\n"
		  "<busconfig>\n"
		  "  <policy context=\"default\">\n");
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface(out, iface);
	emit(out, "  </policy>\n</busconfig>\n");
	return g_string_free(out, FALSE);
}

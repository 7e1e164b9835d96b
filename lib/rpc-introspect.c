/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include <string.h>

#include "lib/error.h"

/* Serving org.freedesktop.DBus.Introspectable. */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The children of the call's path, in order, each once, and only what can be in a path. */
static GPtrArray *children_of(RpcCall *call)
{
	RpcServer *server = call->server;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	if (server->funcs->children)
		server->funcs->children(server->data, rpc_call_path(call), names);
	g_ptr_array_sort(names, compare_names);
	for (guint i = names->len; i-- > 0;) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *path = g_strconcat("/", name, NULL);

		if (strchr(name, '/') || !dbus_validate_path(path, NULL) || !*name ||
		    (i && g_str_equal(name, g_ptr_array_index(names, i - 1))))
			g_ptr_array_remove_index(names, i);
	}
	return names;
}

static void append_interfaces(GString *xml, const RpcObject *object)
{
	g_string_append(xml, rpc_properties_interface.introspection);
	g_string_append(xml, rpc_introspectable_interface.introspection);
	g_string_append(xml, rpc_peer_interface.introspection);
	for (const RpcBinding *binding = object->bindings; binding->service; binding++)
		g_string_append(xml, binding->service->iface->introspection);
}

void rpc_serve_introspect(RpcCall *call, const RpcObject *object)
{
	g_autoptr(GPtrArray) children = children_of(call);
	GString *xml;

	if (!object && !children->len && !g_str_equal(rpc_call_path(call), "/")) {
		rpc_call_failf(call, XT_ERROR_UNKNOWN_OBJECT, "no object \"%s\"",
			       rpc_call_path(call));
		return;
	}

	xml = g_string_new(DBUS_INTROSPECT_1_0_XML_DOCTYPE_DECL_NODE "<node>\n");
	if (object)
		append_interfaces(xml, object);
	for (guint i = 0; i < children->len; i++)
		g_string_append_printf(xml, "  <node name=\"%s\"/>\n",
				       (char *)g_ptr_array_index(children, i));
	g_string_append(xml, "</node>\n");
	rpc_call_return(call, &xml->str);
	g_string_free(xml, TRUE);
}

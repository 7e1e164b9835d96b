/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

/*
 * Changes of properties, gathered: one PropertiesChanged per object and interface at the
 * end of the loop's turn, or before an answer goes out, whichever is first.
 */

typedef struct {
	const RpcProperty *property;
	RpcValue *value; /* NULL: only invalidated */
} ChangedProperty;

typedef struct {
	char *path;
	const RpcInterface *iface;
	GArray *properties; /* ChangedProperty, in the order of their first change */
} Change;

static void changed_property_clear(void *data)
{
	ChangedProperty *changed = data;

	g_clear_pointer(&changed->value, rpc_value_free);
}

static void change_free(void *data)
{
	Change *change = data;

	g_free(change->path);
	g_array_unref(change->properties);
	g_free(change);
}

GPtrArray *rpc_changes_new(void)
{
	return g_ptr_array_new_with_free_func(change_free);
}

static Change *find_change(RpcServer *server, const char *path, const RpcInterface *iface)
{
	Change *change;

	for (guint i = 0; i < server->changes->len; i++) {
		change = g_ptr_array_index(server->changes, i);
		if (change->iface == iface && g_str_equal(change->path, path))
			return change;
	}
	change = g_new0(Change, 1);
	change->path = g_strdup(path);
	change->iface = iface;
	change->properties = g_array_new(FALSE, TRUE, sizeof(ChangedProperty));
	g_array_set_clear_func(change->properties, changed_property_clear);
	g_ptr_array_add(server->changes, change);
	return change;
}

static ChangedProperty *find_property(Change *change, const RpcProperty *property)
{
	const ChangedProperty fresh = { property, NULL };

	for (guint i = 0; i < change->properties->len; i++) {
		ChangedProperty *changed =
			&g_array_index(change->properties, ChangedProperty, i);

		if (changed->property == property)
			return changed;
	}
	g_array_append_val(change->properties, fresh);
	return &g_array_index(change->properties, ChangedProperty,
			      change->properties->len - 1);
}

static void announce(RpcServer *server, const Change *change)
{
	guint n = change->properties->len;
	g_autofree RpcNamedValue *changed = g_new0(RpcNamedValue, n);
	g_autofree char **invalidated = g_new0(char *, n + 1);
	RpcPropertiesChangedArgs args = { .iface = change->iface->name,
					  .changed = { changed, 0 },
					  .invalidated = { invalidated, 0 } };

	for (guint i = 0; i < n; i++) {
		const ChangedProperty *one =
			&g_array_index(change->properties, ChangedProperty, i);
		char *name = (char *)one->property->name;

		if (one->value)
			changed[args.changed.n++] = (RpcNamedValue){ name, one->value };
		else
			invalidated[args.invalidated.n++] = name;
	}
	rpc_emit(server->bus, change->path, &rpc_properties_interface,
		 &rpc_properties_interface.signals[0], &args);
}

void rpc_changes_flush(RpcServer *server)
{
	if (!server->changes->len)
		return;

	g_clear_handle_id(&server->changes_source, g_source_remove);
	for (guint i = 0; i < server->changes->len; i++)
		announce(server, g_ptr_array_index(server->changes, i));
	g_ptr_array_set_size(server->changes, 0);
}

static gboolean end_of_turn(gpointer data)
{
	RpcServer *server = data;

	server->changes_source = 0;
	rpc_changes_flush(server);
	return G_SOURCE_REMOVE;
}

void rpc_server_changed(RpcServer *server, const char *path, const RpcInterface *iface,
			const RpcProperty *property, RpcValue *value)
{
	ChangedProperty *changed;

	if (property->flags & RPC_PROPERTY_SILENT) {
		rpc_value_free(value);
		return;
	}
	if (property->flags & RPC_PROPERTY_INVALIDATES)
		g_clear_pointer(&value, rpc_value_free);

	changed = find_property(find_change(server, path, iface), property);
	rpc_value_free(changed->value);
	changed->value = value;

	/* before all else that the next turn has to do */
	if (!server->changes_source)
		server->changes_source =
			g_idle_add_full(G_PRIORITY_HIGH, end_of_turn, server, NULL);
}

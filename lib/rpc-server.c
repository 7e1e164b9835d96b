/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include <string.h>

#include "lib/error.h"
#include "lib/identity.h"
#include "lib/rpc-marshal.h"

/*
 * A call's way: on_message -> gate -> admit -> the object of its path -> the interface
 * and method of its name -> its signature -> the handler.
 */

const RpcMethod *rpc_find_method(const RpcInterface *iface, const char *name)
{
	for (unsigned int i = 0; i < iface->n_methods; i++)
		if (g_str_equal(iface->methods[i].name, name))
			return &iface->methods[i];
	return NULL;
}

/* ---- which method ---- */

/* Where a call goes: a binding of the object, or (NULL) an interface that all have. */
typedef struct {
	const RpcBinding *binding;
	const RpcInterface *iface;
	const RpcMethod *method;
} Route;

static const RpcInterface *const standard[] = {
	&rpc_properties_interface,
	&rpc_introspectable_interface,
	&rpc_peer_interface,
};

static const RpcBinding no_bindings[] = { { NULL, NULL, NULL } };

/* The next interface of the object after @route; false at the end. */
static bool next_interface(const RpcBinding *bindings, Route *route, unsigned int *i)
{
	static const unsigned int n_standard = G_N_ELEMENTS(standard);

	if (*i < n_standard) {
		route->binding = NULL;
		route->iface = standard[(*i)++];
		return true;
	}
	route->binding = &bindings[*i - n_standard];
	if (!route->binding->service)
		return false;
	route->iface = route->binding->service->iface;
	(*i)++;
	return true;
}

static bool find_with_interface(const RpcBinding *bindings, RpcCall *call, const char *name,
				Route *route)
{
	for (unsigned int i = 0; next_interface(bindings, route, &i);) {
		if (!g_str_equal(route->iface->name, name))
			continue;
		route->method = rpc_find_method(route->iface, rpc_call_member(call));
		if (route->method)
			return true;
		rpc_call_failf(call, XT_ERROR_UNKNOWN_METHOD,
			       "interface \"%s\" has no method \"%s\"", name,
			       rpc_call_member(call));
		return false;
	}
	rpc_call_failf(call, XT_ERROR_UNKNOWN_INTERFACE,
		       "object \"%s\" has no interface \"%s\"", rpc_call_path(call), name);
	return false;
}

/* A call may leave the interface out if just one has such a method. */
static bool find_by_member(const RpcBinding *bindings, RpcCall *call, Route *ret_route)
{
	Route route;
	unsigned int found = 0;

	for (unsigned int i = 0; next_interface(bindings, &route, &i);) {
		route.method = rpc_find_method(route.iface, rpc_call_member(call));
		if (!route.method)
			continue;
		*ret_route = route;
		found++;
	}
	if (found == 1)
		return true;
	rpc_call_failf(call, XT_ERROR_UNKNOWN_METHOD,
		       found ? "method \"%s\" of object \"%s\" is in %u interfaces: name one" :
			       "no method \"%s\" at object \"%s\"",
		       rpc_call_member(call), rpc_call_path(call), found);
	return false;
}

/* ---- to the handler ---- */

static void serve_peer(RpcCall *call, const RpcMethod *method)
{
	char *id;

	if (method == &rpc_peer_interface.methods[RPC_PEER_PING]) {
		rpc_call_return_empty(call);
		return;
	}
	id = dbus_get_local_machine_id();
	if (id)
		rpc_call_return(call, &id);
	else
		rpc_call_failf(call, XT_ERROR_FAILED, "this machine has no id");
	dbus_free(id);
}

static void serve_standard(RpcCall *call, const Route *route, const RpcObject *object,
			   const void *in)
{
	if (route->iface == &rpc_properties_interface)
		rpc_serve_properties(call, object, in);
	else if (route->iface == &rpc_introspectable_interface)
		rpc_serve_introspect(call, object);
	else
		serve_peer(call, route->method);
}

static void invoke(RpcCall *call, const Route *route, const RpcObject *object, const void *in)
{
	const RpcMethod *method = route->method;
	const RpcBinding *binding = route->binding;
	g_autofree void *out = g_malloc0(method->out->size + 1);
	g_autoptr(GError) error = NULL;
	bool ok;

	if (!binding->ops) {
		rpc_call_failf(call, XT_ERROR_UNKNOWN_METHOD, "\"%s\" is not served",
			       method->name);
		return;
	}
	ok = binding->service->invoke[method - route->iface->methods](
		binding->ops, object->impl, call, in, out, &error);
	if (method->async)
		return;
	if (ok)
		rpc_call_return(call, out);
	else if (error)
		rpc_call_fail(call, error);
	else
		rpc_call_failf(call, XT_ERROR_FAILED, "\"%s\" failed", method->name);
	if (ok)
		rpc_clear(method->out, out);
}

static bool in_list(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (g_str_equal(*list, text))
			return true;
	return false;
}

/* Are the arguments that have an enum of one of its values? */
static bool check_enums(const RpcType *args, const void *in, GError **error)
{
	for (unsigned int i = 0; i < args->n_fields; i++) {
		const RpcField *field = &args->fields[i];
		g_autofree char *text = NULL;
		g_autofree char *list = NULL;

		if (!field->allowed)
			continue;
		text = rpc_basic_to_text(field->type->code,
					 (const char *)in + field->offset);
		if (in_list(text, field->allowed))
			continue;
		list = g_strjoinv(", ", (char **)field->allowed);
		return xt_fail(error, XT_ERROR_INVALID,
			       "argument \"%s\" is \"%s\", not one of: %s", field->name, text,
			       list);
	}
	return true;
}

static void serve(RpcCall *call, const Route *route, const RpcObject *object)
{
	const RpcType *type = route->method->in;
	DBusMessage *msg = call->msg;
	g_autofree void *in = g_malloc0(type->size + 1);
	g_autoptr(GError) error = NULL;

	call->iface = route->iface;
	call->method = route->method;
	if (!dbus_message_has_signature(msg, type->signature)) {
		rpc_call_failf(call, XT_ERROR_INVALID, "\"%s\" takes (%s), not (%s)",
			       route->method->name, type->signature,
			       dbus_message_get_signature(msg));
		return;
	}
	if (!rpc_read_args(msg, type, in, true, &error)) {
		rpc_call_fail(call, error);
		return;
	}

	/* the arguments are borrowed from @msg, and @call may be answered at once */
	dbus_message_ref(msg);
	if (!check_enums(type, in, &error))
		rpc_call_fail(call, error);
	else if (route->binding)
		invoke(call, route, object, in);
	else
		serve_standard(call, route, object, in);
	rpc_clear_borrowed(type, in);
	dbus_message_unref(msg);
}

static void dispatch(RpcCall *call)
{
	RpcServer *server = call->server;
	const char *iface = dbus_message_get_interface(call->msg);
	const char *path = rpc_call_path(call);
	RpcObject object = { NULL, NULL };
	bool found = server->funcs->lookup(server->data, path, &object);
	const RpcBinding *bindings = found ? object.bindings : no_bindings;
	Route route;

	/* a path with nothing but children is no object, but can be introspected */
	if (!found && !dbus_message_has_member(call->msg, "Introspect")) {
		rpc_call_failf(call, XT_ERROR_UNKNOWN_OBJECT, "no object \"%s\"", path);
		return;
	}
	if (iface ? find_with_interface(bindings, call, iface, &route) :
		    find_by_member(bindings, call, &route))
		serve(call, &route, found ? &object : NULL);
}

void rpc_call_admit(RpcCall *call, const struct Peer *peer)
{
	if (!call->server) { /* it was freed while the gate waited */
		rpc_call_failf(call, XT_ERROR_GONE, "the service ends");
		return;
	}
	g_assert(!call->peer && !call->method);
	if (peer)
		call->peer = g_memdup2(peer, sizeof(*peer));
	dispatch(call);
}

/* ---- the server ---- */

static DBusHandlerResult on_message(DBusConnection *conn, DBusMessage *msg, void *data)
{
	RpcServer *server = data;
	RpcCall *call;

	if (dbus_message_get_type(msg) != DBUS_MESSAGE_TYPE_METHOD_CALL)
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;

	call = rpc_call_new(server, msg);
	if (server->funcs->gate)
		server->funcs->gate(server->data, call);
	else
		rpc_call_admit(call, NULL);
	return DBUS_HANDLER_RESULT_HANDLED;
}

RpcServer *rpc_server_new(Bus *bus, const RpcServerFuncs *funcs, void *data)
{
	RpcServer *server = g_new0(RpcServer, 1);

	server->bus = bus;
	server->funcs = funcs;
	server->data = data;
	server->changes = rpc_changes_new();
	if (!dbus_connection_add_filter(bus_connection(bus), on_message, server, NULL))
		g_error("out of memory");
	return server;
}

void rpc_server_free(RpcServer *server)
{
	if (!server)
		return;

	rpc_changes_flush(server);
	while (server->calls)
		rpc_call_orphan(server->calls);
	dbus_connection_remove_filter(bus_connection(server->bus), on_message, server);
	g_ptr_array_unref(server->changes);
	g_free(server);
}

Bus *rpc_server_bus(const RpcServer *server)
{
	return server->bus;
}

unsigned int rpc_server_pending(const RpcServer *server)
{
	return server->n_calls;
}

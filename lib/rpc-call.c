/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include <string.h>

#include "lib/error.h"
#include "lib/identity.h"
#include "lib/rpc-marshal.h"

/* Longer error texts are cut. */
#define ERROR_TEXT_MAX 16384

RpcCall *rpc_call_new(RpcServer *server, DBusMessage *msg)
{
	RpcCall *call = g_new0(RpcCall, 1);

	call->server = server;
	call->msg = dbus_message_ref(msg);
	call->next = server->calls;
	if (call->next)
		call->next->prev = call;
	server->calls = call;
	server->n_calls++;
	return call;
}

static void unlink_call(RpcCall *call)
{
	if (call->prev)
		call->prev->next = call->next;
	else
		call->server->calls = call->next;
	if (call->next)
		call->next->prev = call->prev;
	call->prev = call->next = NULL;
	call->server->n_calls--;
}

/* Answer with @reply, which is taken, and free @call. */
static void finish(RpcCall *call, DBusMessage *reply)
{
	if (call->server) {
		rpc_changes_flush(call->server);
		if (!dbus_message_get_no_reply(call->msg))
			dbus_connection_send(bus_connection(call->server->bus), reply, NULL);
		unlink_call(call);
	}
	dbus_message_unref(reply);
	dbus_message_unref(call->msg);
	g_free(call->peer);
	g_free(call);
}

void rpc_call_orphan(RpcCall *call)
{
	DBusMessage *reply = dbus_message_new_error(call->msg, DBUS_ERROR_NO_REPLY,
						    "the service ends");

	if (!dbus_message_get_no_reply(call->msg))
		dbus_connection_send(bus_connection(call->server->bus), reply, NULL);
	dbus_message_unref(reply);
	unlink_call(call);
	call->server = NULL;
}

/* ---- who and what ---- */

const char *rpc_call_sender(const RpcCall *call)
{
	const char *sender = dbus_message_get_sender(call->msg);

	return sender ? sender : "";
}

const char *rpc_call_path(const RpcCall *call)
{
	return dbus_message_get_path(call->msg);
}

const char *rpc_call_interface(const RpcCall *call)
{
	const char *name;

	if (call->iface)
		return call->iface->name;
	name = dbus_message_get_interface(call->msg);
	return name ? name : "";
}

const char *rpc_call_member(const RpcCall *call)
{
	return dbus_message_get_member(call->msg);
}

RpcServer *rpc_call_server(const RpcCall *call)
{
	return call->server;
}

const struct Peer *rpc_call_peer(const RpcCall *call)
{
	return call->peer;
}

/* ---- answers ---- */

void rpc_call_fail(RpcCall *call, const GError *error)
{
	const char *name = xt_error_bus_name(error);
	g_autofree char *cut = g_strndup(error->message, ERROR_TEXT_MAX);
	g_autofree char *text = g_utf8_make_valid(cut, -1);

	if (!dbus_validate_error_name(name, NULL))
		name = DBUS_ERROR_FAILED;
	finish(call, dbus_message_new_error(call->msg, name, text));
}

void rpc_call_failf(RpcCall *call, int code, const char *format, ...)
{
	g_autoptr(GError) error = NULL;
	va_list args;

	va_start(args, format);
	error = g_error_new_valist(XT_ERROR, code, format, args);
	va_end(args);
	rpc_call_fail(call, error);
}

void rpc_call_return_args(RpcCall *call, const RpcType *type, const void *out)
{
	DBusMessage *reply = dbus_message_new_method_return(call->msg);
	g_autoptr(GError) error = NULL;

	if (rpc_append_args(reply, type, out, &error)) {
		finish(call, reply);
		return;
	}
	dbus_message_unref(reply);
	g_warning("%s.%s: the answer is not valid: %s", rpc_call_interface(call),
		  rpc_call_member(call), error->message);
	rpc_call_failf(call, XT_ERROR_FAILED, "the answer is not valid: %s", error->message);
}

void rpc_call_return(RpcCall *call, const void *out)
{
	rpc_call_return_args(call, call->method->out, out);
}

void rpc_call_return_empty(RpcCall *call)
{
	rpc_call_return_args(call, &rpc_type_no_args, NULL);
}

/* The answers of property operations are those of org.freedesktop.DBus.Properties. */
static const RpcType *properties_out(unsigned int method)
{
	return rpc_properties_interface.methods[method].out;
}

/* A handler's mistake: the caller gets an error, not a value of another type. */
static bool check_answer(RpcCall *call, const RpcProperty *property, const RpcValue *value)
{
	if (value && g_str_equal(value->signature, property->type->signature))
		return true;
	g_warning("property \"%s\" is of type \"%s\", its value of \"%s\"",
		  property->name, property->type->signature,
		  value ? value->signature : "nothing");
	rpc_call_failf(call, XT_ERROR_FAILED, "no value for property \"%s\"",
		       property->name);
	return false;
}

void rpc_call_return_value(RpcCall *call, RpcValue *value)
{
	if (!call->property || check_answer(call, call->property, value))
		rpc_call_return_args(call, properties_out(RPC_PROPERTIES_GET), &value);
	rpc_value_free(value);
}

void rpc_call_return_values(RpcCall *call, const RpcInterface *iface, RpcValue **values)
{
	RpcNamedValues named = { g_new0(RpcNamedValue, iface->n_properties), 0 };

	bool right = true;

	for (unsigned int i = 0; i < iface->n_properties; i++) {
		if (!values[i])
			continue;
		right = right && check_answer(call, &iface->properties[i], values[i]);
		named.items[named.n].name = (char *)iface->properties[i].name;
		named.items[named.n++].value = values[i];
	}
	if (right)
		rpc_call_return_args(call, properties_out(RPC_PROPERTIES_GET_ALL), &named);
	for (size_t i = 0; i < named.n; i++)
		rpc_value_free(named.items[i].value);
	g_free(named.items);
}

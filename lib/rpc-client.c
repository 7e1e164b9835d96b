/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include <stddef.h>

#include "lib/bus-internal.h"
#include "lib/error.h"
#include "lib/rpc-marshal.h"

#define DEFAULT_TIMEOUT_MS 25000

/* ---- the message of a call, and what its answer says ---- */

static DBusMessage *new_message(const RpcTarget *to, const char *iface, const char *member,
				GError **error)
{
	if (!dbus_validate_bus_name(to->service, NULL)) {
		xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not a bus name", to->service);
		return NULL;
	}
	if (!dbus_validate_path(to->path, NULL)) {
		xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not an object path", to->path);
		return NULL;
	}
	if (iface && !dbus_validate_interface(iface, NULL)) {
		xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not an interface name", iface);
		return NULL;
	}
	if (!dbus_validate_member(member, NULL)) {
		xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not a method name", member);
		return NULL;
	}
	return dbus_message_new_method_call(to->service, to->path, iface, member);
}

static DBusMessage *new_call(const RpcTarget *to, const RpcInterface *iface,
			     const RpcMethod *method, const void *in, GError **error)
{
	DBusMessage *msg = new_message(to, iface->name, method->name, error);

	if (!msg)
		return NULL;
	if (method->no_reply)
		dbus_message_set_no_reply(msg, TRUE);
	if (rpc_append_args(msg, method->in, in, error))
		return msg;
	g_prefix_error(error, "%s: ", method->name);
	dbus_message_unref(msg);
	return NULL;
}

static int timeout_of(const RpcTarget *to, const RpcMethod *method)
{
	if (to->timeout_ms)
		return to->timeout_ms;
	return method->async ? DBUS_TIMEOUT_INFINITE : DEFAULT_TIMEOUT_MS;
}

/* The error that @reply is, if it is one. */
static GError *error_of_reply(Bus *bus, DBusMessage *reply)
{
	const char *name = dbus_message_get_error_name(reply);
	const char *text = NULL;

	if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_ERROR)
		return NULL;

	/* one that libdbus made itself has no sender: the end of the wait, or of the bus */
	if (!dbus_message_get_sender(reply) &&
	    dbus_message_is_error(reply, DBUS_ERROR_NO_REPLY)) {
		if (!dbus_connection_get_is_connected(bus_connection(bus)))
			return g_error_new(XT_ERROR, XT_ERROR_GONE, "the bus is gone");
		return g_error_new(XT_ERROR, XT_ERROR_TIMEOUT, "no answer in time");
	}
	dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
	return xt_error_from_bus(name, text);
}

static bool read_reply(Bus *bus, DBusMessage *reply, const RpcMethod *method, void *out,
		       GError **error)
{
	GError *failed = error_of_reply(bus, reply);

	if (failed) {
		g_propagate_error(error, failed);
		return false;
	}
	if (!dbus_message_has_signature(reply, method->out->signature))
		return xt_fail(error, XT_ERROR_FAILED, "%s answers (%s), not (%s)",
			       method->name, dbus_message_get_signature(reply),
			       method->out->signature);
	return rpc_read_args(reply, method->out, out, false, error);
}

/* ---- blocking ---- */

/* Takes @msg. */
static DBusMessage *send_and_block(Bus *bus, DBusMessage *msg, int timeout_ms,
				   GError **error)
{
	DBusConnection *conn = bus_connection(bus);
	DBusPendingCall *pending = NULL;
	DBusMessage *reply;

	if (!dbus_connection_send_with_reply(conn, msg, &pending, timeout_ms))
		g_error("out of memory");
	dbus_message_unref(msg);
	if (!pending) {
		xt_fail(error, XT_ERROR_GONE, "the bus is gone");
		return NULL;
	}
	dbus_pending_call_block(pending);
	reply = dbus_pending_call_steal_reply(pending);
	dbus_pending_call_unref(pending);
	return reply;
}

bool rpc_call_blocking(const RpcTarget *to, const RpcInterface *iface,
		       const RpcMethod *method, const void *in, void *out, GError **error)
{
	DBusMessage *msg = new_call(to, iface, method, in, error);
	DBusMessage *reply;
	bool ok;

	if (!msg)
		return false;
	if (method->no_reply) {
		dbus_connection_send(bus_connection(to->bus), msg, NULL);
		dbus_message_unref(msg);
		bus_flush(to->bus);
		return true;
	}

	reply = send_and_block(to->bus, msg, timeout_of(to, method), error);
	if (!reply)
		return false;
	ok = read_reply(to->bus, reply, method, out, error);
	dbus_message_unref(reply);
	return ok;
}

GPtrArray *rpc_call_values(const RpcTarget *to, const char *iface, const char *member,
			   const GPtrArray *args, GError **error)
{
	DBusMessage *msg = new_message(to, iface, member, error);
	DBusMessage *reply;
	GPtrArray *values = NULL;
	GError *failed;

	if (!msg)
		return NULL;
	if (!rpc_append_values(msg, args, error)) {
		dbus_message_unref(msg);
		return NULL;
	}
	reply = send_and_block(to->bus, msg, to->timeout_ms ?: DBUS_TIMEOUT_INFINITE, error);
	if (!reply)
		return NULL;
	failed = error_of_reply(to->bus, reply);
	if (failed)
		g_propagate_error(error, failed);
	else
		values = rpc_read_values(reply, error);
	dbus_message_unref(reply);
	return values;
}

/* ---- asynchronous ---- */

struct RpcPending {
	BusWaiter waiter; /* while there is a @call */
	Bus *bus;
	const RpcMethod *method;
	DBusPendingCall *call; /* NULL: only @later is left */
	guint later;	       /* source of an answer that is known already */
	GError *error;	       /* of that answer */
	RpcDone done;	       /* this, or a thunk and what it calls */
	RpcDoneThunk thunk;
	void (*typed_done)(void);
	void *data;
};

static void pending_free(RpcPending *pending)
{
	if (pending->call) {
		bus_remove_waiter(pending->bus, &pending->waiter);
		dbus_pending_call_cancel(pending->call);
		dbus_pending_call_unref(pending->call);
	}
	if (pending->later)
		g_source_remove(pending->later);
	g_clear_error(&pending->error);
	g_free(pending);
}

static void pending_finish(RpcPending *pending, const void *out, const GError *error)
{
	if (pending->done)
		pending->done(out, error, pending->data);
	else if (pending->typed_done)
		pending->thunk(pending->typed_done, out, error, pending->data);
}

static gboolean pending_later(gpointer data)
{
	RpcPending *pending = data;

	pending->later = 0;
	pending_finish(pending, NULL, pending->error);
	pending_free(pending);
	return G_SOURCE_REMOVE;
}

static void pending_answered(DBusPendingCall *call, void *data)
{
	RpcPending *pending = data;
	DBusMessage *reply = dbus_pending_call_steal_reply(call);
	g_autofree void *out = g_malloc0(pending->method->out->size + 1);
	bool ok;

	bus_remove_waiter(pending->bus, &pending->waiter);
	g_clear_pointer(&pending->call, dbus_pending_call_unref);
	ok = read_reply(pending->bus, reply, pending->method, out, &pending->error);
	dbus_message_unref(reply);
	pending_finish(pending, ok ? out : NULL, pending->error);
	if (ok)
		rpc_clear(pending->method->out, out);
	pending_free(pending);
}

/* The connection has ended; in bus_free() that is not told before the loop runs. */
static void pending_gone(BusWaiter *waiter)
{
	RpcPending *pending = (RpcPending *)((char *)waiter - offsetof(RpcPending, waiter));

	dbus_pending_call_cancel(pending->call);
	g_clear_pointer(&pending->call, dbus_pending_call_unref);
	xt_fail(&pending->error, XT_ERROR_GONE, "the bus is gone");
	if (bus_is_closing(pending->bus))
		pending->later = g_idle_add(pending_later, pending);
	else
		pending_later(pending);
}

/* Send; or arrange that the failure is told from the loop. */
static void pending_send(RpcPending *pending, const RpcTarget *to, DBusMessage *msg)
{
	DBusConnection *conn = bus_connection(to->bus);

	if (pending->method->no_reply) {
		dbus_connection_send(conn, msg, NULL);
	} else {
		if (!dbus_connection_send_with_reply(conn, msg, &pending->call,
						     timeout_of(to, pending->method)))
			g_error("out of memory");
		if (pending->call) {
			pending->waiter.gone = pending_gone;
			bus_add_waiter(to->bus, &pending->waiter);
			dbus_pending_call_set_notify(pending->call, pending_answered,
						     pending, NULL);
			return;
		}
		xt_fail(&pending->error, XT_ERROR_GONE, "the bus is gone");
	}
	pending->later = g_idle_add(pending_later, pending);
}

static RpcPending *call_async(const RpcTarget *to, const RpcInterface *iface,
			      const RpcMethod *method, const void *in,
			      const RpcPending *model)
{
	RpcPending *pending = g_memdup2(model, sizeof(*model));
	DBusMessage *msg;

	pending->bus = to->bus;
	pending->method = method;
	msg = new_call(to, iface, method, in, &pending->error);
	if (msg) {
		pending_send(pending, to, msg);
		dbus_message_unref(msg);
	} else {
		pending->later = g_idle_add(pending_later, pending);
	}
	return pending;
}

RpcPending *rpc_call_async(const RpcTarget *to, const RpcInterface *iface,
			   const RpcMethod *method, const void *in, RpcDone done, void *data)
{
	const RpcPending model = { .done = done, .data = data };

	return call_async(to, iface, method, in, &model);
}

RpcPending *rpc_call_async_typed(const RpcTarget *to, const RpcInterface *iface,
				 const RpcMethod *method, const void *in,
				 RpcDoneThunk thunk, void (*done)(void), void *data)
{
	const RpcPending model = { .thunk = thunk, .typed_done = done, .data = data };

	return call_async(to, iface, method, in, &model);
}

void rpc_pending_cancel(RpcPending *pending)
{
	pending_free(pending);
}

/* ---- properties ---- */

#define PROPERTIES(name) \
	&rpc_properties_interface, &rpc_properties_interface.methods[RPC_PROPERTIES_##name]

RpcValue *rpc_get_property(const RpcTarget *to, const char *iface, const char *property,
			   GError **error)
{
	const RpcPropertyIn in = { iface, property, NULL };
	RpcValue *value = NULL;

	if (!rpc_call_blocking(to, PROPERTIES(GET), &in, &value, error))
		return NULL;
	return value;
}

bool rpc_set_property(const RpcTarget *to, const char *iface, const char *property,
		      const RpcValue *value, GError **error)
{
	const RpcPropertyIn in = { iface, property, value };

	return rpc_call_blocking(to, PROPERTIES(SET), &in, NULL, error);
}

static void got_property(void (*done)(void), const void *out, const GError *error,
			 void *data)
{
	((RpcValueDone)done)(out ? *(RpcValue *const *)out : NULL, error, data);
}

RpcPending *rpc_get_property_async(const RpcTarget *to, const char *iface,
				   const char *property, RpcValueDone done, void *data)
{
	const RpcPropertyIn in = { iface, property, NULL };

	return rpc_call_async_typed(to, PROPERTIES(GET), &in, got_property,
				    (void (*)(void))done, data);
}

static void got_all(void (*done)(void), const void *out, const GError *error, void *data)
{
	const RpcNamedValues *values = out;
	size_t n = values ? values->n : 0;
	g_autofree const char **names = g_new0(const char *, n + 1);
	g_autofree const RpcValue **items = g_new0(const RpcValue *, n + 1);

	for (size_t i = 0; i < n; i++) {
		names[i] = values->items[i].name;
		items[i] = values->items[i].value;
	}
	((RpcValuesDone)done)(names, items, n, error, data);
}

RpcPending *rpc_get_all_async(const RpcTarget *to, const char *iface, RpcValuesDone done,
			      void *data)
{
	const RpcPropertyIn in = { iface, NULL, NULL };

	return rpc_call_async_typed(to, PROPERTIES(GET_ALL), &in, got_all,
				    (void (*)(void))done, data);
}

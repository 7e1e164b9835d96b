/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include "lib/error.h"
#include "lib/rpc-marshal.h"

/*
 * A match rule names a service by its well-known name, a signal by its sender's unique
 * one.  Anybody may send us a signal unasked, so the rule is no proof: the owner is
 * watched and compared.  The watch is set up before the rule, and the bus takes things
 * in order, so the owner is known before the first signal comes.
 */
struct RpcSubscription {
	Bus *bus;
	char *rule;
	char *owner; /* unique name; the bus's own; NULL while unknown or nobody */
	BusNameWatch *watch;
	char *path; /* or NULL: any */
	const RpcInterface *iface;
	const RpcSignal *signal;
	RpcSignalled signalled; /* this, or a thunk and what it calls */
	RpcSignalThunk thunk;
	void (*fn)(void);
	void *data;
};

static bool is_ours(const RpcSubscription *sub, DBusMessage *msg)
{
	const char *sender = dbus_message_get_sender(msg);

	return dbus_message_is_signal(msg, sub->iface->name, sub->signal->name) &&
	       sender && !g_strcmp0(sender, sub->owner) &&
	       (!sub->path || dbus_message_has_path(msg, sub->path));
}

static void deliver(RpcSubscription *sub, DBusMessage *msg)
{
	const RpcType *type = sub->signal->args;
	const char *sender = dbus_message_get_sender(msg);
	const char *path = dbus_message_get_path(msg);
	g_autofree void *args = g_malloc0(type->size + 1);
	g_autoptr(GError) error = NULL;

	if (!rpc_read_args(msg, type, args, true, &error)) {
		g_warning("ignoring signal \"%s\" from %s: %s", sub->signal->name, sender,
			  error->message);
		return;
	}
	/* the last use of @sub: it may be unsubscribed there */
	if (sub->thunk)
		sub->thunk(sub->fn, path, args, sub->data);
	else
		sub->signalled(sender, path, args, sub->data);
	rpc_clear_borrowed(type, args);
}

static DBusHandlerResult on_message(DBusConnection *conn, DBusMessage *msg, void *data)
{
	RpcSubscription *sub = data;

	if (!is_ours(sub, msg))
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;

	if (dbus_message_has_signature(msg, sub->signal->args->signature))
		deliver(sub, msg);
	else
		g_warning("ignoring signal \"%s\" from %s: it has (%s), not (%s)",
			  sub->signal->name, dbus_message_get_sender(msg),
			  dbus_message_get_signature(msg), sub->signal->args->signature);
	return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

static void owner_changed(const char *name, const char *owner, void *data)
{
	RpcSubscription *sub = data;

	g_free(sub->owner);
	sub->owner = *owner ? g_strdup(owner) : NULL;
}

static char *match_rule(const char *service, const RpcSubscription *sub,
			const char *more_rule)
{
	GString *rule = g_string_new(NULL);

	g_string_printf(rule, "type='signal',sender='%s',interface='%s',member='%s'", service,
			sub->iface->name, sub->signal->name);
	if (sub->path)
		g_string_append_printf(rule, ",path='%s'", sub->path);
	if (more_rule)
		g_string_append_printf(rule, ",%s", more_rule);
	return g_string_free(rule, FALSE);
}

static RpcSubscription *subscribe(Bus *bus, const char *service, const char *path,
				  const char *more_rule, const RpcSubscription *model)
{
	RpcSubscription *sub = g_memdup2(model, sizeof(*model));

	g_assert(dbus_validate_bus_name(service, NULL));
	g_assert(!path || dbus_validate_path(path, NULL));
	sub->bus = bus;
	sub->path = g_strdup(path);
	sub->rule = match_rule(service, sub, more_rule);
	if (service[0] == ':' || g_str_equal(service, DBUS_SERVICE_DBUS))
		sub->owner = g_strdup(service);
	else
		sub->watch = bus_watch_name(bus, service, owner_changed, sub);

	if (!dbus_connection_add_filter(bus_connection(bus), on_message, sub, NULL))
		g_error("out of memory");
	dbus_bus_add_match(bus_connection(bus), sub->rule, NULL); /* does not wait */
	return sub;
}

RpcSubscription *rpc_subscribe_matching(Bus *bus, const char *service, const char *path,
					const RpcInterface *iface, const RpcSignal *signal,
					const char *more_rule, RpcSignalled signalled,
					void *data)
{
	const RpcSubscription model = { .iface = iface, .signal = signal,
					.signalled = signalled, .data = data };

	return subscribe(bus, service, path, more_rule, &model);
}

RpcSubscription *rpc_subscribe(Bus *bus, const char *service, const char *path,
			       const RpcInterface *iface, const RpcSignal *signal,
			       RpcSignalled signalled, void *data)
{
	return rpc_subscribe_matching(bus, service, path, iface, signal, NULL, signalled,
				      data);
}

RpcSubscription *rpc_subscribe_typed(Bus *bus, const char *service, const char *path,
				     const RpcInterface *iface, const RpcSignal *signal,
				     RpcSignalThunk thunk, void (*fn)(void), void *data)
{
	const RpcSubscription model = { .iface = iface, .signal = signal, .thunk = thunk,
					.fn = fn, .data = data };

	return subscribe(bus, service, path, NULL, &model);
}

void rpc_unsubscribe(RpcSubscription *sub)
{
	DBusConnection *conn;

	if (!sub)
		return;

	conn = bus_connection(sub->bus);
	bus_unwatch_name(sub->watch);
	dbus_connection_remove_filter(conn, on_message, sub);
	if (dbus_connection_get_is_connected(conn))
		dbus_bus_remove_match(conn, sub->rule, NULL);
	g_free(sub->rule);
	g_free(sub->owner);
	g_free(sub->path);
	g_free(sub);
}

void rpc_emit(Bus *bus, const char *path, const RpcInterface *iface, const RpcSignal *signal,
	      const void *args)
{
	DBusMessage *msg = dbus_message_new_signal(path, iface->name, signal->name);
	g_autoptr(GError) error = NULL;

	if (rpc_append_args(msg, signal->args, args, &error))
		dbus_connection_send(bus_connection(bus), msg, NULL);
	else
		g_warning("signal \"%s\" of %s not sent: %s", signal->name, path,
			  error->message);
	dbus_message_unref(msg);
}

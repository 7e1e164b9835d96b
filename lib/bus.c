/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/bus.h"

#include <dbus/dbus.h>
#include <glib-unix.h>
#include <poll.h>
#include <stdlib.h>

#include "lib/bus-internal.h"
#include "lib/error.h"

#define SYSTEM_BUS_DEFAULT "unix:path=/var/run/dbus/system_bus_socket"

/* Messages dispatched before the loop's other sources get their turn. */
#define BUS_BATCH_MAX 256

/* Times that libdbus reads more in one turn, so that a burst is one batch. */
#define BUS_READS_MAX 16

typedef struct {
	GSource base;
	Bus *bus; /* NULL once the bus is freed */
	GPtrArray *watches; /* BusWatch, owned */
} BusSource;

typedef struct {
	BusSource *source;
	DBusWatch *watch;
	gpointer tag; /* NULL while disabled */
} BusWatch;

struct Bus {
	unsigned int refs; /* ours, and one while it dispatches */
	DBusConnection *conn;
	BusSource *source; /* NULL until attached */
	bool closing;
	bool closed_told;
	void (*closed)(void *data);
	void *closed_data;
	void (*batch_end)(void *data);
	void *batch_end_data;
	BusNames *names;
	BusWaiter *waiters; /* the latest first */
};

/* ---- watches and timeouts of libdbus on the loop ---- */

static GIOCondition watch_condition(DBusWatch *watch)
{
	unsigned int flags = dbus_watch_get_flags(watch);

	return G_IO_ERR | G_IO_HUP | (flags & DBUS_WATCH_READABLE ? G_IO_IN : 0) |
	       (flags & DBUS_WATCH_WRITABLE ? G_IO_OUT : 0);
}

static void watch_free(void *data)
{
	BusWatch *bw = data;

	if (bw->tag)
		g_source_remove_unix_fd(&bw->source->base, bw->tag);
	g_free(bw);
}

static void watch_toggled(DBusWatch *watch, void *data)
{
	BusWatch *bw = dbus_watch_get_data(watch);
	bool want = dbus_watch_get_enabled(watch);

	if (want && !bw->tag) {
		bw->tag = g_source_add_unix_fd(&bw->source->base,
					       dbus_watch_get_unix_fd(watch),
					       watch_condition(watch));
	} else if (!want && bw->tag) {
		g_source_remove_unix_fd(&bw->source->base, bw->tag);
		bw->tag = NULL;
	}
}

static dbus_bool_t watch_add(DBusWatch *watch, void *data)
{
	BusSource *source = data;
	BusWatch *bw = g_new0(BusWatch, 1);

	bw->source = source;
	bw->watch = watch;
	dbus_watch_set_data(watch, bw, NULL);
	g_ptr_array_add(source->watches, bw);
	watch_toggled(watch, source);
	return TRUE;
}

static void watch_remove(DBusWatch *watch, void *data)
{
	BusSource *source = data;

	g_ptr_array_remove(source->watches, dbus_watch_get_data(watch));
	dbus_watch_set_data(watch, NULL, NULL);
}

static gboolean timeout_fire(gpointer data)
{
	dbus_timeout_handle(data);
	return G_SOURCE_CONTINUE;
}

static void timeout_remove(DBusTimeout *timeout, void *data)
{
	guint id = GPOINTER_TO_UINT(dbus_timeout_get_data(timeout));

	if (id)
		g_source_remove(id);
	dbus_timeout_set_data(timeout, NULL, NULL);
}

static void timeout_toggled(DBusTimeout *timeout, void *data)
{
	guint id;

	timeout_remove(timeout, data);
	if (!dbus_timeout_get_enabled(timeout))
		return;
	id = g_timeout_add(dbus_timeout_get_interval(timeout), timeout_fire, timeout);
	dbus_timeout_set_data(timeout, GUINT_TO_POINTER(id), NULL);
}

static dbus_bool_t timeout_add(DBusTimeout *timeout, void *data)
{
	timeout_toggled(timeout, data);
	return TRUE;
}

/* ---- the source ---- */

static void bus_unref(Bus *bus)
{
	if (--bus->refs)
		return;
	dbus_connection_unref(bus->conn);
	g_free(bus);
}

static bool has_messages(const Bus *bus)
{
	return dbus_connection_get_dispatch_status(bus->conn) == DBUS_DISPATCH_DATA_REMAINS;
}

static gboolean source_prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	return has_messages(((BusSource *)source)->bus);
}

static gboolean source_check(GSource *source)
{
	BusSource *s = (BusSource *)source;

	for (guint i = 0; i < s->watches->len; i++) {
		BusWatch *bw = g_ptr_array_index(s->watches, i);

		if (bw->tag && g_source_query_unix_fd(source, bw->tag))
			return TRUE;
	}
	return has_messages(s->bus);
}

static unsigned int watch_flags(GIOCondition condition)
{
	return (condition & G_IO_IN ? DBUS_WATCH_READABLE : 0) |
	       (condition & G_IO_OUT ? DBUS_WATCH_WRITABLE : 0) |
	       (condition & G_IO_ERR ? DBUS_WATCH_ERROR : 0) |
	       (condition & G_IO_HUP ? DBUS_WATCH_HANGUP : 0);
}

/* Is there more to read?  libdbus reads 2 KiB at a time: a dozen calls. */
static bool more_to_read(BusSource *s, guint i)
{
	BusWatch *bw = i < s->watches->len ? g_ptr_array_index(s->watches, i) : NULL;
	struct pollfd fd = { .events = POLLIN };

	if (!bw || !bw->tag || !(dbus_watch_get_flags(bw->watch) & DBUS_WATCH_READABLE))
		return false;
	fd.fd = dbus_watch_get_unix_fd(bw->watch);
	return poll(&fd, 1, 0) == 1 && fd.revents == POLLIN;
}

static void handle_watches(BusSource *s)
{
	/* handling one may add or remove some: none is kept over the call */
	for (guint i = 0; i < s->watches->len; i++) {
		BusWatch *bw = g_ptr_array_index(s->watches, i);
		GIOCondition condition =
			bw->tag ? g_source_query_unix_fd(&s->base, bw->tag) : 0;

		if (!condition)
			continue;
		dbus_watch_handle(bw->watch, watch_flags(condition));
		for (int n = 0; n < BUS_READS_MAX && more_to_read(s, i); n++) {
			bw = g_ptr_array_index(s->watches, i);
			dbus_watch_handle(bw->watch, DBUS_WATCH_READABLE);
		}
	}
}

void bus_add_waiter(Bus *bus, BusWaiter *waiter)
{
	waiter->prev = NULL;
	waiter->next = bus->waiters;
	if (waiter->next)
		waiter->next->prev = waiter;
	bus->waiters = waiter;
}

void bus_remove_waiter(Bus *bus, BusWaiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		bus->waiters = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
}

static void tell_waiters(Bus *bus)
{
	while (bus->waiters) {
		BusWaiter *waiter = bus->waiters;

		while (waiter->next) /* the oldest first */
			waiter = waiter->next;
		bus_remove_waiter(bus, waiter);
		waiter->gone(waiter);
	}
}

/* Tell once that the connection has ended.  The last use of @bus: it may be freed. */
static void tell_closed(Bus *bus)
{
	bus->closed_told = true;
	tell_waiters(bus);
	if (bus->closing)
		return;
	if (!bus->closed) {
		g_printerr("%s: the bus is gone\n", g_get_prgname());
		exit(1);
	}
	bus->closed(bus->closed_data);
}

static gboolean source_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
	BusSource *s = (BusSource *)source;
	Bus *bus = s->bus;
	bool goes_on;

	bus->refs++;
	handle_watches(s);
	for (int i = 0; i < BUS_BATCH_MAX && s->bus && has_messages(bus); i++)
		dbus_connection_dispatch(bus->conn);
	if (s->bus && bus->batch_end)
		bus->batch_end(bus->batch_end_data);

	if (s->bus && !bus->closed_told && !has_messages(bus) &&
	    !dbus_connection_get_is_connected(bus->conn))
		tell_closed(bus);
	goes_on = s->bus && !bus->closed_told;
	bus_unref(bus);
	return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void source_finalize(GSource *source)
{
	BusSource *s = (BusSource *)source;

	g_ptr_array_unref(s->watches);
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
	.finalize = source_finalize,
};

void bus_attach(Bus *bus)
{
	GSource *source = g_source_new(&source_funcs, sizeof(BusSource));
	BusSource *s = (BusSource *)source;

	g_assert(!bus->source);
	g_source_set_name(source, "bus");
	s->bus = bus;
	s->watches = g_ptr_array_new_with_free_func(watch_free);
	bus->source = s;
	g_source_attach(source, NULL);
	dbus_connection_set_watch_functions(bus->conn, watch_add, watch_remove,
					    watch_toggled, s, NULL);
	dbus_connection_set_timeout_functions(bus->conn, timeout_add, timeout_remove,
					      timeout_toggled, s, NULL);
}

/* ---- opening and closing ---- */

/* "what: why", from libdbus's error, which is freed. */
static void fail_with(GError **error, const char *what, DBusError *dbus_error)
{
	xt_fail(error, XT_ERROR_FAILED, "%s: %s", what, dbus_error->message);
	dbus_error_free(dbus_error);
}

Bus *bus_open_address(const char *address, GError **error)
{
	DBusError dbus_error = DBUS_ERROR_INIT;
	DBusConnection *conn = dbus_connection_open_private(address, &dbus_error);
	Bus *bus;

	if (!conn) {
		fail_with(error, address, &dbus_error);
		return NULL;
	}
	if (!dbus_bus_register(conn, &dbus_error)) {
		fail_with(error, address, &dbus_error);
		dbus_connection_close(conn);
		dbus_connection_unref(conn);
		return NULL;
	}
	dbus_connection_set_exit_on_disconnect(conn, FALSE);

	bus = g_new0(Bus, 1);
	bus->refs = 1;
	bus->conn = conn;
	return bus;
}

Bus *bus_open(GError **error)
{
	const char *address = g_getenv("DBUS_SYSTEM_BUS_ADDRESS");

	return bus_open_address(address && *address ? address : SYSTEM_BUS_DEFAULT, error);
}

Bus *bus_open_session(GError **error)
{
	const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");

	if (address && *address)
		return bus_open_address(address, error);
	xt_fail(error, XT_ERROR_FAILED, "no session bus: DBUS_SESSION_BUS_ADDRESS is not set");
	return NULL;
}

static void detach(Bus *bus)
{
	BusSource *s = bus->source;

	dbus_connection_set_watch_functions(bus->conn, NULL, NULL, NULL, NULL, NULL);
	dbus_connection_set_timeout_functions(bus->conn, NULL, NULL, NULL, NULL, NULL);
	s->bus = NULL;
	bus->source = NULL;
	g_source_destroy(&s->base);
	g_source_unref(&s->base);
}

void bus_free(Bus *bus)
{
	if (!bus)
		return;

	bus->closing = true;
	g_clear_pointer(&bus->names, bus_names_free);
	dbus_connection_flush(bus->conn); /* the last answers */
	if (bus->source)
		detach(bus);
	dbus_connection_close(bus->conn);
	tell_waiters(bus);
	bus_unref(bus);
}

/* ---- the rest ---- */

void bus_on_closed(Bus *bus, void (*closed)(void *data), void *data)
{
	bus->closed = closed;
	bus->closed_data = data;
}

void bus_on_batch_end(Bus *bus, void (*batch_end)(void *data), void *data)
{
	bus->batch_end = batch_end;
	bus->batch_end_data = data;
}

bool bus_own_name(Bus *bus, const char *name, GError **error)
{
	DBusError dbus_error = DBUS_ERROR_INIT;
	int reply = dbus_bus_request_name(bus->conn, name, DBUS_NAME_FLAG_DO_NOT_QUEUE,
					  &dbus_error);

	if (reply < 0) {
		fail_with(error, name, &dbus_error);
		return false;
	}
	if (reply == DBUS_REQUEST_NAME_REPLY_EXISTS)
		return xt_fail(error, XT_ERROR_BUSY, "%s: somebody else has this name", name);
	return true;
}

const char *bus_unique_name(const Bus *bus)
{
	return dbus_bus_get_unique_name(bus->conn);
}

DBusConnection *bus_connection(const Bus *bus)
{
	return bus->conn;
}

void bus_flush(Bus *bus)
{
	dbus_connection_flush(bus->conn);
}

bool bus_is_closing(const Bus *bus)
{
	return bus->closing;
}

BusNames *bus_names(Bus *bus)
{
	if (!bus->names)
		bus->names = bus_names_new(bus);
	return bus->names;
}

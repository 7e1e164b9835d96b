/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bus: one D-Bus connection, and its place in the main loop.
 *
 * A daemon opens it, attaches it and owns a name; a command opens it and makes blocking
 * calls.  Nothing here reads a message's body: that is lib/rpc.
 *
 * All messages already read are dispatched before the loop turns again (dbd's group
 * commit rests on it).
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Bus Bus;
typedef struct BusNameWatch BusNameWatch;
struct DBusConnection;

/* The system bus ($DBUS_SYSTEM_BUS_ADDRESS), as a private connection. */
Bus *bus_open(GError **error);
Bus *bus_open_address(const char *address, GError **error);
Bus *bus_open_session(GError **error);
/* Closes it, when all is written; NULL is fine.  Servers, subscriptions and watches of
 * it are freed before. */
void bus_free(Bus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bus, bus_free)

/* Serve it from the default main context. */
void bus_attach(Bus *bus);

/* @closed when the bus is gone; without one the process ends with a message and status 1. */
void bus_on_closed(Bus *bus, void (*closed)(void *data), void *data);

/* @idle after the messages that were read have been dispatched, once per such batch. */
void bus_on_batch_end(Bus *bus, void (*batch_end)(void *data), void *data);

/* Blocks.  Fails with XT_ERROR_BUSY if somebody else owns it. */
bool bus_own_name(Bus *bus, const char *name, GError **error);

const char *bus_unique_name(const Bus *bus);
struct DBusConnection *bus_connection(const Bus *bus);
void bus_flush(Bus *bus); /* blocks until all is written */

/*
 * Who owns @name now, and whenever that changes.  "" is nobody.  The first call of
 * @changed comes from the loop, with the owner at that time.
 */
typedef void (*BusNameChanged)(const char *name, const char *owner, void *data);
BusNameWatch *bus_watch_name(Bus *bus, const char *name, BusNameChanged changed, void *data);
void bus_unwatch_name(BusNameWatch *watch);

/* @gone once per unique name that leaves the bus (one subscription for all). */
typedef void (*BusNameGone)(const char *unique_name, void *data);
void bus_on_name_gone(Bus *bus, BusNameGone gone, void *data);
void bus_off_name_gone(Bus *bus, BusNameGone gone, void *data);

/* Whose connection @name is, from the bus.  @done comes exactly once, from the loop. */
typedef void (*BusCredentials)(uint32_t uid, uint32_t pid, const GError *error, void *data);
void bus_get_credentials(Bus *bus, const char *name, BusCredentials done, void *data);

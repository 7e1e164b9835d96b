/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bus internals: what lib/bus-names.c keeps for a connection, and what the engine asks.
 */

#include "lib/bus.h"

typedef struct BusNames BusNames;

BusNames *bus_names_new(Bus *bus);
void bus_names_free(BusNames *names);

/* Made when first asked for; freed with the bus. */
BusNames *bus_names(Bus *bus);

/* In bus_free(): what happens now comes not from the loop. */
bool bus_is_closing(const Bus *bus);

/*
 * Who waits for something from the bus, and is told once if its end comes first (libdbus
 * forgets such calls).  A waiter that is told is no longer in the list.
 */
typedef struct BusWaiter BusWaiter;
struct BusWaiter {
	BusWaiter *prev, *next;
	void (*gone)(BusWaiter *waiter);
};

void bus_add_waiter(Bus *bus, BusWaiter *waiter);
void bus_remove_waiter(Bus *bus, BusWaiter *waiter);

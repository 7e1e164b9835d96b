/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Filter: what passes between one bus connection of a guest and the bus.
 *
 * Beyond the rules of the policy it holds to these, which no rule can lift:
 *
 * - Hello comes first, and always passes.
 * - An answer passes exactly once, and only to a call that passed; the rules for
 *   method-return and error decide nothing, since the call already did.
 * - A guest says who it is neither in a message's sender nor with a name on the bus
 *   other than com.citrix.xenclient.guest.uuid_<uuid_>.
 * - It speaks to names, not to connections: a unique name is no destination.
 * - Of the bus itself it may ask only what bus_members in filter.c lists, and it may not
 *   listen to what is for others.
 *
 * Knows no sockets.  The policy is its guest's, and may change between messages.
 */

#include <dbus/dbus.h>
#include <stdbool.h>
#include "policy/decide.h"

#define FILTER_CALLS_MAX 1024 /* unanswered ones, each way */

typedef struct Filter Filter;

typedef struct {
	bool pass;
	bool greeted;           /* this is the answer to Hello: the name is known now */
	const char *error_name; /* answer with this error; NULL: no answer is awaited */
	const char *why;        /* why the proxy refuses; NULL: it is the policy */
	Subject subject;        /* of the message */
	const Rule *rule;       /* that decided, NULL if none did */
} Ruling;

Filter *filter_new(const Policy *policy);
void filter_free(Filter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Filter, filter_free)

/* Only the first, and then nothing until it is answered, may come from the guest now. */
bool filter_awaits_hello(const Filter *filter);
bool filter_awaits_name(const Filter *filter);

/* The connection's unique name; NULL before the answer to Hello. */
const char *filter_name(const Filter *filter);

Ruling filter_from_guest(Filter *filter, DBusMessage *message);
Ruling filter_to_guest(Filter *filter, DBusMessage *message);

/* What to answer somebody whose message may not pass. */
char *filter_explain(const Ruling *ruling);

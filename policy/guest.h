/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Guest: a domain whose connections we hold, and the policy in force for it.
 *
 * Its VM's properties come from the manager, its own rules from the database.  Until the
 * rules are known, and while they never were without a mistake, the guest is denied
 * everything; later mistakes leave the rules as they were.
 */

#include <glib.h>
#include "lib/bus.h"
#include "lib/uuid.h"
#include "policy/decide.h"

typedef struct Guest Guest;

/* Comes exactly once, from the loop, or from guest_free() with XT_ERROR_GONE. */
typedef void (*GuestLoaded)(const GError *error, void *data);

Guest *guest_new(Bus *bus, const char *uuid, int domid, bool stubdom,
		 const RuleSet *global);
void guest_free(Guest *guest); /* NULL is fine */

/* The rules of all guests, borrowed, changed. */
void guest_set_global(Guest *guest, const RuleSet *global);

/* Read properties and rules as they are from now on; @loaded when they are in force. */
void guest_load(Guest *guest, GuestLoaded loaded, void *data);

const Policy *guest_policy(const Guest *guest);

/* How guests are called in the log: "<uuid> (domain 5)". */
const char *guest_title(const Guest *guest);

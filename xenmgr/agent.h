/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Agent: what the guest's agent reports in xenstore (attr/PVAddons), while it runs.
 *
 * Everything here was written by the guest: it is bounded and never believed.  It is
 * forgotten with the domain.
 */

#include <stdbool.h>

typedef struct Agent Agent;
struct Vm;

Agent *agent_new(struct Vm *vm, int domid);
void agent_free(Agent *agent); /* NULL is fine */

/* Has it said that it is installed? */
bool agent_is_there(const Agent *agent);       /* NULL is fine: no */
const char *agent_version(const Agent *agent); /* "" if none; NULL is fine */

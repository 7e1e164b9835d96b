/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM: one virtual machine, as xenmgr sees it now.
 *
 * What it is meant to be is in the database and read when needed; here is what it is: its
 * state and domain, which follow what its monitor says, and what is being done to it.
 * The fields are for the modules that make a VM up (vm, operation, start, stop, recover,
 * vm-*); others use functions.
 */

#include <glib.h>
#include "lib/uuid.h"
#include "xenmgr/agent.h"
#include "xenmgr/manager.h"
#include "xenmgr/monitor.h"
#include "xenmgr/vm-state.h"

typedef struct Vm Vm;
typedef struct Operation Operation;

struct Vm {
	Manager *manager; /* not owned */
	unsigned int refs;
	bool gone; /* deleted; who holds a reference lets go of it */

	char uuid[UUID_LEN + 1];
	char *path; /* of its object */

	VmWord word;   /* where it is in its life */
	VmState state; /* the same, as clients know it */
	int domid;     /* -1: none */
	bool state_is_public; /* its node in xenstore has its permissions */
	bool described;       /* it has keys in xenstore for its domain, or one to come */

	Monitor *monitor;
	bool leaving;      /* the monitor said it is over, and is about to end */
	char *domain_name; /* of its domain, while it has one */
	Agent *agent;      /* while it runs */

	Operation *op;        /* in flight, or NULL */
	GQueue after;         /* of operation.c: asked while that must end first */
	Serial *edits;        /* of its part of the database */
	guint config_changed; /* timer of announce.c */
};

Vm *vm_new(Manager *manager, const char *uuid);
Vm *vm_ref(Vm *vm);
void vm_unref(Vm *vm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vm, vm_unref)

/* Go where the monitor, or the want of one, says it is: xenstore, signals, agent. */
void vm_follow(Vm *vm, VmWord word, int domid);

/* "/vm/<uuid>" and @below in the database, or in xenstore; free with g_free(). */
char *vm_db_path(const Vm *vm, const char *below);

/* The monitor's connection ended, or it never had one: find out what is. */
void vm_lost_monitor(Vm *vm);

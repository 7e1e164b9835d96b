/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Start: from the database to a running guest.  The steps are at the head of start.c.
 */

#include "xenmgr/operation.h"

/* A client's; begun by operation_ask(). */
void start_vm(Vm *vm, OperationDone done, void *data);

#define START_AGAIN "restart" /* the operation's name in the journal */

/* The guest rebooted: its monitor waits for the configuration and a start. */
void start_again(Vm *vm);

/* Where the kernel and the initrd of VMs that name none are, for db_read_all(). */
extern const char *const start_default_keys[];

/*
 * Write the configuration of @vm, which @tree describes, for its monitor.  @domains:
 * names that others have; the default kernel and initrd may be NULL.  With @check_them
 * the files that it names must be there.
 */
bool start_write_config(Vm *vm, const json_t *tree, const GPtrArray *domains,
			const char *kernel, const char *initrd, bool check_them,
			GError **error);

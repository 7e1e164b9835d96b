/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Recover: finding out what is, where xenmgr does not know: after its own start, and when
 * a VM's monitor is gone.
 */

#include "xenmgr/operation.h"

/*
 * Connect to the VM's monitor; or to a new one, if there is none but a domain.  What was
 * @half_started by another xenmgr is ended; a monitor that is at a reboot by itself is
 * waited for.  @done may be NULL.
 */
void recover_vm(Vm *vm, bool half_started, OperationDone done, void *data);

/*
 * At xenmgr's start: make the registry from the database, recover what runs, end or
 * finish what the one before left (@unfinished: JournalEntry).  @done from the loop.
 */
void recover_all(Manager *manager, const GPtrArray *unfinished, OperationDone done,
		 void *data);

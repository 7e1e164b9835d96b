/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Stop: the operations that end, hold or turn a running VM.  Begun by operation_ask().
 */

#include "xenmgr/operation.h"

void stop_shutdown(Vm *vm, OperationDone done, void *data);
void stop_reboot(Vm *vm, OperationDone done, void *data);
void stop_destroy(Vm *vm, OperationDone done, void *data);
void stop_pause(Vm *vm, OperationDone done, void *data);
void stop_unpause(Vm *vm, OperationDone done, void *data);

/*
 * For an operation that cannot go on: end the VM's domain, whatever its monitor says, and
 * what xenmgr keeps of it.  @done comes exactly once; with an error the domain may be
 * there still.
 */
void stop_clear(Vm *vm, OperationDone done, void *data);

/* Its monitor has no domain: it may end, if it is there. */
void stop_dismiss_monitor(Vm *vm);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM policy: what the host's configuration forbids.
 */

#include "xenmgr/operation.h"

/* Deletes the VM, where that is not forbidden. */
void vm_policy_delete(Vm *vm, OperationDone done, void *data);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Remove: the operation that deletes a VM.  Begun by operation_ask().
 */

#include "xenmgr/operation.h"

#define REMOVE_NAME "delete" /* the operation's name in the journal */

void remove_vm(Vm *vm, OperationDone done, void *data);

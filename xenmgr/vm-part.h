/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM part: what is an object on the bus of its own: a VM, one of its disks or NICs.
 */

#include <stdbool.h>
#include "xenmgr/vm.h"

typedef enum {
	VM_PART_VM,
	VM_PART_DISK,
	VM_PART_NIC,
} VmPartKind;

typedef struct {
	Vm *vm; /* borrowed, unless it says otherwise */
	VmPartKind kind;
	unsigned int id; /* of a disk or NIC */
} VmPart;

/* Of what follows the VM in an object path: "", "/disk/3", "/nic/0"; false: none. */
bool vm_part_parse(Vm *vm, const char *rest, VmPart *ret_part);

/* Of the object that a call came to, which is there. */
VmPart vm_part_of_call(Vm *vm, const RpcCall *call);

char *vm_part_path(const VmPart *part);                 /* of its object */
char *vm_part_key(const VmPart *part, const char *key); /* in the database, absolute */
char *vm_part_new_path(Vm *vm, VmPartKind kind, unsigned int id);

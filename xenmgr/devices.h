/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Devices: the disks and NICs of a VM, as lists; each is an object of its own.
 *
 * What changes here is for the VM's next start.  Each @done comes exactly once, from the
 * loop.
 */

#include "xenmgr/vm-part.h"

typedef void (*DevicesListDone)(const RpcStrings *paths, const GError *error, void *data);
void devices_list(Vm *vm, VmPartKind kind, DevicesListDone done, void *data);

typedef void (*DevicesAddDone)(const char *path, const GError *error, void *data);
void devices_add(Vm *vm, VmPartKind kind, DevicesAddDone done, void *data);

typedef void (*DevicesDone)(const GError *error, void *data);
void devices_remove(const VmPart *part, DevicesDone done, void *data);

/* Put @path, of @type ("phy", "vhd"), behind a disk. */
void devices_attach(const VmPart *part, const char *type, const char *path,
		    DevicesDone done, void *data);

/* What the database's @key below the VM belongs to; returns the key below that. */
const char *devices_part_of_key(Vm *vm, const char *key, VmPart *ret_part);

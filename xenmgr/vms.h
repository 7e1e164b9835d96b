/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VMs: the registry, in the order of the database.
 */

#include "xenmgr/vm.h"

Vms *vms_new(void);
void vms_free(Vms *vms);

void vms_add(Vms *vms, Vm *vm); /* takes a reference */
void vms_remove(Vms *vms, Vm *vm);

/* All, in order; borrowed. */
const GPtrArray *vms_all(const Vms *vms);

/* NULL if there is none; borrowed. */
Vm *vms_find(const Vms *vms, const char *uuid);
Vm *vms_find_by_domid(const Vms *vms, int domid);

/* Of the object path of a VM or of what is below it; *@ret_rest as uuid_from_path(). */
Vm *vms_find_by_path(const Vms *vms, const char *path, const char **ret_rest);

/* The same in any letter case, with an error: "no vm with uuid ...". */
Vm *vms_get(const Vms *vms, const char *uuid, GError **error);

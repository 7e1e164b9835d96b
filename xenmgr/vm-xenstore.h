/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A VM's keys in xenstore: /state/<uuid>/state, /vm/<uuid>/state and /xenmgr/vms/<uuid>.
 *
 * They are for others to read.  That xenmgr cannot write them is logged, and it goes on.
 */

#include "xenmgr/vm.h"

/* Where it is in its life. */
void vm_xenstore_state(Vm *vm);

/* It is about to have a domain, made of what @tree says of it; then it has one. */
bool vm_xenstore_describe(Vm *vm, const json_t *tree, GError **error);
bool vm_xenstore_claim(Vm *vm, GError **error);

/* One of the claimed keys has a new value, if the VM has a domain. */
void vm_xenstore_update(Vm *vm, const char *key, const char *value);

void vm_xenstore_release(Vm *vm); /* it has none any more */
void vm_xenstore_forget(Vm *vm);  /* it is deleted */

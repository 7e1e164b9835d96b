/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Announce: telling the bus what changed.  Signals of xenmgr come from the object "/".
 */

#include "xenmgr/vm.h"

void announce_created(Vm *vm);
void announce_deleted(Vm *vm);
void announce_state(Vm *vm); /* the signal, and the properties that go with it */
void announce_domid(Vm *vm);
void announce_name(Vm *vm);

/* vm_config_changed, half a second after the last change. */
void announce_config(Vm *vm);

/* A property of the VM's interfaces has a new value; takes @value, NULL: ask for it. */
void announce_property(Vm *vm, const char *name, RpcValue *value);

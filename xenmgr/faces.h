/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The bus faces: which interfaces an object has.  The implementation that operations get
 * is the Manager for "/" and "/host", and the Vm for it and what is below it.
 */

#include "lib/rpc.h"

extern const RpcBinding manager_bindings[]; /* manager-dbus.c */
extern const RpcBinding host_bindings[];    /* host-dbus.c */
extern const RpcBinding vm_bindings[];      /* vm-dbus.c */
extern const RpcBinding disk_bindings[];    /* disk-dbus.c */
extern const RpcBinding nic_bindings[];     /* nic-dbus.c */

struct Manager;

/* "/", "/host", "/vm" and below (objects.c). */
RpcServer *objects_serve(struct Manager *manager, Bus *bus,
			 void (*gate)(void *data, RpcCall *call), void *gate_data);

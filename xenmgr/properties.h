/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Properties: Get, Set and GetAll of VMs, disks and NICs, from the tables of the IDL and
 * computed.h.  The implementation that the operations get is the Vm.
 */

#include "xenmgr/vm-part.h"

extern const RpcPropertyOps properties_ops;

/*
 * The VM's part of the database was changed at @key ("config/memory"), by whoever: the
 * properties that are kept there are announced.  The new @value may be NULL.
 */
void properties_changed(const VmPart *part, const char *key, const char *value);

/* The key of what rpc-proxy asks; for those who change it otherwise. */
#define PROPERTIES_POLICY "policies/modify-vm-settings"

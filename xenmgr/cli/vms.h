/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VMs: the list of all VMs as xec-vm shows it and picks from it.
 *
 * The layout of the table is an interface: completion scripts cut it at its bars.
 */

#include <glib.h>
#include "idl/xenmgr_types.h"

typedef XenmgrQueryRpcListVms Vms;
typedef XenmgrQueryRpcListVmsItem VmsItem;

/* Running VMs by domain, then the others in their order. */
void vms_print(GString *out, const Vms *vms);

/* The first one; NULL if there is none.  A domain is a number that is not negative. */
const VmsItem *vms_find_name(const Vms *vms, const char *name);
const VmsItem *vms_find_domid(const Vms *vms, const char *domid);

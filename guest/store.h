/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Store: the guest's xenstore, as an unprivileged domain sees it: all names are relative
 * to its own directory.
 */

#include "guest/report.h"
#include "guest/vif.h"

#define STORE_UPDATED "data/updated"

typedef struct Store Store;

/* The socket that XENSTORED_PATH names, else the kernel's device.  NULL (errno). */
Store *store_open(void);
void store_close(Store *store); /* NULL is fine */

/*
 * Readable when something happened.  store_drain() says true if it concerns the agent:
 * the toolstack made a new domain of this one (resumed or migrated); *@ret_lost is set
 * when the connection is gone.
 */
int store_fd(const Store *store);
bool store_drain(Store *store, bool *ret_lost);

typedef enum {
	STORE_DONE,
	STORE_BUSY,    /* others write all the time: try again soon */
	STORE_REFUSED, /* said why; try again in the next round */
	STORE_LOST,    /* the connection is gone: open anew */
} StoreResult;

/*
 * Sends the report in one transaction.  If this is not the domain of the last time, or
 * data/updated is not what was left there, all of it.
 */
StoreResult store_publish(Store *store, Report *report);

/* The MACs of this domain's network devices; how many. */
size_t store_vif_macs(Store *store, VifMac *macs, size_t max);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Manager: what xenmgr's parts share.  Made once, in main().
 */

#include "lib/rpc.h"
#include "lib/xstore.h"
#include "xenmgr/db.h"
#include "xenmgr/facts.h"
#include "xenmgr/host.h"
#include "xenmgr/journal.h"
#include "xenmgr/serial.h"
#include "xenmgr/spare.h"

typedef struct Vms Vms;

typedef struct Manager {
	Bus *bus;
	RpcServer *server;
	Xstore *xs;
	Db *db;
	Host *host;
	Spare *spare;
	Facts *facts;
	Journal *journal;
	Vms *vms;
	Serial *creations;
} Manager;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * DbService: com.citrix.xenclient.db on the bus.
 *
 * The host sees the whole tree.  A guest, as lib/identity.h knows it, sees what is below
 * /dom-store/<uuid>, as if that were all, and has a quota there.
 */

#include <glib.h>

#include "dbd/store.h"
#include "lib/bus.h"
#include "lib/identity.h"

#define DB_BUS_NAME "com.citrix.xenclient.db"

typedef struct DbService DbService;

/* Serves from now on; @identity tells whom. */
DbService *db_service_new(Bus *bus, Store *store, Identity *identity);
void db_service_free(DbService *service); /* answers what is under way first */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbService, db_service_free)

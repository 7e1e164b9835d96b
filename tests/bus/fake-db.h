/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A database in memory, for tests of db-cmd.  Changes are not made, but noted: they are
 * the value of /told. */

#include "lib/bus.h"

#define FAKE_DB "com.citrix.xenclient.db"

typedef struct {
	const char *tree; /* JSON */
	bool as_guest;	  /* dump is denied, as it is to guests */
	bool refuses;	  /* so are reads and lists */
} FakeDb;

/* For fixture_serve(); @data is a FakeDb. */
void fake_db_serve(Bus *bus, void *data);

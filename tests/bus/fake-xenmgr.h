/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A manager in memory, for tests of the commands: two VMs that run, one that does not,
 * with a disk, properties and errors of every kind.  It does what it is told and starts
 * nothing.
 *
 *	/odd	also has the disk's interface: an object that no table knows
 */

#include "lib/bus.h"

#define FAKE_XENMGR "com.citrix.xenclient.xenmgr"
#define FAKE_OTHER "com.example.other" /* the same objects, under a foreign name */

#define FAKE_WEB "00000000-0000-0000-0000-00000000000a"
#define FAKE_ODD_NAME "00000000-0000-0000-0000-00000000000b"
#define FAKE_OTHER_RUNS "00000000-0000-0000-0000-00000000000c"

/* For fixture_serve(); owns both names. */
void fake_xenmgr_serve(Bus *bus, void *data);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Guests: what a test of rpc-proxy needs around it, on a fixture.
 *
 * A host: one process that has the names of the manager and of the database, behind the
 * gate of lib/identity.h.  Its database tells who called ("host" or a guest) and
 * remembers what the proxy will be told of VMs:
 *
 *	read PATH		"host PATH", "guest 5 <uuid> PATH", "stubdom 5 <uuid>
 *PATH" write "rules" JSON	the VMs' own rules from now on write PROPERTY true	a
 *boolean property of all VMs, true or false exists PATH		is never answered
 *
 * And monitors, each of which brings one guest.
 */

#include "tests/bus/fixture.h"

#define XENMGR "com.citrix.xenclient.xenmgr"
#define DB     "com.citrix.xenclient.db"
#define PROXY  "com.citrix.xenclient.rpc_proxy"

#define UUID_A "00000000-0000-0000-0000-00000000000a"
#define PATH_A "/vm/00000000_0000_0000_0000_00000000000a"
#define UUID_B "00000000-0000-0000-0000-00000000000b"
#define PATH_B "/vm/00000000_0000_0000_0000_00000000000b"

FixtureDaemon *guests_host(Fixture *f);

/* rpc-proxy with rules of @text; these can be changed by guests_write_rules(). */
FixtureDaemon *guests_proxy(Fixture *f, const char *text);
void guests_write_rules(Fixture *f, const char *text);
const char *guests_rules_path(Fixture *f); /* static */

typedef struct {
	pid_t pid;
	char *path;   /* of the socket where the guest finds its bus */
	char *answer; /* the proxy's first word */
} Monitor;

Monitor *monitor_new(Fixture *f, const char *uuid, int domid, bool stubdom);
void monitor_free(Monitor *monitor); /* and with it the guest's connections */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitor, monitor_free)

/* What the proxy answers to a packet on a control connection of its own. */
char *monitor_try(const char *packet);

/* A connection of the guest to its bus; not attached. */
Bus *monitor_connect(const Monitor *monitor);

/* The same without a library; authenticated if so asked, but without a Hello. */
int monitor_connect_raw(const Monitor *monitor, bool authenticate);

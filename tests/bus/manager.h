/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A host for tests of xenmgr: dbd, xenmgr, and monitors without Xen (fake-xenvm.c).
 *
 * xenstore is a real one: the tests run in the lab's bare machine (labrun --bare).  What
 * xenmgr signals from "/" is written to `seen`, as "created;state creating;".
 */

#include <glib.h>
#include <stdbool.h>
#include "lib/rpc.h"
#include "lib/xstore.h"
#include "tests/bus/fixture.h"

#define XENMGR      "com.citrix.xenclient.xenmgr"
#define XENMGR_VM   XENMGR ".vm"
#define XENMGR_FREE XENMGR ".vm.unrestricted"

typedef struct {
	Fixture *f;
	FixtureDaemon *dbd, *xenmgr;
	Bus *bus;
	Xstore *xs;
	GString *seen;
	char *run; /* $XENMGR_RUN_DIR */
	RpcSubscription *subscriptions[5];
} Host;

void host_up(Host *h, gconstpointer unused);
void host_down(Host *h, gconstpointer unused);
void host_restart_xenmgr(Host *h); /* after fixture_kill() */

/* What was seen since the last time; waits until what was signalled has come. */
void host_assert_seen(Host *h, const char *expected);
void host_wait_seen(Host *h, const char *end); /* until `seen` ends so */

/* The same for what is not seen on the bus: files, processes. */
void host_until(bool (*condition)(void *data), void *data);

/* A VM of the template new-vm-pv with @json over it.  Nothing of it is seen. */
char *host_new_vm(Host *h, const char *json);
char *host_uuid(const char *path); /* of a VM's path */

/* A call with arguments of type s up to NULL; the first result as text, or the error as
 * "<name's last part>: <message>". */
char *host_call(Host *h, const char *path, const char *iface, const char *member,
		...) G_GNUC_NULL_TERMINATED;
void host_call_is(Host *h, const char *path, const char *iface, const char *member,
		  const char *expected); /* no arguments */

/* The same that does not wait: its result is written to `seen`, as "start: ok;". */
void host_begin(Host *h, const char *path, const char *member);

/* A property as text, or the error. */
char *host_get(Host *h, const char *path, const char *iface, const char *property);
void host_assert_property(Host *h, const char *path, const char *property,
			  const char *expected);
char *host_set(Host *h, const char *path, const char *iface, const char *property,
	       RpcValue *value); /* takes it; "ok" or the error */

/* The monitor: what it is to do wrong (NULL: nothing), and what its guest does. */
void host_misbehave(Host *h, const char *method, const char *what);
void host_guest(Host *h, const char *uuid, const char *event);
unsigned int host_domains_left(Host *h);

void host_db_write(Host *h, const char *path, const char *value);
char *host_db_read(Host *h, const char *path);
void host_assert_nothing_left(Host *h, const char *uuid); /* of a VM that is stopped */

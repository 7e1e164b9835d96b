/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fixture: a private message bus for one test, and the daemons of the build on it.
 *
 *	static void test_read(void)
 *	{
 *		g_autoptr(Fixture) f = fixture_new(NULL);
 *		FixtureDaemon *dbd = fixture_start(f, "dbd/dbd", "com.citrix.xenclient.db",
 *						   NULL);
 *		const RpcTarget db = { fixture_bus(f), "com.citrix.xenclient.db", "/" };
 *		g_autofree char *value = NULL;
 *
 *		g_assert_true(db_rpc_read(&db, "/a", &value, NULL));
 *		fixture_stop(dbd);
 *	}
 *
 * fixture_new() makes a folder of its own, starts a dbus-daemon in it and sets the
 * environment of this process, which all that it starts inherit:
 * DBUS_SYSTEM_BUS_ADDRESS, XENMGR_RUN_DIR, _STATE_DIR, _LOG_DIR, _CONF_DIR (folders that
 * exist and are empty) and _DATA_DIR, _LIBEXEC_DIR (where a test puts what it needs).
 * fixture_free() ends everything that was started, and removes the folder; so do a failed
 * assertion, an interrupt and the alarm (FIXTURE_TIMEOUT_S), which is set by
 * fixture_new(): a test that hangs fails.  One fixture at a time.
 *
 * Whatever waits here runs the main loop, so that objects which the test serves itself
 * are served.  A blocking call of the test to itself would hang: serve in a child
 * (fixture_serve), or call asynchronously.
 */

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/bus.h"

#define FIXTURE_TIMEOUT_S 60

typedef struct Fixture Fixture;
typedef struct FixtureDaemon FixtureDaemon;

/*
 * @policy NULL: everybody may do everything.  Else the path of a bus configuration, put
 * on top of the rules of a stock system bus: nobody owns a name or calls a method unless
 * it says so, signals and answers pass.
 */
Fixture *fixture_new(const char *policy);
void fixture_free(Fixture *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

const char *fixture_dir(const Fixture *f);     /* the folder; has dbus-daemon.log too */
const char *fixture_address(const Fixture *f); /* of the bus */

/* A connection of the test, attached to the loop; the first is the same each time. */
Bus *fixture_bus(Fixture *f);
/* One more; the fixture frees it, unless fixture_disconnect() does before. */
Bus *fixture_connect(Fixture *f);
void fixture_disconnect(Fixture *f, Bus *bus);

/*
 * Start a program of the build ("dbd/dbd", below $XENMGR_BUILD_DIR; or an absolute path)
 * with arguments up to NULL, and wait for @name on the bus (NULL: do not).  That it ends
 * before that fails the test.  Its standard output and error are the test's standard
 * error.
 */
FixtureDaemon *fixture_start(Fixture *f, const char *program, const char *name,
			     ...) G_GNUC_NULL_TERMINATED;
pid_t fixture_pid(const FixtureDaemon *daemon);
bool fixture_running(const FixtureDaemon *daemon);

/* SIGTERM, and wait: it must end with 0 (a sanitizer's finding does not). */
void fixture_stop(FixtureDaemon *daemon);
void fixture_kill(FixtureDaemon *daemon); /* SIGKILL, and wait */

/*
 * @serve in a child process of its own with its own connection, attached and running its
 * loop after @serve returned, until it is stopped like a daemon; wait for @name.
 */
FixtureDaemon *fixture_serve(Fixture *f, void (*serve)(Bus *bus, void *data), void *data,
			     const char *name);

/*
 * Run a program to its end, found by PATH, as the user @uid (-1: as we are; else this
 * needs root).  Returns its exit status; what it wrote is in *@ret_output (may be NULL).
 */
int fixture_run(Fixture *f, int uid, char **ret_output, const char *program,
		...) G_GNUC_NULL_TERMINATED;

/* ---- waiting ---- */

void fixture_wait_name(Fixture *f, const char *name);
void fixture_wait_no_name(Fixture *f, const char *name);

/* Run the loop until @condition is true. */
void fixture_until(bool (*condition)(void *data), void *data);

/*
 * Until all is quiet: what was sent on the connections of the test before has arrived,
 * been handled, answered, and the answers have been handled.  Of what happens in other
 * processes only what the bus itself does is waited for.
 */
void fixture_settle(Fixture *f);

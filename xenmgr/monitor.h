/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Monitor: xenmgr's end of one VM's monitor (docs/architecture.md, "The monitor's
 * socket").
 *
 * It starts the process, connects, calls and listens.  It does not know what a VM is or
 * what the words mean for it.  The process outlives this object, and xenmgr.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <glib.h>
#include "xenmgr/spare.h"
#include "xenmgr/vm-state.h"

typedef struct Monitor Monitor;

typedef struct {
	/*
	 * The state, when connected and whenever it changes; @domid is -1 where there is
	 * none.
	 */
	void (*word)(VmWord word, int domid, void *data);
	/* What the monitor has to say beside it, as "crashed". */
	void (*trouble)(const char *text, void *data);
	/* It closed the connection; not told where a start fails by it. */
	void (*closed)(void *data);
} MonitorEvents;

/* Comes exactly once, from the loop.  @result is NULL where there is none. */
typedef void (*MonitorDone)(const char *result, const GError *error, void *data);

/* @spare is not owned.  Free it from no callback of its own but closed(). */
Monitor *monitor_new(const char *uuid, Spare *spare, const MonitorEvents *events,
		     void *data);
void monitor_free(Monitor *monitor); /* open calls get XT_ERROR_GONE in here */

/* Files of a VM's monitor; free with g_free(). */
char *monitor_channel_path(const char *uuid); /* the guest's bus */
char *monitor_config_path(const char *uuid);
char *monitor_socket_path(const char *uuid);

/* Uuids of the VMs that have a socket; free with g_strfreev(). */
char **monitor_list(void);

bool monitor_is_connected(const Monitor *monitor);

/* To a process that is there; the first word() follows. */
bool monitor_connect(Monitor *monitor, GError **error);

/*
 * Starts the process with the file at monitor_config_path() and connects.  @done when the
 * first word() was told.  If that is under way already this is who waits for it now, and
 * who did before gets XT_ERROR_GONE in here.
 */
bool monitor_is_starting(const Monitor *monitor);
void monitor_start(Monitor *monitor, MonitorDone done, void *data);

/* @params: pairs key, value, NULL; may be NULL.  XT_ERROR_GONE if it is not there. */
void monitor_call(Monitor *monitor, const char *method, const char *const *params,
		  unsigned int timeout_ms, MonitorDone done, void *data);

/* Away with its configuration, and with @killed with what it would have removed itself.
 */
void monitor_remove_files(const char *uuid, bool killed);

/* SIGKILL to the process that serves the socket; false if there is none. */
bool monitor_kill(Monitor *monitor);

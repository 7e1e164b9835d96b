/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Monitor: one VM's domain, from its configuration file to its end.
 *
 * It has at most one domain and one task (start, pause, ...) at a time; a second task is
 * refused with BUSY, but for destroy, which ends whatever is under way.  How a domain
 * comes is in monitor-start.c, how it goes in monitor-stop.c.
 */

#include <glib.h>
#include "xenmgr/xenvm/config.h"

typedef struct Monitor Monitor;

/* Takes over a domain that there is.  Serves @listen_fd, which it takes. */
Monitor *monitor_new(const char *path, Config *config, int listen_fd, GError **error);

/* The configuration's startup.  Until the monitor is told to quit. */
void monitor_run(Monitor *monitor);

void monitor_free(Monitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitor, monitor_free)

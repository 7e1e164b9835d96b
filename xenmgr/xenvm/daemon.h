/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Daemon: into the background, while whoever started us waits until we answer.
 */

#include <glib.h>
#include <stdbool.h>

/* Before anything is opened: close what was inherited beyond the standard three. */
void daemon_close_inherited(void);

/*
 * Returns in the daemon only, in a session of its own.  The process that called waits for
 * daemon_ready() and exits with 0, or for daemon_failed() and exits with 1 and the message
 * on its standard error.
 */
bool daemon_fork(GError **error);

/* From here on standard output and error go to the end of the file at @path. */
bool daemon_log(const char *path, GError **error);

void daemon_ready(void);
bool daemon_failed(const char *message); /* true: who waits says it, and nobody else need */

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Log: where g_message(), g_warning(), g_debug() of a program go.
 *
 * To standard error, one line each, "<name>: message", with syslog's priority in front
 * ("<4>") when standard error is the journal, and the time (UTC) when it is a file.
 * g_debug() is shown only with @debug.
 * Not used by tests: GLib's own handlers make an unexpected warning fail them.
 */

#include <stdbool.h>

void log_init(const char *name, bool debug);

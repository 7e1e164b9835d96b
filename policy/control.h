/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Control: the socket by which monitors bring their guests.
 */

#include <glib.h>
#include <stdbool.h>

/*
 * Listen at @path; a socket there that nobody serves is replaced.  Only our own user and
 * root can connect.  -1 with @error.
 */
int control_bind(const char *path, GError **error);

/* The same of a socket that was passed to us: does it listen? */
bool control_check(int fd, GError **error);

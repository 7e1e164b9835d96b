/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Dial: a socket to the host's bus, without waiting.
 */

#include <glib.h>

/* -1 with XT_ERROR_BUSY when the bus cannot take one just now: try again soon. */
int dial_bus(GError **error);

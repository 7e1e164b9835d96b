/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Endpoint: a monitor's socket, and the lock beside it that lets there be one.
 *
 * <run>/xenvm/<name> and <run>/xenvm/<name>.lock.  The lock goes with the process, so a
 * killed monitor leaves nothing that hinders the next one.
 */

#include <glib.h>

typedef struct Endpoint Endpoint;

/* XT_ERROR_BUSY if another process has it. */
Endpoint *endpoint_claim(const char *name, GError **error);

/* The listening socket; whoever serves it closes it. */
int endpoint_fd(const Endpoint *endpoint);

/* Removes both files. */
void endpoint_free(Endpoint *endpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)

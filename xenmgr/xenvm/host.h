/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Host: what belongs to no VM, for "xenvm --host": facts, the list of domains, and the
 * end of domains that have no monitor.
 */

#include <glib.h>

typedef struct Host Host;

/* Serves @listen_fd, which it takes. */
Host *host_new(int listen_fd, GError **error);
void host_run(Host *host);
void host_free(Host *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Host, host_free)

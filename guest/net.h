/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Net: the guest's interfaces and addresses, by rtnetlink.
 */

#include "guest/vif.h"

typedef struct Net Net;

/* NULL (errno) if the kernel has no rtnetlink. */
Net *net_open(void);
void net_close(Net *net); /* NULL is fine */

/* Readable when links or addresses changed; net_drain() takes the news away. */
int net_fd(const Net *net);
void net_drain(Net *net);

/* Fills @table with what there is now; false (errno) if the kernel does not tell. */
bool net_list(Net *net, VifTable *table);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * GuestKeys: what a guest's agent needs in xenstore beyond what libxl makes there.
 *
 * A domain is half-made from its creation until it first runs: the mark stands in its
 * home (the creation's transaction writes it, so there is no moment without it), which
 * the guest may not write.  A monitor that finds such a domain clears it.
 */

#include <stdbool.h>
#include <stdint.h>
#include "lib/xstore.h"
#include "xenmgr/xenvm/config.h"

bool guest_keys_write(Xstore *xs, uint32_t domid, const Config *config, GError **error);

bool guest_keys_half_made(Xstore *xs, uint32_t domid);
void guest_keys_made(Xstore *xs, uint32_t domid);

/* Take back a request that the guest did not answer, so that it does not obey later. */
void guest_keys_forget_shutdown(Xstore *xs, uint32_t domid);

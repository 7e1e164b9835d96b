/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * XlLoop: libxl's file descriptors, timeouts and children on the main loop.
 *
 * What libxl asks of it (libxl_event.h):
 *  - the _occurred_ calls are made from the loop only, never from a hook;
 *  - a timeout is gone once it fired: forgotten before libxl is told;
 *  - a timeout is modified only to fire now;
 *  - the tables of hooks outlive the context.
 */

#include <libxl.h>
#include <libxl_event.h>

void xl_loop_attach(libxl_ctx *ctx);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fakexl: a library preloaded into xl, xenvm or any other user of libxenlight.  It
 * answers what libxenlight and libxenguest ask of the hypervisor from the table of hv.h.
 * Real are libxenlight, libxlutil, libxenstore, and of libxenguest the domain builder
 * (not save and restore); replaced is libxenctrl, call by call.
 *
 * A call that is not replaced ends in the real libxenctrl, which issues a hypercall: that
 * fails with ENOSYS (fakexl.c).  FAKEHV_TRACE=FILE ("-": stderr) logs every call.
 * FAKEHV_FAIL=name:ERRNO[:skip[:times]],... or `fakehv fail ...` makes a call fail.
 */

#include "hv.h"

#include <xenctrl.h>
#include <xenguest.h>
#include <xencall.h>
#include <xendevicemodel.h>
#include <xenforeignmemory.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/sched.h>

#define FAKEXL_HIDDEN __attribute__((visibility("hidden")))

extern FAKEXL_HIDDEN Hv *fakexl_hv;
#define hv fakexl_hv

FAKEXL_HIDDEN void fakexl_trace(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
/* true with errno set if @name is to fail now */
FAKEXL_HIDDEN int fakexl_fails(const char *name);
FAKEXL_HIDDEN uint64_t fakexl_used_pages(void);

/* The first line of every call: trace it, and fail if told to. */
#define CALL_(ret, fmt, ...)                                                             \
	do {                                                                             \
		fakexl_trace("%s " fmt, __func__, ##__VA_ARGS__);                        \
		if (fakexl_fails(__func__))                                              \
			return ret;                                                      \
	} while (0)
#define CALL(fmt, ...) CALL_(-1, fmt, ##__VA_ARGS__)

/* Makes x, the domain's HvExt, or fails as Xen does of a domain it does not know. */
#define DOM(d)                                                                           \
	HvExt *x;                                                                        \
	do {                                                                             \
		if (!(hv_flags(hv, d) & HV_EXISTS)) {                                    \
			errno = ESRCH;                                                   \
			return -1;                                                       \
		}                                                                        \
		x = &hv->ext[d];                                                         \
		(void)x;                                                                 \
	} while (0)

/* A setting that the stand-in accepts and forgets. */
#define ACCEPT(d)                                                                        \
	do {                                                                             \
		CALL("%u", d);                                                           \
		DOM(d);                                                                  \
		return 0;                                                                \
	} while (0)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Xl: libxl's context on the main loop, and what libxl says.
 *
 * libxl's error texts go only to its logger: the lines since xl_begin() are kept, and
 * xl_fail() puts them into an error with the step that failed.  One operation at a time
 * is captured; all lines go to the log besides.
 */

#include <glib.h>
#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <stdbool.h>
#include <stdint.h>

#define XL_NO_DOMAIN UINT32_MAX

typedef struct Xl Xl;

typedef struct {
	/* Of libxl_evenable_domain_death(): from the loop. */
	void (*domain_down)(uint32_t domid, libxl_shutdown_reason reason, void *data);
	void (*domain_gone)(uint32_t domid, void *data);
	/* libxl cannot go on.  From the loop. */
	void (*disaster)(const char *what, void *data);
} XlEvents;

/*
 * Once a process, and for its whole life: libxl_ctx_free() may not come while an
 * operation is under way, and of 4.17 it loses what the loop's hooks allocated.
 */
Xl *xl_open(const XlEvents *events, void *data, GError **error);

libxl_ctx *xl_ctx(Xl *xl);

/* ---- what it says ---- */

void xl_begin(Xl *xl);

/* "@step: line; line", or the name of @rc if nothing was said.  False. */
bool xl_fail(Xl *xl, GError **error, const char *step, int rc);

/* ---- asynchronous operations ---- */

typedef struct XlOp XlOp;

/* From the loop, exactly once, after which the op is gone. */
typedef void (*XlDone)(int rc, void *data);

/*
 *	op = xl_op_new(xl, done, data);
 *	xl_op_started(op, libxl_...(ctx, ..., xl_op_how(op)));
 */
XlOp *xl_op_new(Xl *xl, XlDone done, void *data);
const libxl_asyncop_how *xl_op_how(XlOp *op);
void xl_op_started(XlOp *op, int rc);
bool xl_op_is_over(const XlOp *op); /* done is about to come */
void xl_op_abort(XlOp *op);         /* done comes all the same */

/* ---- domains ---- */

/* False if there is none, or it is dying. */
bool xl_domain_info(Xl *xl, uint32_t domid, libxl_dominfo *ret_info);

/* Domains of @uuid that are not dying, lowest first; uint32_t. */
GArray *xl_domains_of(Xl *xl, const char *uuid);
void xl_uuid_text(const libxl_uuid *uuid, char *ret_text); /* UUID_LEN + 1 */

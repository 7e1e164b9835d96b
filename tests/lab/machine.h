/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Machine: the process `fakehv serve`.  It owns the guests, each a process group of
 * xenbus-bridge (its kernel's xenbus) and a program, and reconciles them with the table
 * whenever it is kicked; it plays xenconsoled, and the kernel's backends.
 */

#include "hv.h"

#include <xenstore.h>

/* The domain of the machine and its store: one process, one of each. */
extern Hv *machine_hv;
extern struct xs_handle *machine_xs;

/* Does not return; prints "ready" when it serves. */
void machine_serve(Hv *hv) __attribute__((noreturn));

/* A value in xenstore; NULL if there is none.  Good until eight more were read. */
const char *machine_read(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void machine_write(const char *path, const char *leaf, const char *value);

/* A watch fired on a backend's directory, or on the state of a frontend. */
void backend_changed(const char *path);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Serial: jobs that must not overlap, one after the other in the order they came.
 *
 * It is how a change that reads, decides and writes is one change, though each of these
 * waits for the database.
 */

#include <glib.h>

typedef struct Serial Serial;

/* The job runs until it calls serial_done(). */
typedef void (*SerialJob)(void *data);

Serial *serial_new(void);
void serial_free(Serial *serial); /* with no job left; NULL is fine */

/* At once if no other runs. */
void serial_run(Serial *serial, SerialJob job, void *data);
void serial_done(Serial *serial);

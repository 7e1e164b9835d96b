/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Spare: a monitor's process that waits for a VM.
 *
 * Loading and linking libxenlight is a good part of a start, so one process has done it in
 * advance: `xenvm --daemon --told`, which reads the name of its configuration from its
 * standard input and has touched nothing until then.  It ends with us.  There is one, made anew a
 * while after it was taken; a start that finds none makes its own.
 */

#include <glib.h>
#include "lib/child.h"

typedef struct Spare Spare;

Spare *spare_new(void);
void spare_free(Spare *spare);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spare, spare_free)

/* Start a monitor for @config; @done as of child_run(). */
Child *spare_start(Spare *spare, const char *config, unsigned int timeout_ms,
		   ChildDone done, void *data, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Child: a program run to its end from the main loop.
 *
 * Its standard error (and output, if @output) is kept, at most CHILD_OUTPUT_MAX bytes of
 * it; standard input is /dev/null; no other descriptor is inherited.  On @timeout_ms
 * (0: none) it is killed and fails with XT_ERROR_TIMEOUT.
 */

#include <glib.h>
#include <sys/types.h>

#define CHILD_OUTPUT_MAX 65536

typedef struct Child Child;

/*
 * @status is of waitpid(); @output is UTF-8.  @error is set if it did not exit with 0,
 * and ends with the last line of its standard error.  Comes exactly once, from the loop.
 */
typedef void (*ChildDone)(int status, const char *output, const GError *error, void *data);

/* @envp may be NULL: ours.  NULL with @error if it cannot be started: no @done then. */
Child *child_run(const char *const *argv, const char *const *envp, unsigned int timeout_ms,
		 ChildDone done, void *data, GError **error);

/* Kill it and forget it: @done will not come. */
void child_cancel(Child *child);

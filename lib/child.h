/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Child: a program run to its end from the main loop.
 *
 * What it writes is kept, at most CHILD_OUTPUT_MAX bytes of each stream; standard input
 * is /dev/null; no other descriptor is inherited.  It leads a process group of its own,
 * and on @timeout_ms (0: none) the group is killed: XT_ERROR_TIMEOUT.
 */

#include <glib.h>
#include <sys/types.h>

#define CHILD_OUTPUT_MAX 65536

typedef struct Child Child;

/*
 * @status is of waitpid(); @output is what it wrote to standard output, made UTF-8.
 * @error is set if it did not exit with 0, and ends with the last line of its standard
 * error.  Comes exactly once, from the loop; a process that it left in the background
 * is not waited for.
 */
typedef void (*ChildDone)(int status, const char *output, const GError *error,
			  void *data);

/* @envp may be NULL: ours.  NULL with @error if it cannot be started: no @done then. */
Child *child_run(const char *const *argv, const char *const *envp,
		 unsigned int timeout_ms, ChildDone done, void *data, GError **error);

/*
 * The same, held back: a program that reads its standard input before it does anything.
 * @done comes only if it ends before it was told.
 */
Child *child_hold(const char *const *argv, ChildDone done, void *data, GError **error);

/* Write @line to the standard input of one that is held and close that; from here on it is
 * as one of child_run().  The process ignores SIGPIPE, as daemons do. */
void child_tell(Child *child, const char *line, unsigned int timeout_ms, ChildDone done,
		void *data);

/* Kill it and forget it: @done will not come. */
void child_cancel(Child *child);

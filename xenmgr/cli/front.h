/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Front: how the commands begin and end: the bus, standard output, the exit status.
 */

#include "lib/bus.h"
#include "xenmgr/cli/args.h"

#define FRONT_SERVICE "com.citrix.xenclient.xenmgr"

/* @argv without the program's name.  If the arguments are wrong, or ask for help, it says
 * so with @usage and ends the process. */
void front_args(const char *const *argv, const char *usage, XecArgs *ret_args,
		XecVmArgs *ret_vm);

/* The bus that @args ask for. */
Bus *front_open(const XecArgs *args, GError **error);

/* Print what there is, then the error if there is one; the exit status. */
int front_end(const GString *out, const GError *error);

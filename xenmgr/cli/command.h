/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Command: what xec does with one object: get, set, getall, call, list.
 *
 * Blocking; one round trip per command on the project's own objects (known.h), one more
 * to introspect others.
 */

#include "lib/rpc.h"
#include "xenmgr/cli/args.h"

/* Do what @args asks of args->object; what is to be printed is added to @out. */
bool command_run(Bus *bus, const XecArgs *args, GString *out, GError **error);

/* Put the bus name of an error that came from there before its message; false. */
bool command_from_bus(GError **error);

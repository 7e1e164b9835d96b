/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Known: the project's own objects, from the tables that xc-rpcgen wrote.
 *
 * A command finds the interface and the types of a member here, without asking the
 * service: that would be a second round trip for each call.
 */

#include "lib/rpc.h"

/* The interfaces of the object in the order they are searched, NULL-terminated; NULL if
 * it is not one of ours. */
const RpcInterface *const *known_interfaces(const char *service, const char *object);

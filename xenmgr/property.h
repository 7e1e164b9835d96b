/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Property: how a property of an interface lies in the database, by its description in
 * the IDL: booleans are "true" and "false", numbers decimal, everything as text.
 *
 * Pure: knows descriptions and texts, not the bus.
 */

#include "lib/rpc.h"

/*
 * The value of @text, checked against type, enum and range; XT_ERROR_INVALID says what
 * would be right.
 */
RpcValue *property_parse(const RpcProperty *property, const char *text, GError **error);

/*
 * What a client is given for @text of the database (NULL: missing): its value, or the
 * default where it is missing, empty or (with a warning) wrong.
 */
RpcValue *property_from_db(const RpcProperty *property, const char *text);

char *property_to_db(const RpcValue *value); /* free with g_free() */

/* The property kept at @key; NULL if none is. */
const RpcProperty *property_of_key(const RpcInterface *iface, const char *key);

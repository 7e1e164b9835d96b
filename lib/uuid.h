/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Uuid: text forms of a VM's identity.
 *
 * The one text form is lower case with dashes, 36 characters.  In an object path the
 * dashes are underscores ("/vm/00000000_0000_0000_0000_000000000001").
 */

#include <stdbool.h>

#define UUID_LEN 36

/* A random one (version 4).  Free with g_free(). */
char *uuid_new(void);

/* Is @text a uuid in the one text form? */
bool uuid_is_valid(const char *text);

/* Lower-cased copy of @text if it is a uuid in any letter case, else NULL. */
char *uuid_normalize(const char *text);

/* "/vm/<uuid_>"; free with g_free(). */
char *uuid_to_path(const char *uuid);

/*
 * The uuid in @path, which is "/vm/<uuid_>" or below, and in *@ret_rest (may be NULL)
 * what follows it ("" or "/disk/0").  NULL if @path is none of these.
 */
char *uuid_from_path(const char *path, const char **ret_rest);

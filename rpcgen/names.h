/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names: which ones D-Bus takes, and what becomes of them in C.
 */

#include <stdbool.h>

#define NAMES_MAX 255

/* What D-Bus says of names; a property or argument may have dashes too. */
bool names_is_interface(const char *name);
bool names_is_service(const char *name); /* well-known, of the bus */
bool names_is_member(const char *name);
bool names_is_dashed_member(const char *name);
bool names_is_identifier(const char *name); /* of an enum, or a struct's member */

/* Free all with g_free(). */
char *names_snake(const char *name); /* "SayHello", "say-hello" -> "say_hello" */
char *names_camel(const char *snake); /* "say_hello" -> "SayHello" */
char *names_upper(const char *snake); /* "say_hello" -> "SAY_HELLO" */
char *names_prefix(const char *interface); /* "com.citrix.xenclient.db" -> "db_rpc" */

/* @snake as a name in C: what the language, a header or (@taken, may be NULL) the
 * surroundings have already gets a "_" at its end. */
char *names_c(const char *snake, const char *const *taken);

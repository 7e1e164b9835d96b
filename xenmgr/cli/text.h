/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text: D-Bus values as people type them, and as xec prints them.
 *
 * Typed, by signature:
 *
 *   y n q i u x t   decimal digits, "-" before them; nothing else, and in range
 *   d		     12.5, 1e3
 *   b		     true, false, 1, 0
 *   s o g	     at the top the whole text as it is; inside of something else
 *		     "..." or '...', with \ before the quote and before \
 *   aX (...)	     [a, b, c]
 *   a{KV}	     {k : v, k : v}
 *   v		     SIGNATURE:VALUE
 *
 * Printed: scalars plain, the items of arrays and structs one a line, dicts in braces,
 * variants as what they hold.  Scripts parse that: it does not change.
 *
 * It knows no bus.
 */

#include "lib/rpc-value.h"

/* The error is XT_ERROR_INVALID and says what would be right. */
RpcValue *text_parse(const char *text, const char *signature, GError **error);

void text_print(GString *out, const RpcValue *value);

/* Whether @signature is a sequence of complete types, as those of arguments are. */
bool text_signature_valid(const char *signature);

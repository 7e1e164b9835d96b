/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Facts: what rules may ask about a VM, its boolean and text properties by name.
 *
 * A property that is not here is unknown, which is neither true nor false.
 */

#include <glib.h>
#include <stdbool.h>

typedef struct Facts Facts;

Facts *facts_new(void);
void facts_free(Facts *facts); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Facts, facts_free)

void facts_set_boolean(Facts *facts, const char *property, bool value);
void facts_set_text(Facts *facts, const char *property, const char *value);

/* False if unknown, or not a boolean.  @facts may be NULL: nothing is known. */
bool facts_get_boolean(const Facts *facts, const char *property, bool *ret_value);
const char *facts_get_text(const Facts *facts, const char *property);

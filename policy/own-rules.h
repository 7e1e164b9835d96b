/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Own rules: those of one VM, from the database.
 */

#include "policy/rules.h"

#define OWN_RULES_KEY "rpc-firewall-rules"

/*
 * @dump is what the database dumps of /vm/<uuid>/rpc-firewall-rules: an object of number
 * -> rule, in any order, or null.  The rules come in the order of their numbers and are
 * bound to the VM.  One mistake refuses all; it is told with its key, line and column.
 */
RuleSet *own_rules_parse(const char *dump, const char *uuid, GError **error);

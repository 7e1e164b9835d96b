/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Facts: telling rpc-proxy that what it decides by has changed, before whoever changed it
 * is answered.
 */

#include "lib/rpc.h"

typedef struct Facts Facts;

Facts *facts_new(Bus *bus);

/*
 * Comes exactly once, from the loop: the new facts are in force, or there is no proxy; or
 * an error, after a second at most.
 */
typedef void (*FactsDone)(const GError *error, void *data);
void facts_refresh(Facts *facts, const char *uuid, FactsDone done, void *data);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Computed: the properties whose value is not simply the text at their key.
 *
 * A table from a property to what it is made of; all others are what the IDL says.
 */

#include "xenmgr/db.h"
#include "xenmgr/vm-part.h"

typedef struct {
	const char *property;
	VmPartKind kind;
	/* The part of the database below the object's that it is made of; "" is all of
	 * it, NULL none. */
	const char *node;
	RpcValue *(*get)(const VmPart *part, const json_t *node);
	/* What a new value changes; NULL: it is written to its key.  @isos is where
	 * images of CDs are.  Adds to @edits. */
	bool (*set)(const VmPart *part, const json_t *node, const char *isos,
		    const RpcValue *value, GPtrArray *edits, GError **error);
} Computed;

/* NULL if the property is an ordinary one. */
const Computed *computed_find(VmPartKind kind, const char *property);

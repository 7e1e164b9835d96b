/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * XML as the IDL's parsers see it: which element is it?
 */

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>

static inline bool is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       g_str_equal((const char *)node->name, name);
}

/* Is it "tp:NAME"?  The prefix is what counts: some files do not declare it. */
static inline bool is_tp(const xmlNode *node, const char *name)
{
	if (node->type != XML_ELEMENT_NODE)
		return false;
	if (node->ns && node->ns->prefix)
		return g_str_equal((const char *)node->ns->prefix, "tp") &&
		       is(node, name);
	return g_str_has_prefix((const char *)node->name, "tp:") &&
	       g_str_equal((const char *)node->name + 3, name);
}

/* The elements of D-Bus itself. */
static inline bool is_element_name(const char *name)
{
	static const char *const known[] = { "node", "interface", "method",     "signal",
					     "arg",  "property",  "annotation", NULL };

	return g_strv_contains(known, name);
}

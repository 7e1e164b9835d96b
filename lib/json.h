/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON: bounded reading on top of jansson.
 */

#include <glib.h>
#include <jansson.h>
#include <stddef.h>

/*
 * Parse @text, at most @max_bytes of it; duplicate keys are refused.  @where names the
 * source in the error: "where:line:column: what".  A new reference, or NULL.
 */
json_t *json_parse(const char *text, size_t len, size_t max_bytes, const char *where,
		   GError **error);

/* The same of a file. */
json_t *json_parse_file(const char *path, size_t max_bytes, GError **error);

/* Merge @over into @base, objects member by member, all else replaced.  New reference. */
json_t *json_merge(const json_t *base, const json_t *over);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

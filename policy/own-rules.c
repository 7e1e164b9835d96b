/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/own-rules.h"

#include <stdint.h>
#include <string.h>
#include "lib/error.h"
#include "lib/json.h"

typedef struct {
	guint64 number;
	const char *key, *text;
} Entry;

static int compare_entries(const void *a, const void *b)
{
	guint64 x = ((const Entry *)a)->number, y = ((const Entry *)b)->number;

	return x < y ? -1 : x > y;
}

static bool read_entries(const json_t *object, GArray *entries, const char *where,
			 GError **error)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		Entry entry = { 0, key, json_string_value(value) };

		if (!g_ascii_string_to_unsigned(key, 10, 0, UINT32_MAX, &entry.number,
						NULL))
			return xt_fail(error, XT_ERROR_INVALID,
				       "%s/%s: the name of a rule is a number", where,
				       key);
		if (!entry.text)
			return xt_fail(error, XT_ERROR_INVALID, "%s/%s: a rule is a text",
				       where, key);
		g_array_append_val(entries, entry);
	}
	g_array_sort(entries, compare_entries);
	return true;
}

static bool parse_entries(RuleSet *set, const GArray *entries, const char *where,
			  GError **error)
{
	for (unsigned int i = 0; i < entries->len; i++) {
		const Entry *entry = &g_array_index(entries, Entry, i);
		g_autofree char *source = g_strdup_printf("%s/%s", where, entry->key);

		if (!rules_parse(set, entry->text, strlen(entry->text), source, error))
			return false;
	}
	return true;
}

RuleSet *own_rules_parse(const char *dump, const char *uuid, GError **error)
{
	g_autofree char *where = g_strdup_printf("/vm/%s/" OWN_RULES_KEY, uuid);
	g_autoptr(GArray) entries = g_array_new(false, false, sizeof(Entry));
	g_autoptr(RuleSet) set = rule_set_new();
	g_autoptr(json_t)
		json = json_parse(dump, strlen(dump), RULES_TEXT_MAX, where, error);

	if (!json)
		return NULL;
	if (!json_is_object(json) && !json_is_null(json) &&
	    g_strcmp0(json_string_value(json), "") != 0) {
		xt_fail(error, XT_ERROR_INVALID, "%s: not a list of rules", where);
		return NULL;
	}

	if (!read_entries(json, entries, where, error) ||
	    !parse_entries(set, entries, where, error))
		return NULL;
	rules_bind(set, uuid);
	return g_steal_pointer(&set);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/facts.h"

struct Facts {
	GHashTable *booleans; /* name -> whether it is true */
	GHashTable *texts;
};

Facts *facts_new(void)
{
	Facts *facts = g_new0(Facts, 1);

	facts->booleans = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	facts->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return facts;
}

void facts_free(Facts *facts)
{
	if (!facts)
		return;
	g_hash_table_unref(facts->booleans);
	g_hash_table_unref(facts->texts);
	g_free(facts);
}

void facts_set_boolean(Facts *facts, const char *property, bool value)
{
	g_hash_table_insert(facts->booleans, g_strdup(property), GINT_TO_POINTER(value));
}

void facts_set_text(Facts *facts, const char *property, const char *value)
{
	g_hash_table_insert(facts->texts, g_strdup(property), g_strdup(value));
}

bool facts_get_boolean(const Facts *facts, const char *property, bool *ret_value)
{
	void *value;

	if (!facts ||
	    !g_hash_table_lookup_extended(facts->booleans, property, NULL, &value))
		return false;
	*ret_value = GPOINTER_TO_INT(value);
	return true;
}

const char *facts_get_text(const Facts *facts, const char *property)
{
	return facts ? g_hash_table_lookup(facts->texts, property) : NULL;
}

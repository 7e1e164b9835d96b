/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "policy/rules.h"
#include "tests/fuzz/fuzz.h"

/* Each rule's own text is a rule, and the same one. */
static void check_rule(const Rule *rule)
{
	g_autoptr(RuleSet) again = rule_set_new();
	const Rule *other;

	if (!rules_parse(again, rule->text, strlen(rule->text), "again", NULL) ||
	    again->rules->len != 1)
		g_error("\"%s\" is no rule the second time", rule->text);
	other = g_ptr_array_index(again->rules, 0);
	if (other->allow != rule->allow || other->kinds != rule->kinds ||
	    other->own_vm != rule->own_vm || other->stubdom != rule->stubdom)
		g_error("\"%s\" is another rule the second time", rule->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	g_autoptr(RuleSet) set = rule_set_new();
	g_autoptr(GError) error = NULL;
	bool good = rules_parse(set, (const char *)data, len, "fuzz", &error);

	if (good == (error != NULL) || (!good && set->rules->len))
		g_error("neither taken nor refused as a whole");
	for (unsigned int i = 0; i < set->rules->len; i++)
		check_rule(g_ptr_array_index(set->rules, i));
	return 0;
}

GPtrArray *fuzz_seeds(void)
{
	static const char *const texts[] = {
		"deny all\nallow out-any stubdom true # all\n",
		"allow inc-method-call dom-uuid 00000000-0000-0000-0000-00000000000a "
		"own-vm",
		"deny dom-id 5 dom-type svm dom-name x if-boolean a true if-boolean b "
		"false",
		"allow destination a.b interface c.d member e sender f.g stubdom "
		"false\r\n",
	};
	GPtrArray *seeds = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_byte_array_unref);

	for (unsigned int i = 0; i < G_N_ELEMENTS(texts); i++) {
		GByteArray *seed = g_byte_array_new();

		g_byte_array_append(seed, (const uint8_t *)texts[i], strlen(texts[i]));
		g_ptr_array_add(seeds, seed);
	}
	return seeds;
}

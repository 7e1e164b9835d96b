/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/own-rules.h"

#include "lib/error.h"

#define UUID  "00000000-0000-0000-0000-00000000000a"
#define WHERE "/vm/" UUID "/rpc-firewall-rules"

static void test_order(void)
{
	static const char dump[] = "{\"10\":\"deny member c\",\"9\":\"allow member b\","
				   "\"0\":\"allow member a\"}\n";
	static const char *const members[] = { "a", "b", "c" };
	g_autoptr(GError) error = NULL;
	g_autoptr(RuleSet) set = own_rules_parse(dump, UUID, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(set->rules->len, ==, 3);
	for (unsigned int i = 0; i < 3; i++) {
		const Rule *rule = g_ptr_array_index(set->rules, i);

		g_assert_cmpstr(rule->fields[RULE_MEMBER], ==, members[i]);
		g_assert_cmpstr(rule->fields[RULE_DOM_UUID], ==, UUID);
	}
	g_assert_cmpstr(((const Rule *)g_ptr_array_index(set->rules, 2))->source, ==,
			WHERE "/10");
}

static void test_none(void)
{
	static const char *const dumps[] = { "null\n", "{}", "\"\"" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(dumps); i++) {
		g_autoptr(RuleSet) set = own_rules_parse(dumps[i], UUID, NULL);

		g_assert_nonnull(set);
		g_assert_cmpuint(set->rules->len, ==, 0);
	}
}

static void test_mistakes(void)
{
	/* clang-format off */
	static const struct { const char *dump, *error; } rows[] = {
		{ "",				WHERE ":1:0: not JSON: " },
		{ "[\"allow all\"]",		WHERE ": not a list of rules" },
		{ "\"allow all\"",		WHERE ": not a list of rules" },
		{ "{\"a\":\"allow all\"}",	WHERE "/a: the name of a rule is a number" },
		{ "{\"-1\":\"allow all\"}",	WHERE "/-1: the name of a rule is a number" },
		{ "{\"1\":{}}",			WHERE "/1: a rule is a text" },
		{ "{\"0\":\"allow all\",\"1\":\"allow all member x\"}",
		  WHERE "/1:1:11: \"member\" after \"all\", which ends a rule" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(own_rules_parse(rows[i].dump, UUID, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		if (!g_str_has_prefix(error->message, rows[i].error))
			g_error("%s: %s", rows[i].dump, error->message);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/own/order-of-numbers", test_order);
	g_test_add_func("/rules/own/none", test_none);
	g_test_add_func("/rules/own/one-mistake-refuses-all", test_mistakes);
	return g_test_run();
}

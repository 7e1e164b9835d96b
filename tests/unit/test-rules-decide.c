/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/decide.h"

#include <string.h>

#define ME         "00000000-0000-0000-0000-00000000000a"
#define MY_PATH    "/vm/00000000_0000_0000_0000_00000000000a"
#define OTHER_PATH "/vm/00000000_0000_0000_0000_00000000000b"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static RuleSet *parse(const char *text)
{
	RuleSet *set = rule_set_new();
	GError *error = NULL;

	rules_parse(set, text, strlen(text), "r", &error);
	g_assert_no_error(error);
	return set;
}

/* "destination interface member path", "-" is one that the message lacks. */
static void read_subject(char **words, Subject *subject)
{
	const char **fields[] = { &subject->destination, &subject->interface,
				  &subject->member, &subject->path,
				  &subject->property_interface };

	for (unsigned int i = 0; i < G_N_ELEMENTS(fields) && words[i]; i++)
		*fields[i] = g_str_equal(words[i], "-") ? NULL : words[i];
	subject->about_property = g_strcmp0(subject->interface, PROPERTIES) == 0;
}

static Facts *known_facts(void)
{
	Facts *facts = facts_new();

	facts_set_boolean(facts, "yes", true);
	facts_set_boolean(facts, "no", false);
	facts_set_text(facts, "type", "syncvm");
	facts_set_text(facts, "name", "web");
	facts_set_text(facts, "text", "true");
	return facts;
}

typedef struct {
	const char *rules, *message;
	bool allow;
} Row;

static void check_rows(const Row *rows, unsigned int n, RuleDirection direction,
		       RuleKind kind, bool stubdom)
{
	g_autoptr(Facts) facts = known_facts();

	for (unsigned int i = 0; i < n; i++) {
		g_autoptr(RuleSet) global = parse(rows[i].rules);
		g_auto(GStrv) words = g_strsplit(rows[i].message, " ", 0);
		Subject subject = { .direction = direction, .kind = kind };
		Policy policy = { global, NULL, facts, ME, 5, stubdom };

		read_subject(words, &subject);
		if (decide(&policy, &subject).allow != rows[i].allow)
			g_error("\"%s\" and \"%s\": not %d", rows[i].rules,
				rows[i].message, rows[i].allow);
	}
}

#define CALL "x.db x.iface read /"

/* clang-format off */
static void test_order(void)
{
	static const Row rows[] = {
		{ "",					CALL, false },
		{ "deny all",				CALL, false },
		{ "allow all",				CALL, true },
		{ "allow all\ndeny all",		CALL, false },
		{ "deny all\nallow all",		CALL, true },
		{ "allow all\ndeny member write",	CALL, true },
		{ "allow out-any",			CALL, false },
		{ "allow inc-any",			CALL, true },
		{ "allow inc-method-call",		CALL, true },
		{ "allow inc-signal",			CALL, false },
		{ "allow inc-error",			CALL, false },
		{ "allow inc-method-return",		CALL, false },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_INC, RULE_METHOD_CALL, false);
}

static void test_fields(void)
{
	static const Row rows[] = {
		{ "allow destination x.db",			CALL, true },
		{ "allow destination x.d",			CALL, false },
		{ "allow destination x.db.y",			CALL, false },
		{ "allow interface x.iface",			CALL, true },
		{ "allow interface x",				CALL, false },
		{ "allow member read",				CALL, true },
		{ "allow member Read",				CALL, false },
		{ "allow destination x.db member read",		CALL, true },
		{ "allow destination x.db member write",	CALL, false },
		{ "allow dom-uuid " ME,				CALL, true },
		{ "allow dom-uuid 00000000-0000-0000-0000-00000000000b", CALL, false },
		{ "allow dom-id 5",				CALL, true },
		{ "allow dom-id 6",				CALL, false },
		{ "allow all\ndeny dom-id 6",			CALL, true },
		{ "allow all\ndeny dom-id 5",			CALL, false },
		/* fields that the message lacks */
		{ "allow sender x.y",				CALL, false },
		{ "allow all\ndeny sender x.y",			CALL, false },
		{ "allow interface x.iface",			"x.db - read /", false },
		{ "allow all\ndeny interface x.iface",		"x.db - read /", false },
		{ "allow all\ndeny interface x.iface member w", "x.db - read /", true },
		{ "allow destination x.db",			"- x.iface read /", false },
		{ "allow all\ndeny destination x.db",		"- x.iface read /", false },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_INC, RULE_METHOD_CALL, false);
}

static void test_own_vm(void)
{
	static const Row rows[] = {
		{ "allow own-vm",		"x.y x.i m " MY_PATH, true },
		{ "allow own-vm",		"x.y x.i m " MY_PATH "/disk/0", true },
		{ "allow own-vm",		"x.y x.i m " MY_PATH "0", false },
		{ "allow own-vm",		"x.y x.i m " OTHER_PATH, false },
		{ "allow own-vm",		"x.y x.i m /", false },
		{ "allow own-vm",		"x.y x.i m -", false },
		{ "allow all\ndeny own-vm",	"x.y x.i m " MY_PATH, false },
		{ "allow all\ndeny own-vm",	"x.y x.i m " OTHER_PATH, true },
		{ "allow all\ndeny own-vm",	"x.y x.i m -", false },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_INC, RULE_METHOD_CALL, false);
}

static void test_properties(void)
{
	static const Row rows[] = {
		{ "allow interface " PROPERTIES,  "x.y " PROPERTIES " Get / x.vm",	true },
		{ "allow interface x.vm",	  "x.y " PROPERTIES " Get / x.vm",	true },
		{ "allow interface x.vm",	  "x.y " PROPERTIES " Get / x.host",	false },
		{ "allow interface x.vm",	  "x.y x.other Get / x.vm",		false },
		{ "allow all\ndeny interface x.vm member Set",
						  "x.y " PROPERTIES " Set / x.vm",	false },
		{ "allow all\ndeny interface x.vm member Set",
						  "x.y " PROPERTIES " Get / x.vm",	true },
		{ "allow all\ndeny interface x.vm member Set",
						  "x.y " PROPERTIES " Set / x.host",	true },
		/* "any interface" */
		{ "allow all\ndeny interface x.vm member Set",
						  "x.y " PROPERTIES " Set / -",		false },
		{ "allow interface x.vm",	  "x.y " PROPERTIES " Get / -",		false },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_INC, RULE_METHOD_CALL, false);
}

static void test_conditions(void)
{
	static const Row rows[] = {
		{ "allow if-boolean yes true",				CALL, true },
		{ "allow if-boolean yes false",				CALL, false },
		{ "allow if-boolean no false",				CALL, true },
		{ "allow if-boolean no true",				CALL, false },
		{ "allow if-boolean yes true if-boolean no false",	CALL, true },
		{ "allow if-boolean yes true if-boolean no true",	CALL, false },
		{ "allow dom-type syncvm",				CALL, true },
		{ "allow dom-type svm",					CALL, false },
		{ "allow dom-name web",					CALL, true },
		{ "allow dom-name web dom-type svm",			CALL, false },
		/* nothing is known of it, or it is no boolean */
		{ "allow if-boolean other true",			CALL, false },
		{ "allow if-boolean other false",			CALL, false },
		{ "allow if-boolean text true",				CALL, false },
		{ "allow all\ndeny if-boolean other true",		CALL, false },
		{ "allow all\ndeny if-boolean text false",		CALL, false },
		{ "allow all\ndeny if-boolean yes false",		CALL, true },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_INC, RULE_METHOD_CALL, false);
}

static void test_stubdom(void)
{
	static const Row guest[] = {
		{ "allow all",			CALL, true },
		{ "allow stubdom false",	CALL, true },
		{ "allow stubdom true",		CALL, false },
		{ "allow all\ndeny stubdom true", CALL, true },
	};
	static const Row stubdom[] = {
		{ "allow all",			CALL, false },
		{ "allow stubdom false",	CALL, false },
		{ "allow stubdom true",		CALL, true },
		{ "allow stubdom true\ndeny all", CALL, true },
	};

	check_rows(guest, G_N_ELEMENTS(guest), RULE_INC, RULE_METHOD_CALL, false);
	check_rows(stubdom, G_N_ELEMENTS(stubdom), RULE_INC, RULE_METHOD_CALL, true);
}

static void test_out(void)
{
	static const Row rows[] = {
		{ "allow all",				"- x.i changed /", false },
		{ "allow out-any",			"- x.i changed /", true },
		{ "allow out-signal member changed",	"- x.i changed /", true },
		{ "allow out-signal member other",	"- x.i changed /", false },
		{ "allow out-method-call",		"- x.i changed /", false },
		{ "allow out-any\ndeny out-signal interface x.i", "- x.i changed /", false },
	};

	check_rows(rows, G_N_ELEMENTS(rows), RULE_OUT, RULE_SIGNAL, false);
}
/* clang-format on */

static void test_nothing_known(void)
{
	g_autoptr(RuleSet)
		allow = parse("allow dom-type syncvm\nallow if-boolean yes true");
	g_autoptr(RuleSet) deny = parse("allow all\ndeny dom-name web");
	Subject subject = { .direction = RULE_INC, .kind = RULE_METHOD_CALL };
	Policy policy = { allow, NULL, NULL, ME, 5, false };

	g_assert_false(decide(&policy, &subject).allow);
	policy.global = deny;
	g_assert_false(decide(&policy, &subject).allow);
}

static void test_own_rules(void)
{
	g_autoptr(RuleSet) global = parse("deny all\nallow member read");
	g_autoptr(RuleSet) own = parse("deny member read\nallow member write");
	Subject subject = { .direction = RULE_INC, .kind = RULE_METHOD_CALL };
	Policy policy = { global, own, NULL, ME, 5, false };
	Verdict verdict;

	/* They come after the global ones; where they say nothing those decide. */
	subject.member = "read";
	verdict = decide(&policy, &subject);
	g_assert_false(verdict.allow);
	g_assert_cmpstr(verdict.rule->text, ==, "deny member read");
	subject.member = "write";
	g_assert_true(decide(&policy, &subject).allow);
	subject.member = "rm";
	verdict = decide(&policy, &subject);
	g_assert_false(verdict.allow);
	g_assert_cmpstr(verdict.rule->text, ==, "deny all");
	g_assert_cmpuint(verdict.rule->line, ==, 1);

	/* Bound to another VM they say nothing. */
	rules_bind(own, "00000000-0000-0000-0000-00000000000b");
	subject.member = "write";
	g_assert_false(decide(&policy, &subject).allow);
	rules_bind(own, ME);
	g_assert_true(decide(&policy, &subject).allow);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decide/last-match-wins-none-denies", test_order);
	g_test_add_func("/decide/fields", test_fields);
	g_test_add_func("/decide/own-vm", test_own_vm);
	g_test_add_func("/decide/interface-of-a-property", test_properties);
	g_test_add_func("/decide/conditions", test_conditions);
	g_test_add_func("/decide/stubdom-is-false-when-not-written", test_stubdom);
	g_test_add_func("/decide/to-the-guest", test_out);
	g_test_add_func("/decide/nothing-known-allows-nothing", test_nothing_known);
	g_test_add_func("/decide/own-rules-come-after", test_own_rules);
	return g_test_run();
}

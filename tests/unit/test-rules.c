/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/rules.h"

#include <string.h>
#include "lib/error.h"
#include "lib/json.h"

#define UUID "00000000-0000-0000-0000-00000000000a"

/* A rule as the parser understood it, in one line. */
static char *describe(const Rule *rule)
{
	static const char *const names[] = { "destination", "interface", "member",
					     "sender", "dom-uuid" };
	GString *s = g_string_new(rule->allow ? "allow" : "deny");

	g_string_append_printf(s, " %s:%x", rule->direction == RULE_INC ? "inc" : "out",
			       rule->kinds);
	for (unsigned int i = 0; i < _RULE_N_FIELDS; i++)
		if (rule->fields[i])
			g_string_append_printf(s, " %s=%s", names[i], rule->fields[i]);
	if (rule->domid >= 0)
		g_string_append_printf(s, " domid=%d", rule->domid);
	if (rule->stubdom)
		g_string_append(s, " stubdom");
	if (rule->own_vm)
		g_string_append(s, " own-vm");
	for (unsigned int i = 0; rule->conditions && i < rule->conditions->len; i++) {
		RuleCondition *c = &g_array_index(rule->conditions, RuleCondition, i);

		g_string_append_printf(s, " if:%s=%s", c->property,
				       c->text      ? c->text
				       : c->boolean ? "<true>"
						    : "<false>");
	}
	return g_string_free(s, false);
}

static void test_words(void)
{
	/* clang-format off */
	static const struct { const char *text, *rule; } rows[] = {
		{ "allow all",				"allow inc:f" },
		{ "deny all\n",				"deny inc:f" },
		{ "allow",				"allow inc:f" },
		{ "deny inc-any",			"deny inc:f" },
		{ "allow inc-method-call all",		"allow inc:1" },
		{ "allow inc-method-return",		"allow inc:2" },
		{ "allow inc-error",			"allow inc:4" },
		{ "allow inc-signal",			"allow inc:8" },
		{ "allow out-method-call",		"allow out:1" },
		{ "allow out-method-return",		"allow out:2" },
		{ "allow out-error",			"allow out:4" },
		{ "allow out-signal",			"allow out:8" },
		{ "allow out-any",			"allow out:f" },
		{ "allow destination a.b",		"allow inc:f destination=a.b" },
		{ "allow interface a-b.c_d",		"allow inc:f interface=a-b.c_d" },
		{ "allow member 7up",			"allow inc:f member=7up" },
		{ "allow member _m",			"allow inc:f member=_m" },
		{ "allow sender a.b",			"allow inc:f sender=a.b" },
		{ "allow dom-uuid " UUID,		"allow inc:f dom-uuid=" UUID },
		{ "allow dom-uuid 00000000-0000-0000-0000-00000000000A",
							"allow inc:f dom-uuid=" UUID },
		{ "allow dom-id 0",			"allow inc:f domid=0" },
		{ "allow dom-id 32751",			"allow inc:f domid=32751" },
		{ "allow dom-type syncvm",		"allow inc:f if:type=syncvm" },
		{ "allow dom-name web",			"allow inc:f if:name=web" },
		{ "allow stubdom true",			"allow inc:f stubdom" },
		{ "allow stubdom false",		"allow inc:f" },
		{ "allow if-boolean usb true",		"allow inc:f if:usb=<true>" },
		{ "allow if-boolean usb false",		"allow inc:f if:usb=<false>" },
		{ "allow own-vm",			"allow inc:f own-vm" },
		{ "deny out-signal member m own-vm",	"deny out:8 member=m own-vm" },
		/* twice: the last counts, or they add up */
		{ "allow member a member b",		"allow inc:f member=b" },
		{ "allow stubdom true stubdom false",	"allow inc:f" },
		{ "allow dom-id 1 dom-id 2",		"allow inc:f domid=2" },
		{ "allow dom-type a dom-type b if-boolean c true",
						"allow inc:f if:type=a if:type=b if:c=<true>" },
		/* blanks and comments */
		{ " \t allow\tmember   x  # why",	"allow inc:f member=x" },
		{ "# first\n\n\nallow all# here\r\n#",	"allow inc:f" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(RuleSet) set = rule_set_new();
		g_autoptr(GError) error = NULL;
		g_autofree char *rule = NULL;

		rules_parse(set, rows[i].text, strlen(rows[i].text), "f", &error);
		g_assert_no_error(error);
		g_assert_cmpuint(set->rules->len, ==, 1);
		rule = describe(g_ptr_array_index(set->rules, 0));
		g_assert_cmpstr(rule, ==, rows[i].rule);
	}
}

#define SPECIFIERS                                                                       \
	"destination, interface, member, sender, dom-uuid, dom-id, dom-type, dom-name, " \
	"stubdom, if-boolean, own-vm"

static void test_mistakes(void)
{
	/* clang-format off */
	static const struct { const char *text, *error; } rows[] = {
		{ "permit all",			"f:1:1: \"permit\" begins no rule (allow and deny do)" },
		{ "deny all\n  Allow all",	"f:2:3: \"Allow\" begins no rule (allow and deny do)" },
		{ "allow all member x",		"f:1:11: \"member\" after \"all\", which ends a rule" },
		{ "allow domain x",		"f:1:7: \"domain\" is none of " SPECIFIERS },
		{ "allow in-signal",		"f:1:7: \"in-signal\" is none of " SPECIFIERS },
		{ "allow inc-any inc-any",	"f:1:15: \"inc-any\" is none of " SPECIFIERS },
		{ "allow destination",		"f:1:18: destination is missing" },
		{ "allow destination\nallow all",
						"f:1:18: destination is missing" },
		{ "allow destination # a.b",	"f:1:19: destination is missing" },
		{ "allow member x y",		"f:1:16: \"y\" is none of " SPECIFIERS },
		{ "allow member :1.5",		"f:1:14: \":\" does not belong here" },
		{ "allow member a*",		"f:1:15: \"*\" does not belong here" },
		{ "allow member \"a\"",		"f:1:14: \"\"\" does not belong here" },
		{ "allow member \xc3\xa4",	"f:1:14: the byte 0xc3 does not belong here" },
		{ "allow\x01",			"f:1:6: the byte 0x01 does not belong here" },
		{ "allow dom-uuid web",		"f:1:16: \"web\" is not a uuid" },
		{ "allow dom-id web",		"f:1:14: \"web\" is not a domid (0 to 32751)" },
		{ "allow dom-id 32752",		"f:1:14: \"32752\" is not a domid (0 to 32751)" },
		{ "allow dom-id -1",		"f:1:14: \"-\" does not belong here" },
		{ "allow stubdom yes",		"f:1:15: \"yes\" is neither true nor false" },
		{ "allow stubdom",		"f:1:14: true or false is missing" },
		{ "allow if-boolean",		"f:1:17: the name of a property is missing" },
		{ "allow if-boolean x",		"f:1:19: true or false is missing" },
		{ "allow if-boolean x maybe",	"f:1:20: \"maybe\" is neither true nor false" },
		/* all of them, and the good lines between do not hide one */
		{ "frob\nallow all\nallow x\ndeny *\nallow member ?\n",
		  "f:1:1: \"frob\" begins no rule (allow and deny do)\n"
		  "f:3:7: \"x\" is none of " SPECIFIERS "\n"
		  "f:4:6: \"*\" does not belong here\n"
		  "f:5:14: \"?\" does not belong here" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(RuleSet) set = rule_set_new();
		g_autoptr(GError) error = NULL;

		g_assert_true(rules_parse(set, "deny all", 8, "good", NULL));
		g_assert_false(rules_parse(set, rows[i].text, strlen(rows[i].text), "f",
					   &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_cmpstr(error->message, ==, rows[i].error);
		g_assert_cmpuint(set->rules->len, ==, 1); /* as before */
	}
}

static void test_bounds(void)
{
	g_autoptr(RuleSet) set = rule_set_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) text = g_string_new("allow member ");
	g_autofree char *word = g_strnfill(256, 'x');
	g_autofree char *much = g_strnfill(RULES_TEXT_MAX + 1, '\n');

	g_string_append(text, word);
	g_assert_false(rules_parse(set, text->str, text->len, "f", &error));
	g_assert_cmpstr(error->message, ==,
			"f:1:14: a word of 256 characters, at most 255 are taken");
	g_clear_error(&error);
	g_assert_true(rules_parse(set, text->str, text->len - 1, "f", &error));

	g_assert_false(rules_parse(set, much, RULES_TEXT_MAX + 1, "f", &error));
	g_assert_cmpstr(error->message, ==, "f: longer than 1048576 bytes");
	g_clear_error(&error);
	g_assert_true(rules_parse(set, much, RULES_TEXT_MAX, "f", &error));

	g_string_assign(text, "");
	for (unsigned int i = 0; i < 100; i++)
		g_string_append(text, "x\n");
	g_assert_false(rules_parse(set, text->str, text->len, "f", &error));
	g_assert_true(g_str_has_suffix(error->message, "\nf: and 80 more"));

	/* A byte of zero is not the end. */
	g_clear_error(&error);
	g_assert_false(rules_parse(set, "deny all\0 x", 11, "f", &error));
	g_assert_cmpstr(error->message, ==, "f:1:9: the byte 0x00 does not belong here");
}

static void test_origin(void)
{
	static const char text[] = "# comment\n\n  deny   all # no\nallow own-vm";
	g_autoptr(RuleSet) set = rule_set_new();
	const Rule *rule;

	g_assert_true(rules_parse(set, text, strlen(text), "a", NULL));
	g_assert_true(rules_parse(set, "allow all", 9, "b", NULL));
	g_assert_cmpuint(set->rules->len, ==, 3);

	rule = g_ptr_array_index(set->rules, 0);
	g_assert_cmpstr(rule->source, ==, "a");
	g_assert_cmpuint(rule->line, ==, 3);
	g_assert_cmpstr(rule->text, ==, "deny   all");
	rule = g_ptr_array_index(set->rules, 1);
	g_assert_cmpuint(rule->line, ==, 4);
	g_assert_cmpstr(rule->text, ==, "allow own-vm");
	rule = g_ptr_array_index(set->rules, 2);
	g_assert_cmpstr(rule->source, ==, "b");
}

static void test_bind(void)
{
	static const char text[] = "allow all\n"
				   "allow dom-uuid ffffffff-ffff-ffff-ffff-ffffffffffff";
	g_autoptr(RuleSet) set = rule_set_new();

	g_assert_true(rules_parse(set, text, strlen(text), "a", NULL));
	rules_bind(set, UUID);
	for (unsigned int i = 0; i < 2; i++) {
		const Rule *rule = g_ptr_array_index(set->rules, i);

		g_assert_cmpstr(rule->fields[RULE_DOM_UUID], ==, UUID);
	}
}

static void test_shipped(void)
{
	static const char *const names[] = { "rpc-proxy.rules", "openxt-001.rules" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(g_getenv("RULES_DIR"), names[i],
							 NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(RuleSet) set = rules_parse_file(path, &error);
		const Rule *first;

		g_assert_no_error(error);
		g_assert_cmpuint(set->rules->len, >, 20);
		first = g_ptr_array_index(set->rules, 0);
		g_assert_cmpstr(first->text, ==, "deny all");
	}
}

static void test_missing_file(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(rules_parse_file("/nonexistent/rules", &error));
	g_assert_cmpstr(error->message, ==,
			"/nonexistent/rules: No such file or directory");
}

/* ---- files of the real system ---- */

static void load_template_rules(const char *path)
{
	g_autoptr(json_t) template = json_parse_file(path, 1 << 20, NULL);
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(template, "rpc-firewall-rules"), key, value)
	{
		g_autoptr(RuleSet) set = rule_set_new();
		g_autoptr(GError) error = NULL;
		const char *text = json_string_value(value);

		rules_parse(set, text, strlen(text), key, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(set->rules->len, ==, 1);
	}
}

static void test_upstream(void)
{
	const char *root = g_getenv("XENMGR_UPSTREAM");
	g_autofree char *good = NULL, *bad = NULL, *templates = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(RuleSet) set = NULL;
	GDir *dir;

	if (!root) {
		g_test_skip("XENMGR_UPSTREAM names no files of the real system");
		return;
	}
	good = g_build_filename(root, "rules", "current.rules", NULL);
	bad = g_build_filename(root, "rules", "invalid-sample.rules", NULL);
	templates = g_build_filename(root, "templates", NULL);

	set = rules_parse_file(good, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(set->rules->len, ==, 33);

	g_assert_null(rules_parse_file(bad, &error));
	g_assert_true(g_str_has_prefix(error->message, bad));
	g_assert_true(g_str_has_prefix(error->message + strlen(bad), ":2:7: \"domain\""));
	g_clear_error(&error);

	dir = g_dir_open(templates, 0, &error);
	g_assert_no_error(error);
	for (const char *name; (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(templates, name, NULL);

		load_template_rules(path);
	}
	g_dir_close(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/every-word-parses", test_words);
	g_test_add_func("/rules/every-mistake-is-told-with-its-place", test_mistakes);
	g_test_add_func("/rules/text-is-bounded", test_bounds);
	g_test_add_func("/rules/rules-know-where-they-are-from", test_origin);
	g_test_add_func("/rules/bound-rules-are-of-one-vm", test_bind);
	g_test_add_func("/rules/shipped-files-load", test_shipped);
	g_test_add_func("/rules/missing-file-is-an-error", test_missing_file);
	g_test_add_func("/rules/files-of-the-real-system", test_upstream);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/rules.h"

/*
 * The grammar:
 *
 *   rules     := { EOL } { rule EOL { EOL } }        the last EOL may be missing
 *   rule      := ( "allow" | "deny" ) [ subject ] match
 *   subject   := ( "inc" | "out" ) "-" ( "method-call" | "method-return" | "error" |
 *                "signal" | "any" )                  one word; omitted: inc-any
 *   match     := "all" | { specifier }               none: the same as all
 *   specifier := "destination" WORD | "interface" WORD | "member" WORD | "sender" WORD
 *              | "dom-uuid" UUID | "dom-id" NUMBER | "dom-type" WORD | "dom-name" WORD
 *              | "stubdom" BOOLEAN | "if-boolean" WORD BOOLEAN | "own-vm"
 *   BOOLEAN   := "true" | "false"
 *   WORD      := a letter, digit or _, then any of A-Z a-z 0-9 _ . -
 *
 * Words stand apart by blanks.  "#" begins a comment, up to the end of the line.  Of a
 * specifier that is there twice the last counts, but if-boolean, dom-type and dom-name
 * add up.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/error.h"
#include "lib/uuid.h"

#define ERRORS_MAX 20
#define DOMID_MAX  0x7fef /* the first reserved one is above it */

typedef enum {
	TOKEN_WORD,
	TOKEN_EOL,
	TOKEN_END,
	TOKEN_BAD, /* already complained of */
} TokenType;

typedef struct {
	TokenType type;
	unsigned int line, column;
	const char *start;
	size_t len;
} Token;

typedef struct {
	const char *source;
	const char *at, *end;
	const char *line_start;
	unsigned int line;
	Token token;          /* the next one */
	const char *last_end; /* of the word before it */
	GString *errors;
	unsigned int n_errors;
	GPtrArray *rules;
} Parser;

static G_GNUC_PRINTF(3, 4) void complain(Parser *p, const Token *at, const char *format,
					 ...)
{
	va_list args;

	if (p->n_errors++ >= ERRORS_MAX)
		return;
	if (p->errors->len)
		g_string_append_c(p->errors, '\n');
	g_string_append_printf(p->errors, "%s:%u:%u: ", p->source, at->line, at->column);
	va_start(args, format);
	g_string_append_vprintf(p->errors, format, args);
	va_end(args);
}

/* ---- words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool begins_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static bool is_word(char c)
{
	return begins_word(c) || c == '.' || c == '-';
}

static void skip_blanks(Parser *p)
{
	while (p->at < p->end && is_blank(*p->at))
		p->at++;
}

static void skip_comment(Parser *p)
{
	if (p->at < p->end && *p->at == '#')
		while (p->at < p->end && *p->at != '\n')
			p->at++;
}

static void bad_character(Parser *p)
{
	unsigned char c = *p->at;

	p->token.type = TOKEN_BAD;
	if (g_ascii_isprint(c))
		complain(p, &p->token, "\"%c\" does not belong here", c);
	else
		complain(p, &p->token, "the byte 0x%02x does not belong here", c);
}

static void next(Parser *p)
{
	p->last_end = p->at;
	skip_blanks(p);
	p->token = (Token){
		.type = TOKEN_WORD,
		.line = p->line,
		.column = p->at - p->line_start + 1,
		.start = p->at,
	};
	skip_comment(p);

	if (p->at == p->end) {
		p->token.type = TOKEN_END;
	} else if (*p->at == '\n') {
		p->token.type = TOKEN_EOL;
		p->line_start = ++p->at;
		p->line++;
	} else if (!begins_word(*p->at)) {
		bad_character(p);
	} else {
		while (p->at < p->end && is_word(*p->at))
			p->at++;
		p->token.len = p->at - p->token.start;
		if (p->at < p->end && !is_blank(*p->at) && *p->at != '\n' &&
		    *p->at != '#') {
			p->token.column += p->token.len;
			bad_character(p);
		} else if (p->token.len > RULES_WORD_MAX) {
			complain(p, &p->token,
				 "a word of %zu characters, at most %d are taken",
				 p->token.len, RULES_WORD_MAX);
			p->token.type = TOKEN_BAD;
		}
	}
}

static bool next_is(const Parser *p, const char *word)
{
	return p->token.type == TOKEN_WORD && strlen(word) == p->token.len &&
	       memcmp(word, p->token.start, p->token.len) == 0;
}

/* The next word, of which @what says what it should be. */
static char *take_word(Parser *p, const char *what)
{
	char *word;

	if (p->token.type != TOKEN_WORD) {
		if (p->token.type != TOKEN_BAD)
			complain(p, &p->token, "%s is missing", what);
		return NULL;
	}
	word = g_strndup(p->token.start, p->token.len);
	next(p);
	return word;
}

static bool take_boolean(Parser *p, bool *ret_value)
{
	if (!next_is(p, "true") && !next_is(p, "false")) {
		if (p->token.type == TOKEN_WORD)
			complain(p, &p->token, "\"%.*s\" is neither true nor false",
				 (int)p->token.len, p->token.start);
		else if (p->token.type != TOKEN_BAD)
			complain(p, &p->token, "true or false is missing");
		return false;
	}
	*ret_value = next_is(p, "true");
	next(p);
	return true;
}

/* ---- a rule ---- */

static void condition_clear(void *data)
{
	RuleCondition *condition = data;

	g_free(condition->property);
	g_free(condition->text);
}

static void rule_free(void *data)
{
	Rule *rule = data;

	for (unsigned int i = 0; i < _RULE_N_FIELDS; i++)
		g_free(rule->fields[i]);
	if (rule->conditions)
		g_array_unref(rule->conditions);
	g_free(rule->text);
	g_free(rule);
}

static void add_condition(Rule *rule, RuleCondition condition)
{
	if (!rule->conditions) {
		rule->conditions = g_array_new(false, false, sizeof(RuleCondition));
		g_array_set_clear_func(rule->conditions, condition_clear);
	}
	g_array_append_val(rule->conditions, condition);
}

typedef struct Specifier Specifier;

struct Specifier {
	const char *word;
	bool (*parse)(Parser *p, Rule *rule, const Specifier *spec);
	RuleField field;
	const char *property;
};

static bool parse_field(Parser *p, Rule *rule, const Specifier *spec)
{
	char *word = take_word(p, spec->word);

	if (!word)
		return false;
	g_free(rule->fields[spec->field]);
	rule->fields[spec->field] = word;
	return true;
}

static bool parse_uuid(Parser *p, Rule *rule, const Specifier *spec)
{
	Token at = p->token;
	g_autofree char *word = take_word(p, "a uuid");
	char *uuid = word ? uuid_normalize(word) : NULL;

	if (!uuid) {
		if (word)
			complain(p, &at, "\"%s\" is not a uuid", word);
		return false;
	}
	g_free(rule->fields[spec->field]);
	rule->fields[spec->field] = uuid;
	return true;
}

static bool parse_domid(Parser *p, Rule *rule, const Specifier *spec)
{
	Token at = p->token;
	g_autofree char *word = take_word(p, "a domid");
	guint64 domid;

	if (!word)
		return false;
	if (!g_ascii_string_to_unsigned(word, 10, 0, DOMID_MAX, &domid, NULL)) {
		complain(p, &at, "\"%s\" is not a domid (0 to %d)", word, DOMID_MAX);
		return false;
	}
	rule->domid = domid;
	return true;
}

static bool parse_stubdom(Parser *p, Rule *rule, const Specifier *spec)
{
	return take_boolean(p, &rule->stubdom);
}

static bool parse_own_vm(Parser *p, Rule *rule, const Specifier *spec)
{
	return rule->own_vm = true;
}

static bool parse_text_property(Parser *p, Rule *rule, const Specifier *spec)
{
	char *text = take_word(p, spec->word);

	if (!text)
		return false;
	add_condition(rule, (RuleCondition){ g_strdup(spec->property), text, false });
	return true;
}

static bool parse_if_boolean(Parser *p, Rule *rule, const Specifier *spec)
{
	g_autofree char *property = take_word(p, "the name of a property");
	bool value;

	if (!property || !take_boolean(p, &value))
		return false;
	add_condition(rule, (RuleCondition){ g_steal_pointer(&property), NULL, value });
	return true;
}

/* clang-format off */
static const Specifier specifiers[] = {
	{ "destination", parse_field,		RULE_DESTINATION },
	{ "interface",	 parse_field,		RULE_INTERFACE },
	{ "member",	 parse_field,		RULE_MEMBER },
	{ "sender",	 parse_field,		RULE_SENDER },
	{ "dom-uuid",	 parse_uuid,		RULE_DOM_UUID },
	{ "dom-id",	 parse_domid },
	{ "dom-type",	 parse_text_property,	.property = "type" },
	{ "dom-name",	 parse_text_property,	.property = "name" },
	{ "stubdom",	 parse_stubdom },
	{ "if-boolean",	 parse_if_boolean },
	{ "own-vm",	 parse_own_vm },
};

static const struct {
	const char *word;
	RuleDirection direction;
	unsigned int kinds;
} subjects[] = {
	{ "inc-method-call",	RULE_INC, RULE_METHOD_CALL },
	{ "inc-method-return",	RULE_INC, RULE_METHOD_RETURN },
	{ "inc-error",		RULE_INC, RULE_ERROR },
	{ "inc-signal",		RULE_INC, RULE_SIGNAL },
	{ "inc-any",		RULE_INC, RULE_ANY_KIND },
	{ "out-method-call",	RULE_OUT, RULE_METHOD_CALL },
	{ "out-method-return",	RULE_OUT, RULE_METHOD_RETURN },
	{ "out-error",		RULE_OUT, RULE_ERROR },
	{ "out-signal",		RULE_OUT, RULE_SIGNAL },
	{ "out-any",		RULE_OUT, RULE_ANY_KIND },
};
/* clang-format on */

static bool parse_specifier(Parser *p, Rule *rule)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (unsigned int i = 0; i < G_N_ELEMENTS(specifiers); i++) {
		if (next_is(p, specifiers[i].word)) {
			next(p);
			return specifiers[i].parse(p, rule, &specifiers[i]);
		}
		g_string_append_printf(known, "%s%s", i ? ", " : "", specifiers[i].word);
	}
	if (p->token.type == TOKEN_WORD)
		complain(p, &p->token, "\"%.*s\" is none of %s", (int)p->token.len,
			 p->token.start, known->str);
	return false;
}

static bool at_end_of_rule(const Parser *p)
{
	return p->token.type == TOKEN_EOL || p->token.type == TOKEN_END;
}

static bool parse_match(Parser *p, Rule *rule)
{
	if (next_is(p, "all")) {
		next(p);
		if (p->token.type == TOKEN_WORD)
			complain(p, &p->token,
				 "\"%.*s\" after \"all\", which ends a rule",
				 (int)p->token.len, p->token.start);
		return at_end_of_rule(p);
	}

	while (!at_end_of_rule(p))
		if (!parse_specifier(p, rule))
			return false;
	return true;
}

static void parse_subject(Parser *p, Rule *rule)
{
	rule->direction = RULE_INC;
	rule->kinds = RULE_ANY_KIND;

	for (unsigned int i = 0; i < G_N_ELEMENTS(subjects); i++) {
		if (next_is(p, subjects[i].word)) {
			rule->direction = subjects[i].direction;
			rule->kinds = subjects[i].kinds;
			next(p);
			return;
		}
	}
}

static bool parse_verdict(Parser *p, Rule *rule)
{
	rule->allow = next_is(p, "allow");
	if (!rule->allow && !next_is(p, "deny")) {
		if (p->token.type == TOKEN_WORD)
			complain(p, &p->token,
				 "\"%.*s\" begins no rule (allow and deny do)",
				 (int)p->token.len, p->token.start);
		return false;
	}
	next(p);
	return true;
}

static void parse_rule(Parser *p)
{
	const char *start = p->token.start;
	Rule *rule = g_new0(Rule, 1);

	rule->domid = -1;
	rule->line = p->token.line;
	rule->source = p->source;

	if (!parse_verdict(p, rule)) {
		rule_free(rule);
		return;
	}
	parse_subject(p, rule);
	if (!parse_match(p, rule)) {
		rule_free(rule);
		return;
	}
	rule->text = g_strndup(start, p->last_end - start);
	g_ptr_array_add(p->rules, rule);
}

/* After a mistake go on with the next line, to tell all of them. */
static void skip_line(Parser *p)
{
	if (p->token.type == TOKEN_EOL)
		return;
	while (p->at < p->end && *p->at != '\n')
		p->at++;
	next(p);
}

static void parse_rules(Parser *p)
{
	next(p);
	while (p->token.type != TOKEN_END) {
		unsigned int before = p->n_errors;

		if (p->token.type == TOKEN_EOL) {
			next(p);
			continue;
		}
		if (p->token.type != TOKEN_BAD)
			parse_rule(p);
		if (p->n_errors > before || p->token.type == TOKEN_BAD)
			skip_line(p);
	}
}

/* ---- sets ---- */

RuleSet *rule_set_new(void)
{
	RuleSet *set = g_new0(RuleSet, 1);

	set->rules = g_ptr_array_new_with_free_func(rule_free);
	set->sources = g_ptr_array_new_with_free_func(g_free);
	return set;
}

void rule_set_free(RuleSet *set)
{
	if (!set)
		return;
	g_ptr_array_unref(set->rules);
	g_ptr_array_unref(set->sources);
	g_free(set);
}

bool rules_parse(RuleSet *set, const char *text, size_t len, const char *source,
		 GError **error)
{
	g_autoptr(GString) errors = g_string_new(NULL);
	g_autofree char *own_source = g_strdup(source);
	Parser p = {
		.source = own_source,
		.at = text,
		.end = text + len,
		.line_start = text,
		.line = 1,
		.errors = errors,
		.rules = g_ptr_array_new_with_free_func(rule_free),
	};

	if (len > RULES_TEXT_MAX) {
		g_ptr_array_unref(p.rules);
		return xt_fail(error, XT_ERROR_INVALID, "%s: longer than %d bytes",
			       source, RULES_TEXT_MAX);
	}

	parse_rules(&p);
	if (p.n_errors > ERRORS_MAX)
		g_string_append_printf(errors, "\n%s: and %u more", source,
				       p.n_errors - ERRORS_MAX);
	if (p.n_errors) {
		g_ptr_array_unref(p.rules);
		return xt_fail(error, XT_ERROR_INVALID, "%s", errors->str);
	}

	g_ptr_array_extend_and_steal(set->rules, p.rules);
	g_ptr_array_add(set->sources, g_steal_pointer(&own_source));
	return true;
}

/* At most one byte more than is taken: rules_parse() tells when that is too many. */
static char *read_bounded(const char *path, size_t *ret_len, GError **error)
{
	g_autofree char *text = g_malloc(RULES_TEXT_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		return NULL;
	}
	len = fread(text, 1, RULES_TEXT_MAX + 1, file);
	if (ferror(file)) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		fclose(file);
		return NULL;
	}
	fclose(file);
	*ret_len = len;
	return g_steal_pointer(&text);
}

RuleSet *rules_parse_file(const char *path, GError **error)
{
	g_autoptr(RuleSet) set = rule_set_new();
	size_t len;
	g_autofree char *text = read_bounded(path, &len, error);

	if (!text || !rules_parse(set, text, len, path, error))
		return NULL;
	return g_steal_pointer(&set);
}

void rules_bind(RuleSet *set, const char *uuid)
{
	for (unsigned int i = 0; i < set->rules->len; i++) {
		Rule *rule = g_ptr_array_index(set->rules, i);

		g_free(rule->fields[RULE_DOM_UUID]);
		rule->fields[RULE_DOM_UUID] = g_strdup(uuid);
	}
}

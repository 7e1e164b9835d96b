/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/names.h"

#include <glib.h>
#include <string.h>

#define OPENXT "com.citrix.xenclient."

/* Keywords, and macros and variables of the headers that generated code includes: the
 * house's warnings are errors, and a parameter may not shadow a variable. */
static const char *const c_words[] = {
	"asm",	    "auto",	"bool",	    "break",	"case",	    "char",
	"const",    "continue", "daylight", "default",	"do",	    "double",
	"else",	    "enum",	"environ",  "errno",	"extern",   "false",
	"float",    "for",	"goto",	    "if",	"inline",   "int",
	"linux",    "long",	"optarg",   "opterr",	"optind",   "optopt",
	"program_invocation_name",	    "program_invocation_short_name",
	"register", "restrict", "return",   "short",	"signed",   "sizeof",
	"static",   "stderr",	"stdin",    "stdout",	"struct",   "switch",
	"sys_siglist",		"timezone", "true",	"typedef",  "typeof",
	"tzname",   "union",	"unix",	    "unsigned", "void",	    "volatile",
	"while",    NULL,
};

/* A letter or "_", then also digits, and @more. */
static bool is_word(const char *word, size_t len, const char *more)
{
	if (!len || len > NAMES_MAX || !(g_ascii_isalpha(*word) || *word == '_'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!g_ascii_isalnum(word[i]) && word[i] != '_' && !strchr(more, word[i]))
			return false;
	return true;
}

/* Two words or more between dots. */
static bool is_dotted(const char *name, const char *more)
{
	const char *dot;
	unsigned int parts = 1;

	if (strlen(name) > NAMES_MAX)
		return false;
	for (; (dot = strchr(name, '.')); name = dot + 1, parts++)
		if (!is_word(name, dot - name, more))
			return false;
	return parts > 1 && is_word(name, strlen(name), more);
}

bool names_is_interface(const char *name)
{
	return is_dotted(name, "");
}

bool names_is_service(const char *name)
{
	return is_dotted(name, "-");
}

bool names_is_member(const char *name)
{
	return is_word(name, strlen(name), "");
}

bool names_is_dashed_member(const char *name)
{
	return is_word(name, strlen(name), "-");
}

bool names_is_identifier(const char *name)
{
	return is_word(name, strlen(name), "");
}

char *names_snake(const char *name)
{
	GString *snake = g_string_new(NULL);

	for (const char *p = name; *p; p++) {
		/* a word begins: "sayHello", and the "B" of "DBus" */
		bool begins = p > name && g_ascii_isupper(*p) &&
			      (g_ascii_islower(p[-1]) || g_ascii_isdigit(p[-1]) ||
			       (g_ascii_isupper(p[-1]) && g_ascii_islower(p[1])));

		if (begins)
			g_string_append_c(snake, '_');
		g_string_append_c(snake, *p == '-' || *p == '.' ? '_' : g_ascii_tolower(*p));
	}
	return g_string_free(snake, FALSE);
}

char *names_camel(const char *snake)
{
	GString *camel = g_string_new(NULL);
	bool begins = true;

	for (const char *p = snake; *p; p++) {
		if (*p != '_')
			g_string_append_c(camel, begins ? g_ascii_toupper(*p) : *p);
		begins = *p == '_';
	}
	return g_string_free(camel, FALSE);
}

char *names_upper(const char *snake)
{
	return g_ascii_strup(snake, -1);
}

char *names_prefix(const char *interface)
{
	const char *rest = interface;
	g_autofree char *snake = NULL;

	if (g_str_has_prefix(interface, OPENXT))
		rest += strlen(OPENXT);
	snake = names_snake(rest);
	return g_strconcat(snake, "_rpc", NULL);
}

char *names_c(const char *snake, const char *const *taken)
{
	bool reserved = g_strv_contains(c_words, snake) ||
			(taken && g_strv_contains(taken, snake));

	return g_strconcat(snake, reserved ? "_" : "", NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

/* ---- signatures ---- */

#define DEPTH_MAX 32	 /* of arrays and of structs in a signature, as in D-Bus */
#define SIGNATURE_MAX 255

static bool is_basic(char code)
{
	return code && strchr("ybnqiuxtdsogh", code);
}

/* Behind the complete type at @p; NULL if there is none. */
static const char *check_type(const char *p, int depth)
{
	if (depth > 2 * DEPTH_MAX)
		return NULL;
	if (is_basic(*p) || *p == 'v')
		return p + 1;
	if (*p == 'a' && p[1] == '{') {
		if (!is_basic(p[2]))
			return NULL;
		p = check_type(p + 3, depth + 1);
		return p && *p == '}' ? p + 1 : NULL;
	}
	if (*p == 'a')
		return check_type(p + 1, depth + 1);
	if (*p == '(' && p[1] != ')') {
		for (p++; p && *p != ')';)
			p = check_type(p, depth + 1);
		return p ? p + 1 : NULL;
	}
	return NULL;
}

bool text_signature_valid(const char *signature)
{
	if (strlen(signature) > SIGNATURE_MAX)
		return false;
	while (signature && *signature)
		signature = check_type(signature, 0);
	return signature != NULL;
}

/* ---- typed: scalars ---- */

typedef struct {
	char code;
	const char *name;
	int64_t min;
	uint64_t max;
} Range;

/* clang-format off */
static const Range ranges[] = {
	{ 'y', "byte",	 0,	    UINT8_MAX },
	{ 'n', "int16",	 INT16_MIN, INT16_MAX },
	{ 'q', "uint16", 0,	    UINT16_MAX },
	{ 'i', "int32",	 INT32_MIN, INT32_MAX },
	{ 'u', "uint32", 0,	    UINT32_MAX },
	{ 'x', "int64",	 INT64_MIN, INT64_MAX },
	{ 't', "uint64", 0,	    UINT64_MAX },
};
/* clang-format on */

static const Range *range_of(char code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		if (ranges[i].code == code)
			return &ranges[i];
	return NULL;
}

static RpcValue *fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static RpcValue *fail(GError **error, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list ap;

	va_start(ap, format);
	message = g_strdup_vprintf(format, ap);
	va_end(ap);
	g_set_error_literal(error, XT_ERROR, XT_ERROR_INVALID, message);
	return NULL;
}

static RpcValue *new_signed(char code, int64_t n)
{
	switch (code) {
	case 'n':
		return rpc_value_new_int16(n);
	case 'i':
		return rpc_value_new_int32(n);
	default:
		return rpc_value_new_int64(n);
	}
}

static RpcValue *new_unsigned(char code, uint64_t n)
{
	switch (code) {
	case 'y':
		return rpc_value_new_byte(n);
	case 'q':
		return rpc_value_new_uint16(n);
	case 'u':
		return rpc_value_new_uint32(n);
	default:
		return rpc_value_new_uint64(n);
	}
}

static RpcValue *parse_integer(const char *word, const Range *range, GError **error)
{
	bool negative = word[0] == '-';
	const char *digits = word + negative;
	uint64_t n;

	if (!*digits || digits[strspn(digits, "0123456789")])
		return fail(error, "'%s' is not a number", word);

	errno = 0;
	n = strtoull(digits, NULL, 10);
	if (errno || n > (negative ? -(uint64_t)range->min : range->max))
		return fail(error,
			    "'%s' is out of range: %s is %" PRIi64 " to %" PRIu64, word,
			    range->name, range->min, range->max);
	if (range->min)
		return new_signed(range->code, negative ? -n : n);
	return new_unsigned(range->code, n);
}

static RpcValue *parse_double(const char *word, GError **error)
{
	char *end;
	double n = g_ascii_strtod(word, &end);

	if (end == word || *end || g_ascii_isspace(word[0]))
		return fail(error, "'%s' is not a number", word);
	return rpc_value_new_double(n);
}

static RpcValue *parse_boolean(const char *word, GError **error)
{
	if (g_str_equal(word, "true") || g_str_equal(word, "1"))
		return rpc_value_new_boolean(true);
	if (g_str_equal(word, "false") || g_str_equal(word, "0"))
		return rpc_value_new_boolean(false);
	return fail(error, "'%s' is not a boolean: true or false", word);
}

static bool is_object_path(const char *text)
{
	if (text[0] != '/')
		return false;
	if (!text[1])
		return true;
	for (const char *p = text; *p; p++)
		if (*p == '/' ? (p[1] == '/' || !p[1]) : !(g_ascii_isalnum(*p) || *p == '_'))
			return false;
	return true;
}

static RpcValue *parse_string(const char *text, char code, GError **error)
{
	if (!g_utf8_validate(text, -1, NULL))
		return fail(error, "not UTF-8");
	if (code == 'o' && !is_object_path(text))
		return fail(error, "'%s' is not an object path", text);
	if (code == 'g' && !text_signature_valid(text))
		return fail(error, "'%s' is not a signature", text);

	switch (code) {
	case 'o':
		return rpc_value_new_object_path(text);
	case 'g':
		return rpc_value_new_signature(text);
	default:
		return rpc_value_new_string(text);
	}
}

static RpcValue *parse_scalar(const char *word, char code, GError **error)
{
	const Range *range = range_of(code);

	if (range)
		return parse_integer(word, range, error);
	switch (code) {
	case 'd':
		return parse_double(word, error);
	case 'b':
		return parse_boolean(word, error);
	case 'h':
		return fail(error, "a file descriptor cannot be given");
	default:
		return parse_string(word, code, error);
	}
}

/* ---- typed: containers ---- */

typedef struct {
	const char *text, *p;
	int variants; /* the signature bounds all other nesting */
} Cursor;

static RpcValue *parse_value(Cursor *c, const char *signature, GError **error);

static RpcValue *fail_at(const Cursor *c, const char *want, GError **error)
{
	return fail(error, "%s expected at character %zu of '%s'", want,
		    (size_t)(c->p - c->text) + 1, c->text);
}

static char peek(Cursor *c)
{
	while (*c->p && strchr(" \t\n", *c->p))
		c->p++;
	return *c->p;
}

static bool take(Cursor *c, char want)
{
	if (peek(c) != want)
		return false;
	c->p++;
	return true;
}

static char *take_quoted(Cursor *c, GError **error)
{
	char quote = peek(c);
	g_autoptr(GString) s = g_string_new(NULL);

	if (quote != '"' && quote != '\'') {
		fail_at(c, "a quote (\" or ')", error);
		return NULL;
	}
	for (c->p++; *c->p != quote; c->p++) {
		if (*c->p == '\\' && (c->p[1] == '\\' || c->p[1] == quote))
			c->p++;
		if (!*c->p) {
			fail_at(c, "the closing quote", error);
			return NULL;
		}
		g_string_append_c(s, *c->p);
	}
	c->p++;
	return g_string_free(g_steal_pointer(&s), FALSE);
}

static char *take_word(Cursor *c)
{
	size_t len;
	char *word;

	peek(c);
	len = strcspn(c->p, " \t\n,:[]{}");
	word = g_strndup(c->p, len);
	c->p += len;
	return word;
}

static RpcValue *parse_nested_scalar(Cursor *c, char code, GError **error)
{
	g_autofree char *word = strchr("sog", code) ? take_quoted(c, error) : take_word(c);

	return word ? parse_scalar(word, code, error) : NULL;
}

static RpcValue *parse_array(Cursor *c, const char *signature, GError **error)
{
	g_autoptr(RpcValue) array = rpc_value_new_container(signature);

	if (!take(c, '['))
		return fail_at(c, "'['", error);
	if (take(c, ']'))
		return g_steal_pointer(&array);
	do {
		RpcValue *item = parse_value(c, signature + 1, error);

		if (!item)
			return NULL;
		rpc_value_take(array, item);
	} while (take(c, ','));
	if (!take(c, ']'))
		return fail_at(c, "',' or ']'", error);
	return g_steal_pointer(&array);
}

static RpcValue *parse_entry(Cursor *c, const char *signature, GError **error)
{
	g_autoptr(RpcValue) entry = rpc_value_new_container(signature);
	g_autofree char *value_type = g_strndup(signature + 2, strlen(signature) - 3);
	RpcValue *item = parse_nested_scalar(c, signature[1], error);

	if (!item)
		return NULL;
	rpc_value_take(entry, item);
	if (!take(c, ':'))
		return fail_at(c, "':'", error);
	item = parse_value(c, value_type, error);
	if (!item)
		return NULL;
	rpc_value_take(entry, item);
	return g_steal_pointer(&entry);
}

static RpcValue *parse_dict(Cursor *c, const char *signature, GError **error)
{
	g_autoptr(RpcValue) dict = rpc_value_new_container(signature);

	if (!take(c, '{'))
		return fail_at(c, "'{'", error);
	if (take(c, '}'))
		return g_steal_pointer(&dict);
	do {
		RpcValue *entry = parse_entry(c, signature + 1, error);

		if (!entry)
			return NULL;
		rpc_value_take(dict, entry);
	} while (take(c, ','));
	if (!take(c, '}'))
		return fail_at(c, "',' or '}'", error);
	return g_steal_pointer(&dict);
}

static RpcValue *parse_struct(Cursor *c, const char *signature, GError **error)
{
	g_autoptr(RpcValue) members = rpc_value_new_container(signature);

	if (!take(c, '['))
		return fail_at(c, "'['", error);
	for (const char *s = signature + 1; *s != ')'; s = rpc_signature_next(s)) {
		g_autofree char *type = g_strndup(s, rpc_signature_next(s) - s);
		RpcValue *item;

		if (members->items->len && !take(c, ','))
			return fail_at(c, "','", error);
		item = parse_value(c, type, error);
		if (!item)
			return NULL;
		rpc_value_take(members, item);
	}
	if (!take(c, ']'))
		return fail_at(c, "']'", error);
	return g_steal_pointer(&members);
}

static RpcValue *parse_variant(Cursor *c, GError **error)
{
	g_autoptr(RpcValue) variant = NULL;
	g_autofree char *type = NULL;
	RpcValue *item;
	size_t len;

	peek(c);
	len = strcspn(c->p, ":");
	type = g_strndup(c->p, len);
	if (!c->p[len] || !*type || !text_signature_valid(type) || *rpc_signature_next(type))
		return fail_at(c, "a type and ':'", error);
	if (++c->variants > DEPTH_MAX)
		return fail(error, "variants too deep");

	c->p += len + 1;
	item = parse_value(c, type, error);
	if (!item)
		return NULL;
	c->variants--;
	variant = rpc_value_new_container("v");
	rpc_value_take(variant, item);
	return g_steal_pointer(&variant);
}

static RpcValue *parse_value(Cursor *c, const char *signature, GError **error)
{
	switch (signature[0]) {
	case 'a':
		return signature[1] == '{' ? parse_dict(c, signature, error) :
					     parse_array(c, signature, error);
	case '(':
		return parse_struct(c, signature, error);
	case 'v':
		return parse_variant(c, error);
	default:
		return parse_nested_scalar(c, signature[0], error);
	}
}

/* The value of a top variant is itself at the top: "s:some text" needs no quotes. */
static RpcValue *parse_top_variant(const char *text, GError **error)
{
	const char *colon = strchr(text, ':');
	g_autofree char *type = colon ? g_strndup(text, colon - text) : NULL;
	g_autoptr(RpcValue) variant = NULL;
	RpcValue *item;

	if (!type || !*type || !text_signature_valid(type) || *rpc_signature_next(type))
		return fail(error, "'%s' does not begin with a type and ':'", text);
	item = text_parse(colon + 1, type, error);
	if (!item)
		return NULL;
	variant = rpc_value_new_container("v");
	rpc_value_take(variant, item);
	return g_steal_pointer(&variant);
}

RpcValue *text_parse(const char *text, const char *signature, GError **error)
{
	g_autoptr(RpcValue) value = NULL;
	Cursor c = { text, text, 0 };

	if (is_basic(signature[0]))
		return parse_scalar(text, signature[0], error);
	if (signature[0] == 'v' && text[0] != 'v')
		return parse_top_variant(text, error);

	value = parse_value(&c, signature, error);
	if (value && peek(&c))
		return fail_at(&c, "the end", error);
	return g_steal_pointer(&value);
}

/* ---- printed ---- */

static void print_double(GString *out, double n)
{
	char buf[G_ASCII_DTOSTR_BUF_SIZE];

	/* the shortest text that is this number */
	for (int digits = 15; digits <= 17; digits++) {
		char format[] = "%.15g";

		format[3] = '0' + digits - 10;
		g_ascii_formatd(buf, sizeof(buf), format, n);
		if (g_ascii_strtod(buf, NULL) == n)
			break;
	}
	g_string_append(out, buf);
	if (!buf[strspn(buf, "-0123456789")])
		g_string_append(out, ".0");
}

static void print_lines(GString *out, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		if (i)
			g_string_append_c(out, '\n');
		text_print(out, g_ptr_array_index(items, i));
	}
}

static void print_entry(GString *out, const RpcValue *entry)
{
	g_autoptr(GString) key = g_string_new("\"");

	text_print(key, g_ptr_array_index(entry->items, 0));
	g_string_append_c(key, '"');
	g_string_append(out, key->str);
	for (glong width = g_utf8_strlen(key->str, -1); width < 30; width++)
		g_string_append_c(out, ' ');
	g_string_append(out, " = ");
	text_print(out, g_ptr_array_index(entry->items, 1));
}

static void print_dict(GString *out, const GPtrArray *entries)
{
	g_string_append(out, "{\n");
	for (guint i = 0; i < entries->len; i++) {
		g_string_append(out, "  ");
		print_entry(out, g_ptr_array_index(entries, i));
		g_string_append_c(out, '\n');
	}
	g_string_append_c(out, '}');
}

static void print_integer(GString *out, const RpcValue *value)
{
	switch (value->signature[0]) {
	case 'y':
		g_string_append_printf(out, "%u", value->byte);
		break;
	case 'n':
		g_string_append_printf(out, "%d", value->int16);
		break;
	case 'q':
		g_string_append_printf(out, "%u", value->uint16);
		break;
	case 'i':
		g_string_append_printf(out, "%" PRIi32, value->int32);
		break;
	case 'u':
		g_string_append_printf(out, "%" PRIu32, value->uint32);
		break;
	case 'x':
		g_string_append_printf(out, "%" PRIi64, value->int64);
		break;
	case 't':
		g_string_append_printf(out, "%" PRIu64, value->uint64);
		break;
	case 'h':
		g_string_append_printf(out, "%d", value->fd);
		break;
	default:
		g_assert_not_reached();
	}
}

void text_print(GString *out, const RpcValue *value)
{
	switch (value->signature[0]) {
	case 'b':
		g_string_append(out, value->boolean ? "true" : "false");
		break;
	case 'd':
		print_double(out, value->real);
		break;
	case 's':
	case 'o':
	case 'g':
		g_string_append(out, value->string);
		break;
	case 'a':
		if (value->signature[1] == '{')
			print_dict(out, value->items);
		else
			print_lines(out, value->items);
		break;
	case '(':
	case 'v':
		print_lines(out, value->items);
		break;
	case '{':
		print_entry(out, value);
		break;
	default:
		print_integer(out, value);
	}
}

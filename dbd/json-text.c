/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/json-text.h"

#include <stdbool.h>
#include <string.h>

void json_text_string(GString *out, const char *text, size_t len)
{
	static const char letters[32] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	size_t plain = 0; /* from here on nothing is written yet */

	g_string_append_c(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;

		g_string_append_len(out, text + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (c < sizeof(letters) && letters[c])
			g_string_append_printf(out, "\\%c", letters[c]);
		else
			g_string_append_printf(out, "\\u%04x", c);
	}
	g_string_append_len(out, text + plain, len - plain);
	g_string_append_c(out, '"');
}

void json_text_break(GString *out, int level)
{
	if (level == JSON_TEXT_COMPACT)
		return;
	g_string_append_c(out, '\n');
	for (int i = 0; i < level; i++)
		g_string_append(out, "  ");
}

static void real(GString *out, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];
	static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_ascii_formatd(text, sizeof(text), formats[i], value);
		if (g_ascii_strtod(text, NULL) == value)
			break;
	}
	g_string_append(out, text);
	if (!strpbrk(text, ".e"))
		g_string_append(out, ".0"); /* still no integer when it is read again */
}

static void array(GString *out, const json_t *value, int level)
{
	int inner = level == JSON_TEXT_COMPACT ? level : level + 1;
	const json_t *item;
	size_t i;

	g_string_append_c(out, '[');
	json_array_foreach(value, i, item)
	{
		if (i)
			g_string_append_c(out, ',');
		json_text_break(out, inner);
		json_text_value(out, item, inner);
	}
	if (json_array_size(value))
		json_text_break(out, level);
	g_string_append_c(out, ']');
}

static void object(GString *out, const json_t *value, int level)
{
	int inner = level == JSON_TEXT_COMPACT ? level : level + 1;
	bool first = true;
	const char *key;
	json_t *item;

	if (json_object_size(value) == 0) {
		g_string_append(out, "{ }");
		return;
	}
	g_string_append_c(out, '{');
	json_object_foreach((json_t *)value, key, item)
	{
		if (!first)
			g_string_append_c(out, ',');
		first = false;
		json_text_break(out, inner);
		json_text_string(out, key, strlen(key));
		g_string_append(out, ": ");
		json_text_value(out, item, inner);
	}
	json_text_break(out, level);
	g_string_append_c(out, '}');
}

void json_text_value(GString *out, const json_t *value, int level)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		object(out, value, level);
		break;
	case JSON_ARRAY:
		array(out, value, level);
		break;
	case JSON_STRING:
		json_text_string(out, json_string_value(value),
				 json_string_length(value));
		break;
	case JSON_INTEGER:
		g_string_append_printf(out, "%" JSON_INTEGER_FORMAT,
				       json_integer_value(value));
		break;
	case JSON_REAL:
		real(out, json_real_value(value));
		break;
	case JSON_TRUE:
		g_string_append(out, "true");
		break;
	case JSON_FALSE:
		g_string_append(out, "false");
		break;
	case JSON_NULL:
		g_string_append(out, "null");
		break;
	}
}

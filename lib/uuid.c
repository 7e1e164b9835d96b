/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/uuid.h"

#include <glib.h>
#include <string.h>

#define PREFIX "/vm/"

char *uuid_new(void)
{
	return g_uuid_string_random();
}

/* @dash is '-' or '_' */
static bool has_form(const char *text, char dash)
{
	for (unsigned int i = 0; i < UUID_LEN; i++) {
		bool at_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (at_dash ? text[i] != dash
			    : !g_ascii_isxdigit(text[i]) || g_ascii_isupper(text[i]))
			return false;
	}
	return true;
}

bool uuid_is_valid(const char *text)
{
	return strlen(text) == UUID_LEN && has_form(text, '-');
}

char *uuid_normalize(const char *text)
{
	g_autofree char *lower = g_ascii_strdown(text, -1);

	return uuid_is_valid(lower) ? g_steal_pointer(&lower) : NULL;
}

char *uuid_to_path(const char *uuid)
{
	char *path = g_strconcat(PREFIX, uuid, NULL);

	g_strdelimit(path + strlen(PREFIX), "-", '_');
	return path;
}

char *uuid_from_path(const char *path, const char **ret_rest)
{
	const char *text = path + strlen(PREFIX);
	char *uuid;

	if (!g_str_has_prefix(path, PREFIX) || strnlen(text, UUID_LEN) < UUID_LEN ||
	    !has_form(text, '_') || (text[UUID_LEN] && text[UUID_LEN] != '/'))
		return NULL;

	uuid = g_strndup(text, UUID_LEN);
	g_strdelimit(uuid, "_", '-');
	if (ret_rest)
		*ret_rest = text + UUID_LEN;
	return uuid;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/output.h"

#include <string.h>

bool output_write(const char *path, const char *text, GError **error)
{
	g_autofree char *old = NULL;
	size_t len;

	if (g_file_get_contents(path, &old, &len, NULL) && len == strlen(text) &&
	    !memcmp(old, text, len))
		return true;
	return g_file_set_contents_full(path, text, strlen(text),
					G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
}

static void append_escaped(GString *out, const char *path)
{
	for (; *path; path++) {
		if (*path == '$')
			g_string_append_c(out, '$');
		else if (strchr(" #\\", *path))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *path);
	}
}

char *output_depfile(char *const *targets, const char *source)
{
	GString *out = g_string_new(NULL);

	for (; *targets; targets++) {
		if (out->len)
			g_string_append_c(out, ' ');
		append_escaped(out, *targets);
	}
	g_string_append(out, ": ");
	append_escaped(out, source);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

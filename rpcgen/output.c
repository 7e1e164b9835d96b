/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *path;
	char *beside; /* what is to be moved there, or NULL: nothing changes */
} Output;

struct Outputs {
	GPtrArray *list;
};

static void free_output(void *data)
{
	Output *output = data;

	if (output->beside)
		unlink(output->beside);
	g_free(output->beside);
	g_free(output->path);
	g_free(output);
}

Outputs *outputs_new(void)
{
	Outputs *outputs = g_new0(Outputs, 1);

	outputs->list = g_ptr_array_new_with_free_func(free_output);
	return outputs;
}

void outputs_free(Outputs *outputs)
{
	if (!outputs)
		return;
	g_ptr_array_unref(outputs->list);
	g_free(outputs);
}

static bool fail(GError **error, const char *path, int code)
{
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), "%s: %s", path,
		    g_strerror(code));
	return false;
}

static bool has_text(const char *path, const char *text)
{
	g_autofree char *old = NULL;
	size_t len;

	return g_file_get_contents(path, &old, &len, NULL) && len == strlen(text) &&
	       !memcmp(old, text, len);
}

/* Takes @fd.  Where a file is replaced the new one is on the disk first: else a crash of
 * the machine could leave neither of them. */
static bool write_text(int fd, const char *text, bool replaces)
{
	FILE *f = fdopen(fd, "w");
	bool good = fputs(text, f) >= 0 && fflush(f) == 0 && (!replaces || fsync(fd) == 0);
	int code = errno;

	if (fclose(f) == 0 && good)
		return true;
	errno = good ? errno : code;
	return false;
}

bool outputs_add(Outputs *outputs, const char *path, const char *text, GError **error)
{
	Output *output = g_new0(Output, 1);
	struct stat st;
	bool replaces = stat(path, &st) == 0;
	int fd;

	output->path = g_strdup(path);
	g_ptr_array_add(outputs->list, output);
	if (replaces && !S_ISREG(st.st_mode)) {
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "%s: there is something that is not a file", path);
		return false;
	}
	if (has_text(path, text))
		return true;

	output->beside = g_strconcat(path, ".XXXXXX", NULL);
	fd = g_mkstemp_full(output->beside, O_WRONLY | O_CLOEXEC, 0666);
	if (fd < 0) {
		fail(error, path, errno);
		g_clear_pointer(&output->beside, g_free);
		return false;
	}
	return write_text(fd, text, replaces) || fail(error, path, errno);
}

bool outputs_commit(Outputs *outputs, GError **error)
{
	for (guint i = 0; i < outputs->list->len; i++) {
		Output *output = g_ptr_array_index(outputs->list, i);

		if (!output->beside)
			continue;
		if (rename(output->beside, output->path) != 0)
			return fail(error, output->path, errno);
		g_clear_pointer(&output->beside, g_free);
	}
	return true;
}

/* ---- for make ---- */

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

char *outputs_depfile(const Outputs *outputs, const char *source)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < outputs->list->len; i++) {
		const Output *output = g_ptr_array_index(outputs->list, i);

		if (out->len)
			g_string_append_c(out, ' ');
		append_escaped(out, output->path);
	}
	g_string_append(out, ": ");
	append_escaped(out, source);
	g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/json.h"

#define LINE_MAX_BYTES 4096

struct Journal {
	int fd;
	char *path;
	GHashTable *open; /* uuid -> NULL: operations that have steps and no end */
	bool failed;      /* said once */
};

static void entry_free(void *data)
{
	JournalEntry *entry = data;

	g_free(entry->uuid);
	g_free(entry->op);
	g_free(entry->step);
	g_free(entry);
}

/* ---- reading ---- */

static void take_line(GHashTable *entries, const char *line, const char *where)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t)
		json = json_parse(line, strlen(line), LINE_MAX_BYTES, where, &error);
	const char *uuid = json_string_value(json_object_get(json, "vm"));
	const char *op = json_string_value(json_object_get(json, "op"));
	const char *step = json_string_value(json_object_get(json, "step"));
	JournalEntry *entry;

	if (!uuid)
		return;
	if (!op || !step) {
		g_hash_table_remove(entries, uuid);
		return;
	}
	entry = g_new0(JournalEntry, 1);
	entry->uuid = g_strdup(uuid);
	entry->op = g_strdup(op);
	entry->step = g_strdup(step);
	g_hash_table_replace(entries, entry->uuid, entry);
}

static GPtrArray *read_open(const char *text, const char *where)
{
	g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal,
							      NULL, entry_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GPtrArray *open = g_ptr_array_new_with_free_func(entry_free);
	GHashTableIter iter;
	void *entry;

	for (char **line = lines; *line; line++)
		if (**line)
			take_line(entries, *line, where);
	g_hash_table_iter_init(&iter, entries);
	while (g_hash_table_iter_next(&iter, NULL, &entry)) {
		g_hash_table_iter_steal(&iter);
		g_ptr_array_add(open, entry);
	}
	return open;
}

Journal *journal_open(const char *path, GPtrArray **ret_open, GError **error)
{
	g_autoptr(Journal) journal = g_new0(Journal, 1);
	g_autofree char *text = NULL;

	journal->path = g_strdup(path);
	journal->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	journal->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (journal->fd < 0) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		return NULL;
	}
	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;

	/* What is appended starts on a line of its own. */
	if (*text && !g_str_has_suffix(text, "\n") && write(journal->fd, "\n", 1) != 1) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		return NULL;
	}

	*ret_open = read_open(text, path);
	for (unsigned int i = 0; i < (*ret_open)->len; i++) {
		const JournalEntry *entry = g_ptr_array_index(*ret_open, i);

		g_hash_table_add(journal->open, g_strdup(entry->uuid));
	}
	return g_steal_pointer(&journal);
}

void journal_free(Journal *journal)
{
	if (!journal)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	g_hash_table_unref(journal->open);
	g_free(journal->path);
	g_free(journal);
}

/* ---- writing ---- */

/* Without its journal xenmgr goes on: it can still see what runs. */
static void append(Journal *journal, json_t *taken)
{
	g_autoptr(json_t) json = taken;
	char *text = json_dumps(json, JSON_COMPACT);
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	bool written = write(journal->fd, line, strlen(line)) == (ssize_t)strlen(line);

	free(text);
	if (!written && !journal->failed)
		g_warning("%s: %s, going on without it", journal->path,
			  g_strerror(errno));
	journal->failed = !written;
}

void journal_step(Journal *journal, const char *uuid, const char *op, const char *step)
{
	g_hash_table_add(journal->open, g_strdup(uuid));
	append(journal, json_pack("{s:s, s:s, s:s}", "vm", uuid, "op", op, "step", step));
}

void journal_end(Journal *journal, const char *uuid)
{
	if (!g_hash_table_remove(journal->open, uuid))
		return;
	append(journal, json_pack("{s:s}", "vm", uuid));
	if (g_hash_table_size(journal->open) == 0 && ftruncate(journal->fd, 0) != 0)
		g_warning("%s: %s", journal->path, g_strerror(errno));
}

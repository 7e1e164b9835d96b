/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/report.h"

#include "guest/text.h"

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	char key[REPORT_KEY_MAX + 1];
	char *value;   /* of this round; NULL: not in it */
	char *stored;  /* in xenstore as far as we know; NULL: not there */
	bool accepted; /* by the last report_send() */
	bool refused;  /* and said so */
} Entry;

struct Report {
	const char *tree, *last;
	bool fresh; /* nothing of ours is known to be in xenstore */
	bool overflowed;
	Entry entries[REPORT_KEYS_MAX];
	size_t n;
};

Report *report_new(const char *tree, const char *last)
{
	Report *report = calloc(1, sizeof(*report));

	if (!report)
		err(1, "report");
	report->tree = tree;
	report->last = last;
	report->fresh = true;
	return report;
}

void report_free(Report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->n; i++) {
		free(report->entries[i].value);
		free(report->entries[i].stored);
	}
	free(report);
}

/* ---- a round: what there is to say ---- */

/* Drops the entries that neither the new round nor xenstore knows. */
void report_begin(Report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->n; i++) {
		Entry *entry = &report->entries[i];

		free(entry->value);
		entry->value = NULL;
		if (entry->stored || entry->refused)
			report->entries[kept++] = *entry;
	}
	report->n = kept;
}

static void overflow(Report *report, const char *key)
{
	if (!report->overflowed)
		warnx("\"%s\" does not fit into the report, ignoring it", key);
	report->overflowed = true;
}

static Entry *entry_of(Report *report, const char *key)
{
	Entry *entry;

	for (size_t i = 0; i < report->n; i++) {
		if (strcmp(report->entries[i].key, key) == 0)
			return &report->entries[i];
	}
	if (report->n == REPORT_KEYS_MAX || strlen(key) > REPORT_KEY_MAX)
		return NULL;
	entry = &report->entries[report->n++];
	memset(entry, 0, sizeof(*entry));
	strcpy(entry->key, key);
	return entry;
}

void report_set(Report *report, const char *key, const char *value)
{
	char clean[REPORT_VALUE_MAX + 1];
	Entry *entry = entry_of(report, key);

	if (!entry) {
		overflow(report, key);
		return;
	}
	text_clean(clean, sizeof(clean), value);
	free(entry->value);
	entry->value = strdup(clean);
}

void report_setf(Report *report, const char *value, const char *key_format, ...)
{
	char key[REPORT_KEY_MAX + 2];
	va_list args;

	va_start(args, key_format);
	vsnprintf(key, sizeof(key), key_format, args);
	va_end(args);
	report_set(report, key, value);
}

/* ---- sending the differences ---- */

/* Errors that are about one key: no such place, no right, no room. */
static bool about_key(int error)
{
	static const int errors[] = { ENOENT, EACCES, EPERM,  EROFS, EDQUOT,
				      ENOSPC, E2BIG,  EINVAL, EISDIR };

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

static bool settle(Entry *entry, int error)
{
	if (error && !about_key(error))
		return false;
	entry->accepted = error == 0;
	if (error && !entry->refused)
		warnx("xenstore refuses \"%s\": %s, ignoring it", entry->key,
		      strerror(error));
	entry->refused = error != 0;
	return true;
}

static bool at_or_below(const char *key, const char *directory, size_t length)
{
	return strncmp(key, directory, length) == 0 &&
	       (key[length] == '/' || key[length] == '\0');
}

/*
 * What to remove for a key that is no more: the highest directory on the way to it that
 * holds no key of this round.  The first component is the toolstack's and stays.
 */
static void removal_path(const Report *report, const char *key, char *path)
{
	const char *slash = strchr(key, '/');

	strcpy(path, key);
	while (slash && (slash = strchr(slash + 1, '/'))) {
		size_t length = (size_t)(slash - key);
		bool used = false;

		for (size_t i = 0; i < report->n && !used; i++)
			used = report->entries[i].value &&
			       at_or_below(report->entries[i].key, key, length);
		if (!used) {
			path[length] = '\0';
			return;
		}
	}
}

static int send_removals(Report *report, const ReportSink *sink, void *to)
{
	char last[REPORT_KEY_MAX + 1] = "";

	for (size_t i = 0; i < report->n; i++) {
		Entry *entry = &report->entries[i];
		char path[REPORT_KEY_MAX + 1];
		int error = 0;

		if (entry->value || !entry->stored)
			continue;
		removal_path(report, entry->key, path);
		if (strcmp(path, last) != 0)
			error = sink->remove(to, path);
		strcpy(last, path);
		if (!settle(entry, error == ENOENT ? 0 : error))
			return error;
	}
	return 0;
}

/* Each entry of the round that is not stored as it is; @last or all the others. */
static int send_values(Report *report, const ReportSink *sink, void *to, bool last)
{
	for (size_t i = 0; i < report->n; i++) {
		Entry *entry = &report->entries[i];
		int error;

		if (!entry->value || last != (strcmp(entry->key, report->last) == 0) ||
		    (!last && entry->stored && strcmp(entry->value, entry->stored) == 0))
			continue;
		error = sink->write(to, entry->key, entry->value);
		if (!settle(entry, error))
			return error;
	}
	return 0;
}

int report_send(Report *report, const ReportSink *sink, void *to)
{
	int error = 0;

	for (size_t i = 0; i < report->n; i++)
		report->entries[i].accepted = false;
	if (report->fresh)
		error = sink->remove(to, report->tree);
	if (error && !about_key(error))
		return error;
	error = send_removals(report, sink, to);
	if (!error)
		error = send_values(report, sink, to, false);
	return error ? error : send_values(report, sink, to, true);
}

void report_sent(Report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		Entry *entry = &report->entries[i];

		if (!entry->accepted)
			continue;
		free(entry->stored);
		entry->stored = entry->value ? strdup(entry->value) : NULL;
		entry->accepted = false;
	}
	report->fresh = false;
}

void report_forget(Report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		free(report->entries[i].stored);
		report->entries[i].stored = NULL;
	}
	report->fresh = true;
}

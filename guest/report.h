/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Report: what the guest says of itself, as keys and values, and what of it is already
 * in xenstore.  Each round begins empty and is filled by report_set(); report_send()
 * passes only the differences on: new and changed keys are written, keys that are no more
 * are removed, with the directories that become empty by it.
 *
 * Sending may be repeated (a transaction that has to be run again): nothing counts as
 * sent before report_sent().  A key that is refused is named once on standard error,
 * offered again in the next round, and stops nothing.
 *
 * Bounded: REPORT_KEYS_MAX keys, their length and that of values; what is beyond is left
 * out and said once.
 */

#include <stdbool.h>
#include <stddef.h>

#define REPORT_KEYS_MAX  256
#define REPORT_KEY_MAX   128
#define REPORT_VALUE_MAX 1024

typedef struct Report Report;

/* Where a report is sent to; each returns 0 or an errno. */
typedef struct {
	int (*write)(void *to, const char *key, const char *value);
	int (*remove)(void *to, const char *key); /* ENOENT is as good as 0 */
} ReportSink;

/*
 * @tree is a directory which is all ours: cleared before everything is sent anew.
 * @last is the key that tells readers to look: it is sent behind all others, whether it
 * changed or not.
 */
Report *report_new(const char *tree, const char *last);
void report_free(Report *report);

void report_begin(Report *report);
void report_set(Report *report, const char *key, const char *value);
void report_setf(Report *report, const char *value, const char *key_format, ...)
	__attribute__((format(printf, 3, 4)));

/* 0, or the errno that ended it: one that is not about a single key (a lost connection).
 */
int report_send(Report *report, const ReportSink *sink, void *to);
void report_sent(Report *report);

/* Nothing is in xenstore: everything is sent next time. */
void report_forget(Report *report);

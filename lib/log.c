/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/log.h"

#include <glib.h>
#include <stdio.h>
#include <sys/stat.h>

static struct {
	char *name;
	bool debug;
	bool journal; /* standard error is the journal: it reads "<priority>" */
	bool file;    /* it is a file, which would not say when */
} sink;

/* syslog's priorities; GLib counts the other way and has no "critical error" */
static int log_priority(GLogLevelFlags level)
{
	if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
		return 3;
	if (level & G_LOG_LEVEL_WARNING)
		return 4;
	if (level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO))
		return 6;
	return 7;
}

static void log_write(const char *domain, GLogLevelFlags level, const char *message,
		      gpointer data)
{
	int priority = log_priority(level);

	if (priority == 7 && !sink.debug)
		return;

	if (sink.journal) {
		fprintf(stderr, "<%d>%s\n", priority, message);
	} else if (sink.file) {
		g_autoptr(GDateTime) now = g_date_time_new_now_utc();
		g_autofree char *time = g_date_time_format(now, "%F %T.%f");

		fprintf(stderr, "%s %s: %s\n", time, sink.name, message);
	} else {
		fprintf(stderr, "%s: %s\n", sink.name, message);
	}
}

void log_init(const char *name, bool debug)
{
	struct stat st;

	g_free(sink.name);
	sink.name = g_strdup(name);
	sink.debug = debug;
	sink.journal = g_log_writer_is_journald(fileno(stderr));
	sink.file = fstat(fileno(stderr), &st) == 0 && S_ISREG(st.st_mode);
	g_log_set_default_handler(log_write, NULL);
}

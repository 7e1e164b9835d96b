/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/memory.h"

#include "guest/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMINFO_MAX 8192

/* The digits after "<name>:" at the start of a line; false if there is no such line. */
static bool find(const char *meminfo, const char *name, char *to, size_t size)
{
	size_t length = strlen(name);

	for (const char *line = meminfo; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		length = strspn(line, "0123456789");
		snprintf(to, size, "%.*s", (int)length, line);
		return length > 0 && length < size;
	}
	return false;
}

void memory_report(Report *report, const char *meminfo)
{
	char kib[24];

	if (find(meminfo, "MemTotal", kib, sizeof(kib)))
		report_set(report, "data/meminfo_total", kib);
	/* What programs can get; kernels before 3.14 tell only what lies idle. */
	if (find(meminfo, "MemAvailable", kib, sizeof(kib)) ||
	    find(meminfo, "MemFree", kib, sizeof(kib)))
		report_set(report, "data/meminfo_free", kib);
}

void memory_collect(Report *report)
{
	char *meminfo = text_read("/proc/meminfo", MEMINFO_MAX);

	if (meminfo)
		memory_report(report, meminfo);
	free(meminfo);
}

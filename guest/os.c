/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/os.h"

#include "guest/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define RELEASE_MAX 16384 /* bytes of the file that are looked at */
#define WORD_MAX    256

/*
 * The value of a shell assignment, as os-release allows them: plain, in single quotes, or
 * in double quotes, where a backslash takes the next character literally.
 */
static void unquote(const char *from, size_t length, char *to, size_t size)
{
	char quote = length && (*from == '"' || *from == '\'') ? *from : 0;
	size_t n = 0;

	for (size_t i = quote ? 1 : 0; i < length && n + 1 < size; i++) {
		if (quote && from[i] == quote)
			break;
		if (from[i] == '\\' && quote != '\'' && i + 1 < length)
			i++;
		to[n++] = from[i];
	}
	to[n] = '\0';
}

/* Finds NAME=value; as in a shell, the last one counts.  Empty if there is none. */
static void find(const char *release, const char *name, char *to, size_t size)
{
	size_t name_length = strlen(name);

	*to = '\0';
	for (const char *line = release; line && *line;) {
		size_t length = strcspn(line, "\n");
		size_t indent = strspn(line, " \t");
		const char *word = line + indent;
		size_t left = length < indent ? 0 : length - indent;

		while (left && strchr(" \t\r", word[left - 1]))
			left--;
		if (left > name_length && strncmp(word, name, name_length) == 0 &&
		    word[name_length] == '=')
			unquote(word + name_length + 1, left - name_length - 1, to, size);
		line += length + (line[length] == '\n');
	}
}

static void set_version(Report *report, const char *version)
{
	char part[WORD_MAX];
	size_t major = strcspn(version, ".");

	if (!major)
		return;
	snprintf(part, sizeof(part), "%.*s", (int)major, version);
	report_set(report, "data/os_majorver", part);
	if (version[major] != '.')
		return;
	version += major + 1;
	snprintf(part, sizeof(part), "%.*s", (int)strcspn(version, "."), version);
	if (*part)
		report_set(report, "data/os_minorver", part);
}

void os_report(Report *report, const char *release, const char *kernel)
{
	char name[WORD_MAX], distro[WORD_MAX], version[WORD_MAX];

	find(release, "PRETTY_NAME", name, sizeof(name));
	find(release, "ID", distro, sizeof(distro));
	find(release, "VERSION_ID", version, sizeof(version));
	if (!*name)
		find(release, "NAME", name, sizeof(name));
	if (!*name)
		snprintf(name, sizeof(name), "Linux %s", kernel);

	report_set(report, "data/os_name", name);
	report_set(report, "data/os_distro", *distro ? distro : "linux");
	set_version(report, version);
	report_set(report, "data/os_uname", kernel);
}

void os_collect(Report *report)
{
	struct utsname names;
	char *release = text_read("/etc/os-release", RELEASE_MAX);

	if (!release)
		release = text_read("/usr/lib/os-release", RELEASE_MAX);
	os_report(report, release, uname(&names) == 0 ? names.release : "");
	free(release);
}

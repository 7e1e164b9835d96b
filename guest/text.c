/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *text_read(const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	size_t n = 0;
	ssize_t r;

	if (fd < 0)
		return NULL;
	text = malloc(max + 1);
	while (text && n < max) {
		r = read(fd, text + n, max - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			free(text);
			text = NULL;
		}
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (text)
		text[n] = '\0';
	close(fd);
	return text;
}

/* Length of the UTF-8 character at @s, 0 if there is none (the shortest form, no
 * surrogate). */
static size_t character(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		size_t length;
		unsigned int least;
	} forms[] = {
		{ 0x80, 0x00, 1, 0 },
		{ 0xe0, 0xc0, 2, 0x80 },
		{ 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		unsigned int code = s[0] & (unsigned char)~forms[i].mask;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (size_t k = 1; k < forms[i].length; k++) {
			if ((s[k] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (s[k] & 0x3f);
		}
		if (code < forms[i].least || code > 0x10ffff ||
		    (code >= 0xd800 && code < 0xe000))
			return 0;
		return forms[i].length;
	}
	return 0;
}

void text_clean(char *to, size_t size, const char *from)
{
	const unsigned char *s = (const unsigned char *)from;
	size_t n = 0;

	while (*s) {
		size_t length = character(s);
		bool control = *s < ' ' || *s == 0x7f;

		if (n + (length ? length : 1) >= size)
			break;
		if (control || length == 0) {
			to[n++] = control ? ' ' : '?';
			s++;
			continue;
		}
		memcpy(to + n, s, length);
		n += length;
		s += length;
	}
	to[n] = '\0';
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text: small files of the system, and making their words fit for xenstore.
 */

#include <stddef.h>

/* The first @max bytes of a file, as a string; NULL (errno) if it cannot be read. */
char *text_read(const char *path, size_t max);

/*
 * Copies @from into @to of @size bytes: control characters become blanks, bytes that are
 * no UTF-8 become '?', and a text that is too long ends at a character's boundary.
 */
void text_clean(char *to, size_t size, const char *from);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Buffer: bytes in order, added at the end and taken from the beginning.
 *
 * Holds no memory while it is empty.  Whoever adds bounds what it holds.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint8_t *memory;
	size_t start, len, size;
} Buffer;

void buffer_add(Buffer *buffer, const void *data, size_t len);
void buffer_take(Buffer *buffer, size_t len); /* at most what is there */
void buffer_clear(Buffer *buffer);

static inline const uint8_t *buffer_data(const Buffer *buffer)
{
	return buffer->memory ? buffer->memory + buffer->start : NULL;
}

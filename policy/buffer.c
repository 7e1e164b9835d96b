/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/buffer.h"

#include <glib.h>
#include <string.h>

void buffer_add(Buffer *buffer, const void *data, size_t len)
{
	size_t need = buffer->len + len;

	if (!len)
		return;
	if (buffer->start + need > buffer->size) {
		uint8_t *memory = buffer->memory;

		if (need > buffer->size) {
			buffer->size = MAX(need, 2 * buffer->len);
			memory = g_malloc(buffer->size);
		}
		if (buffer->len)
			memmove(memory, buffer_data(buffer), buffer->len);
		if (memory != buffer->memory)
			g_free(buffer->memory);
		buffer->memory = memory;
		buffer->start = 0;
	}
	memcpy(buffer->memory + buffer->start + buffer->len, data, len);
	buffer->len = need;
}

void buffer_take(Buffer *buffer, size_t len)
{
	g_assert(len <= buffer->len);
	buffer->start += len;
	buffer->len -= len;
	if (!buffer->len)
		buffer_clear(buffer);
}

void buffer_clear(Buffer *buffer)
{
	g_free(buffer->memory);
	*buffer = (Buffer){ 0 };
}

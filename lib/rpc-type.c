/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-type.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/rpc-marshal.h"

#define BASIC(name, code, signature, type)                                               \
	const RpcType rpc_type_##name = { code, signature, sizeof(type), NULL, NULL, 0 }
#define ARRAY(name, signature, type, elem)                                               \
	const RpcType rpc_type_##name = { 'a', signature, sizeof(type), &rpc_type_##elem, \
					  NULL, 0 }

/* clang-format off */
BASIC(byte,		'y', "y", uint8_t);
BASIC(boolean,		'b', "b", bool);
BASIC(int16,		'n', "n", int16_t);
BASIC(uint16,		'q', "q", uint16_t);
BASIC(int32,		'i', "i", int32_t);
BASIC(uint32,		'u', "u", uint32_t);
BASIC(int64,		'x', "x", int64_t);
BASIC(uint64,		't', "t", uint64_t);
BASIC(double,		'd', "d", double);
BASIC(string,		's', "s", char *);
BASIC(object_path,	'o', "o", char *);
BASIC(signature,	'g', "g", char *);
BASIC(unix_fd,		'h', "h", int);
BASIC(variant,		'v', "v", RpcValue *);

ARRAY(bytes,		"ay", RpcBytes, byte);
ARRAY(strings,		"as", RpcStrings, string);
ARRAY(object_paths,	"ao", RpcStrings, object_path);
/* clang-format on */

const RpcType rpc_type_no_args = { '(', "", 0, NULL, NULL, 0 };

/* Every array has this shape; read and written by memcpy, whatever its items are. */
typedef struct {
	char *items;
	size_t n;
} Array;

static void clear(const RpcType *type, void *data, bool borrowed);

static void clear_array(const RpcType *type, void *data, bool borrowed)
{
	Array array;

	memcpy(&array, data, sizeof(array));
	for (size_t i = 0; i < array.n; i++)
		clear(type->elem, array.items + i * type->elem->size, borrowed);
	g_free(array.items);
}

static void clear(const RpcType *type, void *data, bool borrowed)
{
	switch (type->code) {
	case 's':
	case 'o':
	case 'g':
		if (!borrowed)
			g_free(*(char **)data);
		break;
	case 'h':
		/* 0 is what a zeroed struct holds, so it is never ours to close */
		if (*(int *)data > 0)
			close(*(int *)data);
		break;
	case 'v':
		rpc_value_free(*(RpcValue **)data);
		break;
	case 'a':
		clear_array(type, data, borrowed);
		break;
	case '(':
	case '{':
		for (unsigned int i = 0; i < type->n_fields; i++)
			clear(type->fields[i].type, (char *)data + type->fields[i].offset,
			      borrowed);
		break;
	default:
		break;
	}
	if (type->size)
		memset(data, 0, type->size);
}

void rpc_clear(const RpcType *type, void *data)
{
	clear(type, data, false);
}

void rpc_clear_borrowed(const RpcType *type, void *data)
{
	clear(type, data, true);
}

static void copy_array(const RpcType *type, void *to, const void *from)
{
	Array source, array;
	size_t size = type->elem->size;

	memcpy(&source, from, sizeof(source));
	array.n = source.n;
	array.items = g_malloc0_n(source.n + 1, size);
	for (size_t i = 0; i < source.n; i++)
		rpc_copy(type->elem, array.items + i * size, source.items + i * size);
	memcpy(to, &array, sizeof(array));
}

void rpc_copy(const RpcType *type, void *to, const void *from)
{
	switch (type->code) {
	case 's':
	case 'o':
	case 'g':
		*(char **)to = g_strdup(*(char *const *)from);
		break;
	case 'h':
		/* 3 and up: see clear() */
		*(int *)to = *(const int *)from > 0 ?
				     fcntl(*(const int *)from, F_DUPFD_CLOEXEC, 3) :
				     *(const int *)from;
		break;
	case 'v':
		*(RpcValue **)to = rpc_value_copy(*(RpcValue *const *)from);
		break;
	case 'a':
		copy_array(type, to, from);
		break;
	case '(':
	case '{':
		for (unsigned int i = 0; i < type->n_fields; i++) {
			const RpcField *field = &type->fields[i];

			rpc_copy(field->type, (char *)to + field->offset,
				 (const char *)from + field->offset);
		}
		break;
	default:
		memcpy(to, from, type->size);
		break;
	}
}

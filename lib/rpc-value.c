/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-value.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/rpc-marshal.h"

/* The signature is a GRefString: the items of an array share theirs. */

const char *rpc_signature_next(const char *signature)
{
	const char *p = signature;
	int open = 0;

	while (*p == 'a')
		p++;
	do {
		if (*p == '(' || *p == '{')
			open++;
		else if (*p == ')' || *p == '}')
			open--;
		p++;
	} while (open);
	return p;
}

static bool is_container(const RpcValue *value)
{
	return strchr("a({v", value->signature[0]);
}

static bool is_string(const RpcValue *value)
{
	return strchr("sog", value->signature[0]);
}

static void free_item(void *item)
{
	rpc_value_free(item);
}

static RpcValue *value_of(char *signature_ref)
{
	RpcValue *value = g_new0(RpcValue, 1);

	value->signature = signature_ref;
	if (is_container(value))
		value->items = g_ptr_array_new_with_free_func(free_item);
	return value;
}

RpcValue *rpc_value_alloc(const char *signature, size_t len)
{
	return value_of(g_ref_string_new_len(signature, len));
}

RpcValue *rpc_value_alloc_like(const RpcValue *value)
{
	return value_of(g_ref_string_acquire(value->signature));
}

RpcValue *rpc_value_new_byte(uint8_t v)
{
	RpcValue *value = rpc_value_alloc("y", 1);

	value->byte = v;
	return value;
}

RpcValue *rpc_value_new_boolean(bool v)
{
	RpcValue *value = rpc_value_alloc("b", 1);

	value->boolean = v;
	return value;
}

RpcValue *rpc_value_new_int16(int16_t v)
{
	RpcValue *value = rpc_value_alloc("n", 1);

	value->int16 = v;
	return value;
}

RpcValue *rpc_value_new_uint16(uint16_t v)
{
	RpcValue *value = rpc_value_alloc("q", 1);

	value->uint16 = v;
	return value;
}

RpcValue *rpc_value_new_int32(int32_t v)
{
	RpcValue *value = rpc_value_alloc("i", 1);

	value->int32 = v;
	return value;
}

RpcValue *rpc_value_new_uint32(uint32_t v)
{
	RpcValue *value = rpc_value_alloc("u", 1);

	value->uint32 = v;
	return value;
}

RpcValue *rpc_value_new_int64(int64_t v)
{
	RpcValue *value = rpc_value_alloc("x", 1);

	value->int64 = v;
	return value;
}

RpcValue *rpc_value_new_uint64(uint64_t v)
{
	RpcValue *value = rpc_value_alloc("t", 1);

	value->uint64 = v;
	return value;
}

RpcValue *rpc_value_new_double(double v)
{
	RpcValue *value = rpc_value_alloc("d", 1);

	value->real = v;
	return value;
}

RpcValue *rpc_value_new_string(const char *v)
{
	RpcValue *value = rpc_value_alloc("s", 1);

	value->string = g_strdup(v);
	return value;
}

RpcValue *rpc_value_new_object_path(const char *v)
{
	RpcValue *value = rpc_value_alloc("o", 1);

	value->string = g_strdup(v);
	return value;
}

RpcValue *rpc_value_new_signature(const char *v)
{
	RpcValue *value = rpc_value_alloc("g", 1);

	value->string = g_strdup(v);
	return value;
}

static bool is_container_signature(const char *signature)
{
	/* alone a dict entry is no complete type, but as an item it is one of ours */
	g_autofree char *dict = signature[0] == '{' ? g_strconcat("a", signature, NULL) :
						      g_strdup(signature);

	return strchr("a({v", signature[0]) && dbus_signature_validate_single(dict, NULL);
}

RpcValue *rpc_value_new_container(const char *signature)
{
	g_assert(*signature && is_container_signature(signature));
	return rpc_value_alloc(signature, strlen(signature));
}

/* What the next item of @container must be; NULL: nothing more fits. */
static const char *next_item(const RpcValue *container, size_t *ret_len)
{
	const char *signature = container->signature + 1;

	if (container->signature[0] != 'a')
		for (guint i = 0; i < container->items->len; i++)
			signature = rpc_signature_next(signature);
	if (*signature == ')' || *signature == '}')
		return NULL;
	*ret_len = rpc_signature_next(signature) - signature;
	return signature;
}

void rpc_value_take(RpcValue *container, RpcValue *item)
{
	if (container->signature[0] == 'v') {
		g_assert_cmpuint(container->items->len, ==, 0);
	} else {
		size_t len = 0;
		const char *want = next_item(container, &len);

		g_assert(want && strlen(item->signature) == len &&
			 !memcmp(want, item->signature, len));
	}
	g_ptr_array_add(container->items, item);
}

RpcValue *rpc_value_copy(const RpcValue *value)
{
	RpcValue *copy;

	if (!value)
		return NULL;

	copy = g_new(RpcValue, 1);
	*copy = *value;
	copy->signature = g_ref_string_acquire(value->signature);
	if (is_string(value)) {
		copy->string = g_strdup(value->string);
	} else if (value->signature[0] == 'h') {
		copy->fd = value->fd > 0 ? fcntl(value->fd, F_DUPFD_CLOEXEC, 3) : value->fd;
	} else if (is_container(value)) {
		copy->items = g_ptr_array_new_full(value->items->len, free_item);
		for (guint i = 0; i < value->items->len; i++)
			g_ptr_array_add(copy->items,
					rpc_value_copy(g_ptr_array_index(value->items, i)));
	}
	return copy;
}

void rpc_value_free(RpcValue *value)
{
	if (!value)
		return;

	if (is_string(value))
		g_free(value->string);
	else if (value->signature[0] == 'h' && value->fd > 0)
		close(value->fd);
	else if (is_container(value))
		g_ptr_array_unref(value->items);
	g_ref_string_release(value->signature);
	g_free(value);
}

static bool items_equal(const GPtrArray *a, const GPtrArray *b)
{
	if (a->len != b->len)
		return false;
	for (guint i = 0; i < a->len; i++)
		if (!rpc_value_equal(g_ptr_array_index(a, i), g_ptr_array_index(b, i)))
			return false;
	return true;
}

bool rpc_value_equal(const RpcValue *a, const RpcValue *b)
{
	if (!a || !b)
		return a == b;
	if (!g_str_equal(a->signature, b->signature))
		return false;
	if (is_string(a))
		return !g_strcmp0(a->string, b->string);
	if (is_container(a))
		return items_equal(a->items, b->items);
	/* the rest of the union is zeroed: also right for a double that is no number */
	return a->uint64 == b->uint64;
}

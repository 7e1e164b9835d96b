/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-marshal.h"

#include <string.h>

#include "lib/error.h"

/* ---- out: values into a message ---- */

typedef struct {
	size_t size; /* at least what the message has so far */
	unsigned int depth;
	GError **error;
} Writer;

/* A container being written in another. */
typedef struct {
	DBusMessageIter *outer, iter;
} Level;

typedef struct {
	const char *items;
	size_t n;
} Array;

static bool write_typed(Writer *w, DBusMessageIter *it, const RpcType *type,
			const void *data);
static bool write_variant(Writer *w, DBusMessageIter *it, const RpcValue *value);
static bool write_value(Writer *w, DBusMessageIter *it, const RpcValue *value);

/* Is there room for @n more bytes?  Alignment is in the numbers of the callers. */
static bool writer_grow(Writer *w, size_t n)
{
	if (n > RPC_MESSAGE_MAX - w->size)
		return xt_fail(w->error, XT_ERROR_LIMIT, "a message takes at most %d bytes",
			       RPC_MESSAGE_MAX);
	w->size += n;
	return true;
}

static bool writer_enter(Writer *w, Level *level, DBusMessageIter *outer, int type,
			 const char *contained)
{
	if (w->depth == RPC_DEPTH_MAX)
		return xt_fail(w->error, XT_ERROR_LIMIT, "nested more than %d deep",
			       RPC_DEPTH_MAX);
	if (!writer_grow(w, 16))
		return false;

	w->depth++;
	level->outer = outer;
	if (!dbus_message_iter_open_container(outer, type, contained, &level->iter))
		g_error("out of memory");
	return true;
}

/* Close what writer_enter() opened; @ok is handed through. */
static bool writer_leave(Writer *w, Level *level, bool ok)
{
	w->depth--;
	if (!ok)
		dbus_message_iter_abandon_container(level->outer, &level->iter);
	else if (!dbus_message_iter_close_container(level->outer, &level->iter))
		g_error("out of memory");
	return ok;
}

static bool write_string(Writer *w, DBusMessageIter *it, char code, const char *text)
{
	if (!text)
		text = code == 'o' ? "/" : "";

	if (code == 's' && !dbus_validate_utf8(text, NULL))
		return xt_fail(w->error, XT_ERROR_INVALID, "a string is not valid UTF-8");
	if (code == 'o' && !dbus_validate_path(text, NULL))
		return xt_fail(w->error, XT_ERROR_INVALID, "not an object path");
	if (code == 'g' && !dbus_signature_validate(text, NULL))
		return xt_fail(w->error, XT_ERROR_INVALID, "not a signature");
	if (!writer_grow(w, strlen(text) + 8))
		return false;
	if (!dbus_message_iter_append_basic(it, code, &text))
		g_error("out of memory");
	return true;
}

static bool write_fd(Writer *w, DBusMessageIter *it, int fd)
{
	/* libdbus duplicates it: what fails is the descriptor or the limit of the process */
	if (fd < 0 || !dbus_message_iter_append_basic(it, 'h', &fd))
		return xt_fail(w->error, XT_ERROR_INVALID, "not a file descriptor");
	return writer_grow(w, 8);
}

/* @data points at the C value: all but booleans are what libdbus takes. */
static bool write_basic(Writer *w, DBusMessageIter *it, char code, const void *data)
{
	dbus_bool_t boolean;

	switch (code) {
	case 's':
	case 'o':
	case 'g':
		return write_string(w, it, code, *(const char *const *)data);
	case 'h':
		return write_fd(w, it, *(const int *)data);
	case 'b':
		boolean = *(const bool *)data;
		data = &boolean;
		break;
	default:
		break;
	}
	if (!writer_grow(w, 16))
		return false;
	if (!dbus_message_iter_append_basic(it, code, data))
		g_error("out of memory");
	return true;
}

/* Of a size that is the same on the wire: sent as one block. */
static bool is_block(char code)
{
	return strchr("ynqiuxtd", code);
}

static bool write_items(Writer *w, DBusMessageIter *it, const RpcType *elem, Array array)
{
	if (array.n && is_block(elem->code)) {
		if (array.n > RPC_MESSAGE_MAX || !writer_grow(w, array.n * elem->size))
			return false;
		if (!dbus_message_iter_append_fixed_array(it, elem->code, &array.items,
							  array.n))
			g_error("out of memory");
		return true;
	}
	for (size_t i = 0; i < array.n; i++)
		if (!write_typed(w, it, elem, array.items + i * elem->size))
			return false;
	return true;
}

static bool write_array(Writer *w, DBusMessageIter *it, const RpcType *type,
			const void *data)
{
	Array array;
	Level level;

	memcpy(&array, data, sizeof(array));
	return writer_enter(w, &level, it, 'a', type->signature + 1) &&
	       writer_leave(w, &level, write_items(w, &level.iter, type->elem, array));
}

static bool write_fields(Writer *w, DBusMessageIter *it, const RpcType *type,
			 const void *data)
{
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const RpcField *field = &type->fields[i];

		if (!write_typed(w, it, field->type, (const char *)data + field->offset))
			return false;
	}
	return true;
}

static bool write_typed(Writer *w, DBusMessageIter *it, const RpcType *type,
			const void *data)
{
	Level level;

	switch (type->code) {
	case 'v':
		return write_variant(w, it, *(const RpcValue *const *)data);
	case 'a':
		return write_array(w, it, type, data);
	case '(':
	case '{':
		return writer_enter(w, &level, it, type->code == '(' ? 'r' : 'e', NULL) &&
		       writer_leave(w, &level, write_fields(w, &level.iter, type, data));
	default:
		return write_basic(w, it, type->code, data);
	}
}

static bool write_variant(Writer *w, DBusMessageIter *it, const RpcValue *value)
{
	Level level;

	if (!value)
		return xt_fail(w->error, XT_ERROR_INVALID, "a variant without a value");
	return writer_enter(w, &level, it, 'v', value->signature) &&
	       writer_leave(w, &level, write_value(w, &level.iter, value));
}

static bool write_members(Writer *w, DBusMessageIter *it, const RpcValue *value)
{
	const char *signature = value->signature + 1;

	for (guint i = 0; i < value->items->len; i++) {
		if (!write_value(w, it, g_ptr_array_index(value->items, i)))
			return false;
		if (value->signature[0] != 'a')
			signature = rpc_signature_next(signature);
	}
	if (value->signature[0] != 'a' && *signature != ')' && *signature != '}')
		return xt_fail(w->error, XT_ERROR_INVALID, "%s has more members than %u",
			       value->signature, value->items->len);
	return true;
}

static bool write_value(Writer *w, DBusMessageIter *it, const RpcValue *value)
{
	char code = value->signature[0];
	int type = code == '(' ? 'r' : code == '{' ? 'e' : 'a';
	Level level;

	if (code == 'v')
		return write_variant(w, it, value->items->len ?
						    g_ptr_array_index(value->items, 0) :
						    NULL);
	if (!strchr("a({", code))
		return write_basic(w, it, code, &value->uint64);
	return writer_enter(w, &level, it, type, code == 'a' ? value->signature + 1 : NULL) &&
	       writer_leave(w, &level, write_members(w, &level.iter, value));
}

bool rpc_append_args(DBusMessage *msg, const RpcType *args, const void *data,
		     GError **error)
{
	Writer w = { .error = error };
	DBusMessageIter it;

	dbus_message_iter_init_append(msg, &it);
	for (unsigned int i = 0; i < args->n_fields; i++) {
		const RpcField *field = &args->fields[i];

		if (!write_typed(&w, &it, field->type, (const char *)data + field->offset)) {
			g_prefix_error(error, "argument \"%s\": ", field->name);
			return false;
		}
	}
	return true;
}

bool rpc_append_values(DBusMessage *msg, const GPtrArray *values, GError **error)
{
	Writer w = { .error = error };
	DBusMessageIter it;

	dbus_message_iter_init_append(msg, &it);
	for (guint i = 0; values && i < values->len; i++) {
		if (!write_value(&w, &it, g_ptr_array_index(values, i))) {
			g_prefix_error(error, "argument %u: ", i + 1);
			return false;
		}
	}
	return true;
}

/* ---- in: values out of a message, which libdbus found valid ---- */

typedef struct {
	size_t values; /* RpcValue made so far */
	bool borrow;
	GError **error;
} Reader;

static bool read_typed(Reader *r, DBusMessageIter *it, const RpcType *type, void *data);
static RpcValue *read_value(Reader *r, DBusMessageIter *it, RpcValue *value);

static bool read_fd(Reader *r, DBusMessageIter *it, int *ret_fd)
{
	int fd = -1;

	dbus_message_iter_get_basic(it, &fd);
	if (fd < 0)
		return xt_fail(r->error, XT_ERROR_LIMIT, "no more file descriptors");
	*ret_fd = fd;
	return true;
}

static bool read_basic(Reader *r, DBusMessageIter *it, char code, bool borrow, void *data)
{
	const char *text;
	dbus_bool_t boolean;

	switch (code) {
	case 's':
	case 'o':
	case 'g':
		dbus_message_iter_get_basic(it, &text);
		*(char **)data = borrow ? (char *)text : g_strdup(text);
		return true;
	case 'b':
		dbus_message_iter_get_basic(it, &boolean);
		*(bool *)data = boolean;
		return true;
	case 'h':
		return read_fd(r, it, data);
	default:
		dbus_message_iter_get_basic(it, data);
		return true;
	}
}

static bool read_array(Reader *r, DBusMessageIter *it, const RpcType *type, void *data)
{
	const RpcType *elem = type->elem;
	DBusMessageIter sub;
	Array array;
	char *items;

	dbus_message_iter_recurse(it, &sub);
	if (is_block(elem->code)) {
		const void *block;
		int n;

		dbus_message_iter_get_fixed_array(&sub, &block, &n);
		items = g_malloc0_n((size_t)n + 1, elem->size);
		if (n)
			memcpy(items, block, n * elem->size);
		array = (Array){ items, n };
		memcpy(data, &array, sizeof(array));
		return true;
	}

	array.n = dbus_message_iter_get_element_count(it);
	array.items = items = g_malloc0_n(array.n + 1, elem->size);
	memcpy(data, &array, sizeof(array)); /* what is in it so far can be cleared */
	for (; dbus_message_iter_get_arg_type(&sub); dbus_message_iter_next(&sub)) {
		if (!read_typed(r, &sub, elem, items))
			return false;
		items += elem->size;
	}
	return true;
}

static bool read_fields(Reader *r, DBusMessageIter *it, const RpcType *type, void *data)
{
	for (unsigned int i = 0; i < type->n_fields; i++) {
		const RpcField *field = &type->fields[i];

		if (!read_typed(r, it, field->type, (char *)data + field->offset))
			return false;
		dbus_message_iter_next(it);
	}
	return true;
}

static bool read_typed(Reader *r, DBusMessageIter *it, const RpcType *type, void *data)
{
	DBusMessageIter sub;

	switch (type->code) {
	case 'v':
		dbus_message_iter_recurse(it, &sub);
		*(RpcValue **)data = read_value(r, &sub, NULL);
		return *(RpcValue **)data;
	case 'a':
		return read_array(r, it, type, data);
	case '(':
	case '{':
		dbus_message_iter_recurse(it, &sub);
		return read_fields(r, &sub, type, data);
	default:
		return read_basic(r, it, type->code, r->borrow, data);
	}
}

/* Items of @value from @sub. */
static bool read_items(Reader *r, DBusMessageIter *sub, RpcValue *value)
{
	const char *signature = value->signature + 1;
	RpcValue *first = NULL;

	for (; dbus_message_iter_get_arg_type(sub); dbus_message_iter_next(sub)) {
		const char *end = rpc_signature_next(signature);
		RpcValue *item = first ? rpc_value_alloc_like(first) :
					 rpc_value_alloc(signature, end - signature);

		item = read_value(r, sub, item);
		if (!item)
			return false;
		g_ptr_array_add(value->items, item);
		if (value->signature[0] == 'a')
			first = item;
		else
			signature = end;
	}
	return true;
}

/* Fill @empty, which is taken; NULL: make one of the type that @it has. */
static RpcValue *read_value(Reader *r, DBusMessageIter *it, RpcValue *empty)
{
	g_autoptr(RpcValue) value = empty;
	DBusMessageIter sub;
	char code;

	if (!value) {
		char *signature = dbus_message_iter_get_signature(it);

		value = rpc_value_alloc(signature, strlen(signature));
		dbus_free(signature);
	}
	if (++r->values > RPC_VALUES_MAX) {
		xt_fail(r->error, XT_ERROR_LIMIT, "more than %d values in one message",
			RPC_VALUES_MAX);
		return NULL;
	}

	code = value->signature[0];
	if (!strchr("a({v", code)) {
		if (!read_basic(r, it, code, false, &value->uint64))
			return NULL;
		return g_steal_pointer(&value);
	}

	dbus_message_iter_recurse(it, &sub);
	if (code == 'v') {
		RpcValue *item = read_value(r, &sub, NULL);

		if (!item)
			return NULL;
		g_ptr_array_add(value->items, item);
	} else if (!read_items(r, &sub, value)) {
		return NULL;
	}
	return g_steal_pointer(&value);
}

bool rpc_read_args(DBusMessage *msg, const RpcType *args, void *data, bool borrow,
		   GError **error)
{
	Reader r = { .borrow = borrow, .error = error };
	DBusMessageIter it;

	if (!args->n_fields)
		return true;

	memset(data, 0, args->size);
	dbus_message_iter_init(msg, &it);
	if (read_fields(&r, &it, args, data))
		return true;
	if (borrow)
		rpc_clear_borrowed(args, data);
	else
		rpc_clear(args, data);
	return false;
}

static void free_value(void *value)
{
	rpc_value_free(value);
}

GPtrArray *rpc_read_values(DBusMessage *msg, GError **error)
{
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(free_value);
	Reader r = { .error = error };
	DBusMessageIter it;

	if (!dbus_message_iter_init(msg, &it))
		return g_steal_pointer(&values);
	do {
		RpcValue *value = read_value(&r, &it, NULL);

		if (!value)
			return NULL;
		g_ptr_array_add(values, value);
	} while (dbus_message_iter_next(&it));
	return g_steal_pointer(&values);
}

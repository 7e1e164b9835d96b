/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/error.h"
#include "lib/rpc-marshal.h"

#include <string.h>

/*
 * Values of random types and contents go into a message and come out again, untyped
 * (RpcValue) and by tables (RpcType) that are made here as xc-rpcgen would.
 */

#define BASIC "ybnqiuxtdsog"
#define ROUNDS 200
#define MAX_SIGNATURE 60

/* ---- random signatures and values ---- */

static void add_type(GString *signature, int depth)
{
	int kind = depth > 3 ? 0 : g_test_rand_int_range(0, 8);

	if (kind < 4) {
		g_string_append_c(signature,
				  (BASIC "v")[g_test_rand_int_range(0, sizeof(BASIC))]);
	} else if (kind == 4) {
		int n = g_test_rand_int_range(1, 5);

		g_string_append_c(signature, '(');
		while (n--)
			add_type(signature, depth + 1);
		g_string_append_c(signature, ')');
	} else if (kind == 5) {
		g_string_append_printf(signature, "a{%c", BASIC[g_test_rand_int_range(0, 12)]);
		add_type(signature, depth + 1);
		g_string_append_c(signature, '}');
	} else {
		g_string_append_c(signature, 'a');
		add_type(signature, depth + 1);
	}
}

static char *random_signature(int depth)
{
	for (;;) {
		GString *signature = g_string_new(NULL);

		add_type(signature, depth);
		if (signature->len <= MAX_SIGNATURE)
			return g_string_free(signature, FALSE);
		g_string_free(signature, TRUE);
	}
}

static RpcValue *random_value(const char *signature, size_t len, int depth);

static uint64_t random_bits(void)
{
	return (uint64_t)(uint32_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();
}

static char *random_text(char code)
{
	static const char *const texts[] = { "", "x", "größe", "a\nb\t", "\xf0\x9f\x90\xa7" };
	static const char *const paths[] = { "/", "/a", "/a/b_1/C" };
	static const char *const signatures[] = { "", "s", "a{sv}ii" };

	if (code == 'o')
		return g_strdup(paths[g_test_rand_int_range(0, 3)]);
	if (code == 'g')
		return g_strdup(signatures[g_test_rand_int_range(0, 3)]);
	return g_strdup(texts[g_test_rand_int_range(0, 5)]);
}

static void fill_basic(RpcValue *value)
{
	/* clang-format off */
	switch (value->signature[0]) {
	case 'y': value->byte = random_bits(); break;
	case 'b': value->boolean = random_bits() & 1; break;
	case 'n': value->int16 = random_bits(); break;
	case 'q': value->uint16 = random_bits(); break;
	case 'i': value->int32 = random_bits(); break;
	case 'u': value->uint32 = random_bits(); break;
	case 'x': value->int64 = random_bits(); break;
	case 't': value->uint64 = random_bits(); break;
	case 'd': value->real = g_test_rand_double(); break;
	default:  value->string = random_text(value->signature[0]); break;
	}
	/* clang-format on */
}

static void fill_members(RpcValue *value, int depth)
{
	for (const char *p = value->signature + 1; *p != ')' && *p != '}';) {
		const char *end = rpc_signature_next(p);

		rpc_value_take(value, random_value(p, end - p, depth + 1));
		p = end;
	}
}

static RpcValue *random_value(const char *signature, size_t len, int depth)
{
	RpcValue *value = rpc_value_alloc(signature, len);
	int n;

	switch (*signature) {
	case 'a':
		n = g_test_rand_int_range(0, depth > 3 ? 2 : 5);
		while (n--)
			rpc_value_take(value,
				       random_value(signature + 1, len - 1, depth + 1));
		break;
	case '(':
	case '{':
		fill_members(value, depth);
		break;
	case 'v': {
		g_autofree char *inner = random_signature(depth + 1);

		rpc_value_take(value, random_value(inner, strlen(inner), depth + 1));
		break;
	}
	default:
		fill_basic(value);
		break;
	}
	return value;
}

/* ---- tables for a signature ---- */

typedef struct {
	GPtrArray *types; /* owned */
} Tables;

static void type_free(void *data)
{
	RpcType *type = data;

	g_free((char *)type->signature);
	g_free((RpcField *)type->fields);
	g_free(type);
}

static size_t alignment(const RpcType *type)
{
	size_t most = 1;

	if (type->code == 'a')
		return sizeof(void *);
	if (type->code != '(' && type->code != '{')
		return type->size;
	for (unsigned int i = 0; i < type->n_fields; i++) {
		size_t one = alignment(type->fields[i].type);

		most = MAX(most, one);
	}
	return most;
}

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static const RpcType *basic_type(char code)
{
	static const RpcType *const types[] = {
		&rpc_type_byte,	  &rpc_type_boolean, &rpc_type_int16,  &rpc_type_uint16,
		&rpc_type_int32,  &rpc_type_uint32,  &rpc_type_int64,  &rpc_type_uint64,
		&rpc_type_double, &rpc_type_string,  &rpc_type_object_path,
		&rpc_type_signature, &rpc_type_variant,
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i]->code == code)
			return types[i];
	g_assert_not_reached();
}

static const RpcType *table_for(Tables *tables, const char *signature, size_t len);

/* @p: the members, up to @end. */
static void add_fields(Tables *tables, RpcType *type, const char *p, const char *end)
{
	GArray *fields = g_array_new(FALSE, TRUE, sizeof(RpcField));
	size_t size = 0;

	while (p < end) {
		const char *next = rpc_signature_next(p);
		RpcField field = { "x", table_for(tables, p, next - p), 0, NULL };

		field.offset = round_up(size, alignment(field.type));
		size = field.offset + field.type->size;
		g_array_append_val(fields, field);
		p = next;
	}
	type->n_fields = fields->len;
	type->fields = (RpcField *)g_array_free(fields, FALSE);
	type->size = round_up(size, alignment(type));
}

static const RpcType *table_for(Tables *tables, const char *signature, size_t len)
{
	RpcType *type;

	if (!strchr("a({", *signature))
		return basic_type(*signature);
	type = g_new0(RpcType, 1);
	type->code = *signature;
	type->signature = g_strndup(signature, len);
	if (*signature == 'a') {
		type->size = sizeof(RpcStrings);
		type->elem = table_for(tables, signature + 1, len - 1);
	} else {
		add_fields(tables, type, signature + 1, signature + len - 1);
	}
	g_ptr_array_add(tables->types, type);
	return type;
}

/* An argument list of the types in @signature. */
static const RpcType *table_for_args(Tables *tables, const char *signature)
{
	RpcType *type = g_new0(RpcType, 1);

	type->code = '(';
	type->signature = g_strdup(signature);
	add_fields(tables, type, signature, signature + strlen(signature));
	g_ptr_array_add(tables->types, type);
	return type;
}

/* ---- there and back ---- */

/* As it would come over a socket: libdbus checks all of it. */
static DBusMessage *over_the_wire(DBusMessage *msg)
{
	DBusError error = DBUS_ERROR_INIT;
	DBusMessage *came;
	char *bytes;
	int n;

	dbus_message_set_serial(msg, 1);
	g_assert_true(dbus_message_marshal(msg, &bytes, &n));
	came = dbus_message_demarshal(bytes, n, &error);
	g_assert_cmpstr(error.message, ==, NULL);
	g_assert_nonnull(came);
	dbus_free(bytes);
	dbus_message_unref(msg);
	return came;
}

static DBusMessage *new_message(void)
{
	return dbus_message_new_signal("/", "a.b", "c");
}

static DBusMessage *send_values(const GPtrArray *values)
{
	DBusMessage *msg = new_message();
	g_autoptr(GError) error = NULL;

	g_assert_true(rpc_append_values(msg, values, &error));
	g_assert_no_error(error);
	return over_the_wire(msg);
}

static DBusMessage *send_typed(const RpcType *args, const void *data)
{
	DBusMessage *msg = new_message();
	g_autoptr(GError) error = NULL;

	g_assert_true(rpc_append_args(msg, args, data, &error));
	g_assert_no_error(error);
	return over_the_wire(msg);
}

/* What @msg holds is @values; it is freed. */
static void check_values(DBusMessage *msg, const GPtrArray *values)
{
	g_autoptr(GPtrArray) came = rpc_read_values(msg, NULL);

	g_assert_nonnull(came);
	g_assert_cmpuint(came->len, ==, values->len);
	for (guint i = 0; i < values->len; i++)
		g_assert_true(rpc_value_equal(values->pdata[i], came->pdata[i]));
	dbus_message_unref(msg);
}

static void check_typed(const RpcType *args, const GPtrArray *values)
{
	DBusMessage *msg = send_values(values);
	g_autofree char *owned = g_malloc(args->size + 1);
	g_autofree char *borrowed = g_malloc(args->size + 1);
	g_autofree char *copied = g_malloc(args->size + 1);
	g_autofree char *zero = g_malloc0(args->size + 1);

	g_assert_true(rpc_read_args(msg, args, owned, false, NULL));
	g_assert_true(rpc_read_args(msg, args, borrowed, true, NULL));
	rpc_copy(args, copied, owned);
	check_values(send_typed(args, owned), values);
	check_values(send_typed(args, borrowed), values);
	rpc_clear(args, owned);
	rpc_clear_borrowed(args, borrowed);
	dbus_message_unref(msg);

	check_values(send_typed(args, copied), values);
	rpc_clear(args, copied);
	for (unsigned int i = 0; i < args->n_fields; i++)
		g_assert_cmpmem(copied + args->fields[i].offset, args->fields[i].type->size,
				zero, args->fields[i].type->size);
}

static void free_value(void *value)
{
	rpc_value_free(value);
}

/* @signature: of arguments. */
static void check_round_trip(const char *signature)
{
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(free_value);
	Tables tables = { g_ptr_array_new_with_free_func(type_free) };

	for (const char *p = signature; *p;) {
		const char *end = rpc_signature_next(p);
		RpcValue *value = random_value(p, end - p, 0);
		RpcValue *copy = rpc_value_copy(value);

		g_assert_true(rpc_value_equal(value, copy));
		rpc_value_free(value);
		g_ptr_array_add(values, copy);
		p = end;
	}
	g_test_message("(%s)", signature);
	check_values(send_values(values), values);
	check_typed(table_for_args(&tables, signature), values);
	g_ptr_array_unref(tables.types);
}

static void test_random(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		g_autofree char *one = random_signature(0);
		g_autofree char *two = random_signature(1);
		g_autofree char *both = g_strconcat(one, two, NULL);

		check_round_trip(both);
	}
}

static void test_interfaces(void)
{
	static const char *const signatures[] = {
		"",   "s",  "b",  "i",	"u",	  "o",	   "as",      "aa{ss}",
		"a{ss}", "ao", "d",  "ay", "ai",	  "v",	   "a{sv}",   "x",
		"t",  "n",  "q",  "y",	"g",	  "a(sa{sv})", "a(isssssa{ss}a{ss}s)",
		"ad", "ab", "av", "aay", "a{oa{sv}}", "(iiibiiay)", "sa{sv}as",
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(signatures); i++)
		for (int j = 0; j < 20; j++)
			check_round_trip(signatures[i]);
}

/* ---- limits ---- */

/* One item in each array: as deep as the type. */
static RpcValue *full_value(const char *signature, size_t len)
{
	RpcValue *value = rpc_value_alloc(signature, len);

	if (*signature == 's')
		value->string = g_strdup("x");
	else if (*signature == 'a')
		rpc_value_take(value, full_value(signature + 1, len - 1));
	else
		rpc_value_take(value, full_value(signature + 1, len - 2));
	return value;
}

static void test_deepest_type(void)
{
	GString *signature = g_string_new(NULL);
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(free_value);
	Tables tables = { g_ptr_array_new_with_free_func(type_free) };

	for (int i = 0; i < 32; i++)
		g_string_append(signature, "a");
	for (int i = 0; i < 31; i++)
		g_string_append(signature, "(");
	g_string_append(signature, "(s)");
	for (int i = 0; i < 31; i++)
		g_string_append(signature, ")");
	g_ptr_array_add(values, full_value(signature->str, signature->len));
	check_values(send_values(values), values);
	check_typed(table_for_args(&tables, signature->str), values);
	g_ptr_array_unref(tables.types);
	g_string_free(signature, TRUE);
}

/* @depth variants in each other. */
static GPtrArray *nested_variants(int depth)
{
	GPtrArray *values = g_ptr_array_new_with_free_func(free_value);
	RpcValue *value = rpc_value_new_int32(7);

	for (int i = 0; i < depth; i++) {
		RpcValue *outer = rpc_value_new_container("v");

		rpc_value_take(outer, value);
		value = outer;
	}
	g_ptr_array_add(values, value);
	return values;
}

static void test_depth(void)
{
	g_autoptr(GPtrArray) most = nested_variants(RPC_DEPTH_MAX);
	g_autoptr(GPtrArray) more = nested_variants(RPC_DEPTH_MAX + 1);
	DBusMessage *msg = new_message();
	g_autoptr(GError) error = NULL;

	check_values(send_values(most), most);
	g_assert_false(rpc_append_values(msg, more, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_LIMIT);
	g_assert_cmpstr(error->message, ==, "argument 1: nested more than 64 deep");
	dbus_message_unref(msg);
}

static const RpcField bytes_fields[] = { { "data", &rpc_type_bytes, 0, NULL } };
static const RpcType bytes_args = { '(', "ay", sizeof(RpcBytes), NULL, bytes_fields, 1 };

static void test_size(void)
{
	const RpcBytes bytes = { g_malloc0(RPC_MESSAGE_MAX), RPC_MESSAGE_MAX };
	const RpcBytes fits = { bytes.items, RPC_MESSAGE_MAX - 16 };
	DBusMessage *msg = new_message();
	g_autoptr(GError) error = NULL;

	dbus_message_unref(send_typed(&bytes_args, &fits));
	g_assert_false(rpc_append_args(msg, &bytes_args, &bytes, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_LIMIT);
	dbus_message_unref(msg);
	g_free(bytes.items);
}

/* Bytes are cheap as an array, but not as values: how many there may be is bounded. */
static void test_values(void)
{
	const RpcBytes bytes = { g_malloc0(RPC_VALUES_MAX), RPC_VALUES_MAX };
	DBusMessage *msg = send_typed(&bytes_args, &bytes);
	g_autoptr(GError) error = NULL;

	g_assert_null(rpc_read_values(msg, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_LIMIT);
	dbus_message_unref(msg);
	g_free(bytes.items);
}

static void test_incomplete(void)
{
	/* clang-format off */
	static const struct { const char *signature, *text; } rows[] = {
		{ "v",	   "argument 1: a variant without a value" },
		{ "(si)",  "argument 1: (si) has more members than 1" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(free_value);
		RpcValue *value = rpc_value_new_container(rows[i].signature);
		DBusMessage *msg = new_message();
		g_autoptr(GError) error = NULL;

		if (i == 1)
			rpc_value_take(value, rpc_value_new_string("x"));
		g_ptr_array_add(values, value);
		g_assert_false(rpc_append_values(msg, values, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_cmpstr(error->message, ==, rows[i].text);
		dbus_message_unref(msg);
	}
}

static void test_equal(void)
{
	g_autoptr(RpcValue) one = rpc_value_new_int32(1);
	g_autoptr(RpcValue) other = rpc_value_new_int32(2);
	g_autoptr(RpcValue) unsigned_one = rpc_value_new_uint32(1);
	g_autoptr(RpcValue) text = rpc_value_new_string("1");
	g_autoptr(RpcValue) list = rpc_value_new_container("ai");
	g_autoptr(RpcValue) longer = rpc_value_new_container("ai");

	rpc_value_take(longer, rpc_value_new_int32(1));
	g_assert_true(rpc_value_equal(one, one));
	g_assert_false(rpc_value_equal(one, other));
	g_assert_false(rpc_value_equal(one, unsigned_one));
	g_assert_false(rpc_value_equal(one, text));
	g_assert_false(rpc_value_equal(list, longer));
	g_assert_false(rpc_value_equal(one, NULL));
	g_assert_true(rpc_value_equal(NULL, NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpc/values/types-of-the-interfaces", test_interfaces);
	g_test_add_func("/rpc/values/random-types", test_random);
	g_test_add_func("/rpc/values/deepest-type", test_deepest_type);
	g_test_add_func("/rpc/values/depth-is-bounded", test_depth);
	g_test_add_func("/rpc/values/size-is-bounded", test_size);
	g_test_add_func("/rpc/values/number-is-bounded", test_values);
	g_test_add_func("/rpc/values/incomplete-is-an-error", test_incomplete);
	g_test_add_func("/rpc/values/equal", test_equal);
	return g_test_run();
}

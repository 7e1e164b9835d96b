/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample_client.h"
#include "tests/bus/fixture.h"
#include "tests/bus/sample.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every type of the interfaces, over the wire and back, by generated code. */

static RpcTarget start(Fixture *f)
{
	fixture_serve(f, sample_serve, NULL, SAMPLE_NAME);
	return (RpcTarget){ fixture_bus(f), SAMPLE_NAME, "/a", 0 };
}

static void check_numbers(const RpcTarget *to, bool high)
{
	g_autoptr(GError) error = NULL;
	uint8_t y;
	bool b;
	int16_t n;
	uint16_t q;
	int32_t i;
	uint32_t u;
	int64_t x;
	uint64_t t;
	double d;

	g_assert_true(sample_rpc_numbers(
		to, high ? G_MAXUINT8 : 0, high, high ? G_MAXINT16 : G_MININT16,
		high ? G_MAXUINT16 : 0, high ? G_MAXINT32 : G_MININT32,
		high ? G_MAXUINT32 : 0, high ? G_MAXINT64 : G_MININT64,
		high ? G_MAXUINT64 : 0, high ? DBL_MAX : -INFINITY, &y, &b, &n, &q, &i, &u,
		&x, &t, &d, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(y, ==, high ? G_MAXUINT8 : 0);
	g_assert_cmpint(b, ==, high);
	g_assert_cmpint(n, ==, high ? G_MAXINT16 : G_MININT16);
	g_assert_cmpuint(q, ==, high ? G_MAXUINT16 : 0);
	g_assert_cmpint(i, ==, high ? G_MAXINT32 : G_MININT32);
	g_assert_cmpuint(u, ==, high ? G_MAXUINT32 : 0);
	g_assert_cmpint(x, ==, high ? G_MAXINT64 : G_MININT64);
	g_assert_cmpuint(t, ==, high ? G_MAXUINT64 : 0);
	g_assert_true(d == (high ? DBL_MAX : -INFINITY));
}

static void test_numbers(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);

	check_numbers(&to, false);
	check_numbers(&to, true);
}

static void test_strings(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);
	g_autoptr(RpcValue) v = rpc_value_new_container("a{sv}");
	RpcValue *entry = rpc_value_new_container("{sv}");
	RpcValue *inner = rpc_value_new_container("v");
	g_autoptr(RpcValue) ret_v = NULL;
	g_autofree char *s = NULL, *o = NULL, *g = NULL;

	rpc_value_take(inner, rpc_value_new_uint64(G_MAXUINT64));
	rpc_value_take(entry, rpc_value_new_string("größe"));
	rpc_value_take(entry, inner);
	rpc_value_take(v, entry);
	g_assert_true(sample_rpc_strings(&to, "ünï\ncode\t\xf0\x9f\x90\xa7", "/a/b_1",
					 "a{sv}", v, &s, &o, &g, &ret_v, NULL));
	g_assert_cmpstr(s, ==, "ünï\ncode\t\xf0\x9f\x90\xa7");
	g_assert_cmpstr(o, ==, "/a/b_1");
	g_assert_cmpstr(g, ==, "a{sv}");
	g_assert_true(rpc_value_equal(v, ret_v));
}

/* NULL is sent as "" or "/". */
static void test_null_strings(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);
	g_autoptr(RpcValue) v = rpc_value_new_string(NULL);
	g_autoptr(RpcValue) ret_v = NULL;
	g_autofree char *s = NULL, *o = NULL, *g = NULL;

	g_assert_true(sample_rpc_strings(&to, NULL, NULL, NULL, v, &s, &o, &g, &ret_v, NULL));
	g_assert_cmpstr(s, ==, "");
	g_assert_cmpstr(o, ==, "/");
	g_assert_cmpstr(g, ==, "");
	g_assert_cmpstr(ret_v->string, ==, "");
}

/* ---- containers ---- */

#define TEXT(text) ((char *)(text))
#define ARRAY(vector) \
	{ vector, G_N_ELEMENTS(vector) }

static void check_containers(const SampleRpcContainersOut *out)
{
	const Rpc_RisssssaDssEaDssEsZ *device;

	g_assert_cmpmem(out->ay.items, out->ay.n, "a\0b", 3);
	g_assert_cmpuint(out->as.n, ==, 2);
	g_assert_cmpstr(out->as.items[0], ==, "");
	g_assert_cmpstr(out->as.items[1], ==, "x");
	g_assert_null(out->as.items[2]);
	g_assert_cmpstr(out->ao.items[0], ==, "/x");
	g_assert_cmpuint(out->ai.n, ==, 3);
	g_assert_cmpint(out->ai.items[2], ==, -3);
	g_assert_cmpuint(out->ab.n, ==, 2);
	g_assert_true(out->ab.items[0]);
	g_assert_false(out->ab.items[1]);
	g_assert_cmpstr(out->dict.items[0].value, ==, "v");
	g_assert_cmpuint(out->dicts.n, ==, 2);
	g_assert_cmpstr(out->dicts.items[1].items[0].key, ==, "k");
	g_assert_cmpuint(out->any.n, ==, 0);
	g_assert_cmpstr(out->nested.items[0].m0, ==, "n");
	g_assert_cmpint(out->nested.items[0].m1.items[0].value->int32, ==, 5);
	device = &out->device.items[0];
	g_assert_cmpint(device->m0, ==, 9);
	g_assert_cmpstr(device->m5, ==, "5");
	g_assert_cmpuint(device->m6.n, ==, 1);
	g_assert_cmpuint(device->m7.n, ==, 0);
	g_assert_cmpstr(device->m8, ==, "8");
}

static void test_containers(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);
	g_autoptr(RpcValue) five = rpc_value_new_int32(5);
	uint8_t bytes[] = { 'a', 0, 'b' };
	char *strings[] = { TEXT(""), TEXT("x") };
	char *paths[] = { TEXT("/x") };
	int32_t ints[] = { 1, 2, -3 };
	bool bools[] = { true, false };
	Rpc_DssE entries[] = { { TEXT("k"), TEXT("v") } };
	Rpc_aDssE dicts[] = { { NULL, 0 }, ARRAY(entries) };
	Rpc_DsvE any[] = { { TEXT("five"), five } };
	Rpc_RsaDsvEZ nested[] = { { TEXT("n"), ARRAY(any) } };
	Rpc_RisssssaDssEaDssEsZ devices[] = { { 9, TEXT("1"), TEXT("2"), TEXT("3"), TEXT("4"),
						TEXT("5"), ARRAY(entries), { NULL, 0 },
						TEXT("8") } };
	const RpcBytes ay = ARRAY(bytes);
	const RpcStrings as = ARRAY(strings), ao = ARRAY(paths);
	const Rpc_ai ai = ARRAY(ints);
	const Rpc_ab ab = ARRAY(bools);
	const Rpc_aDssE dict = ARRAY(entries);
	const Rpc_aaDssE dict_array = ARRAY(dicts);
	const Rpc_aDsvE nothing = { NULL, 0 };
	const Rpc_aRsaDsvEZ nested_array = ARRAY(nested);
	const Rpc_aRisssssaDssEaDssEsZ device = ARRAY(devices);
	g_autoptr(GError) error = NULL;
	SampleRpcContainersOut out;

	g_assert_true(sample_rpc_containers(
		&to, &ay, &as, &ao, &ai, &ab, &dict, &dict_array, &nothing, &nested_array,
		&device, &out.ay, &out.as, &out.ao, &out.ai, &out.ab, &out.dict, &out.dicts,
		&out.any, &out.nested, &out.device, &error));
	g_assert_no_error(error);
	check_containers(&out);
	sample_rpc_containers_out_clear(&out);
	g_assert_cmpuint(out.as.n, ==, 0);
	g_assert_null(out.as.items);
}

static void test_members(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);
	SampleRpcTableRows rows;

	g_assert_true(sample_rpc_table(&to, &rows, NULL));
	g_assert_cmpuint(rows.n, ==, 2);
	g_assert_cmpstr(rows.items[1].name, ==, "two");
	g_assert_cmpint(rows.items[1].domid, ==, 2);
	rpc_clear(&sample_rpc_table_rows_type, &rows);
}

static void test_descriptor(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	const RpcTarget to = start(f);
	struct stat sent, came;
	int ends[2], same;

	g_assert_cmpint(pipe(ends), ==, 0);
	g_assert_true(sample_rpc_descriptor(&to, ends[0], &same, NULL));
	g_assert_cmpint(same, >, 0);
	g_assert_cmpint(same, !=, ends[0]);
	g_assert_cmpint(fstat(ends[0], &sent), ==, 0);
	g_assert_cmpint(fstat(same, &came), ==, 0);
	g_assert_cmpuint(sent.st_ino, ==, came.st_ino);
	rpc_clear(&rpc_type_unix_fd, &same);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rpc/types/numbers-at-their-limits", test_numbers);
	g_test_add_func("/rpc/types/strings-and-variants", test_strings);
	g_test_add_func("/rpc/types/null-is-sent-as-empty", test_null_strings);
	g_test_add_func("/rpc/types/containers", test_containers);
	g_test_add_func("/rpc/types/members-with-names", test_members);
	g_test_add_func("/rpc/types/file-descriptor", test_descriptor);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 65536

static unsigned int number(const char *variable, unsigned int fallback)
{
	const char *text = g_getenv(variable);

	return text ? strtoul(text, NULL, 10) : fallback;
}

static void flip(GRand *random, GByteArray *bytes)
{
	if (bytes->len)
		bytes->data[g_rand_int_range(random, 0, bytes->len)] ^=
			1 << g_rand_int_range(random, 0, 8);
}

static void replace(GRand *random, GByteArray *bytes)
{
	static const uint8_t favourites[] = { 0,   1,   4,   ' ',  '\n',
					      '#', 'l', 'B', 0x7f, 0xff };

	if (bytes->len)
		bytes->data[g_rand_int_range(random, 0, bytes->len)] =
			favourites[g_rand_int_range(random, 0, sizeof(favourites))];
}

static void cut(GRand *random, GByteArray *bytes)
{
	unsigned int at, len;

	if (!bytes->len)
		return;
	at = g_rand_int_range(random, 0, bytes->len);
	len = g_rand_int_range(random, 0, MIN(bytes->len - at, 64) + 1);
	g_byte_array_remove_range(bytes, at, len);
}

static void repeat(GRand *random, GByteArray *bytes)
{
	unsigned int at, len;
	g_autofree uint8_t *part = NULL;

	if (!bytes->len || bytes->len > INPUT_MAX)
		return;
	at = g_rand_int_range(random, 0, bytes->len);
	len = g_rand_int_range(random, 0, MIN(bytes->len - at, 256) + 1);
	part = g_memdup2(bytes->data + at, len);
	g_byte_array_append(bytes, part, len);
}

/* A seed changed in a few places. */
static GByteArray *mutate(GRand *random, const GPtrArray *seeds)
{
	static void (*const changes[])(GRand *, GByteArray *) = { flip, replace, cut,
								  repeat };
	const GByteArray *seed = g_ptr_array_index(
		seeds, g_rand_int_range(random, 0, seeds->len));
	GByteArray *bytes = g_byte_array_new();
	int n = g_rand_int_range(random, 1, 8);

	g_byte_array_append(bytes, seed->data, seed->len);
	while (n--)
		changes[g_rand_int_range(random, 0, G_N_ELEMENTS(changes))](random,
									    bytes);
	return bytes;
}

static void run_file(const char *path)
{
	g_autofree char *text = NULL;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, NULL))
		g_error("cannot read %s", path);
	LLVMFuzzerTestOneInput((const uint8_t *)text, len);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) seeds = fuzz_seeds();
	unsigned int runs = number("FUZZ_RUNS", 20000);
	g_autoptr(GRand) random = g_rand_new_with_seed(number("FUZZ_SEED", 1));

	g_print("1..1\n");
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	for (unsigned int i = 0; argc == 1 && i < seeds->len; i++) {
		const GByteArray *seed = g_ptr_array_index(seeds, i);

		LLVMFuzzerTestOneInput(seed->data, seed->len);
	}
	for (unsigned int i = 0; argc == 1 && i < runs; i++) {
		g_autoptr(GByteArray) bytes = mutate(random, seeds);

		LLVMFuzzerTestOneInput(bytes->data, bytes->len);
	}
	g_print("ok 1 - %u seeds, %u runs\n", seeds->len, runs);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fuzz: a target is one function on bytes, which must not crash, leak or break what it
 * asserts, whatever the bytes are.
 *
 * Linked with fuzz-main.c it is a test: seeds, and mutations of them by a fixed random
 * sequence ($FUZZ_SEED, $FUZZ_RUNS; arguments are files to run instead).  Linked with
 * -fsanitize=fuzzer instead it is a target of libFuzzer.
 */

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What to begin with: GByteArray, never none. */
GPtrArray *fuzz_seeds(void);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * RPC value: a value of any D-Bus type, which knows its type.
 *
 * It is what a variant holds, what properties are passed as, and what xec reads and
 * prints.  It round-trips every type.  Immutable once built, except by its builder.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RpcValue RpcValue;

struct RpcValue {
	char *signature; /* one complete type */
	union {
		uint8_t byte;
		bool boolean;
		int16_t int16;
		uint16_t uint16;
		int32_t int32;
		uint32_t uint32;
		int64_t int64;
		uint64_t uint64;
		double real;
		int fd;
		char *string;	 /* s o g */
		GPtrArray *items; /* RpcValue: elements of an array (dict entries too),
				   * members of a struct or dict entry, 1 of a variant */
	};
};

RpcValue *rpc_value_new_byte(uint8_t v);
RpcValue *rpc_value_new_boolean(bool v);
RpcValue *rpc_value_new_int16(int16_t v);
RpcValue *rpc_value_new_uint16(uint16_t v);
RpcValue *rpc_value_new_int32(int32_t v);
RpcValue *rpc_value_new_uint32(uint32_t v);
RpcValue *rpc_value_new_int64(int64_t v);
RpcValue *rpc_value_new_uint64(uint64_t v);
RpcValue *rpc_value_new_double(double v);
RpcValue *rpc_value_new_string(const char *v);
RpcValue *rpc_value_new_object_path(const char *v);
RpcValue *rpc_value_new_signature(const char *v);

/* An empty container of @signature ("as", "(si)", "a{ss}", "{sv}", "v"), to be filled. */
RpcValue *rpc_value_new_container(const char *signature);
void rpc_value_take(RpcValue *container, RpcValue *item); /* asserts that the type fits */

RpcValue *rpc_value_copy(const RpcValue *value);
void rpc_value_free(RpcValue *value);
bool rpc_value_equal(const RpcValue *a, const RpcValue *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcValue, rpc_value_free)

/* Behind the first complete type of @signature, which is valid and not empty. */
const char *rpc_signature_next(const char *signature);

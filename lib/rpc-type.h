/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * RPC types: how a D-Bus type lies in C memory, as data.
 *
 * xc-rpcgen writes these tables; one recursive marshaller (rpc-marshal.c) walks them.
 * Nothing else in the project puts a value into a message or takes one out.
 *
 *   y b n q i u x t d   uint8_t bool int16_t uint16_t int32_t uint32_t int64_t
 *                       uint64_t double
 *   h                   int, a file descriptor; 0 is none when it is freed, since
 *                       that is what a zeroed struct holds
 *   s o g               char *, UTF-8, never NULL in a message (NULL is sent as "",
 *                       an object path as "/")
 *   aX, a{KV}           struct { X *items; size_t n; }, with one zeroed item after the
 *                       last, so that the items of an "as" are a NULL-terminated vector
 *   (...), {KV}         a struct of its members
 *   v                   RpcValue *
 *
 * Ownership is the same everywhere: *in* values are borrowed for the call, *out* values
 * belong to the caller, who clears them (rpc_clear, or the generated *_clear).
 */

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <glib.h>

typedef struct RpcType RpcType;

typedef struct {
	const char *name; /* of the argument or member; NULL in a dict entry */
	const RpcType *type;
	size_t offset; /* in the struct, bytes */
	const char *const *allowed; /* of an argument: values of its enum, NULL-terminated,
				     * a number's as text; or NULL */
} RpcField;

struct RpcType {
	char code;	       /* D-Bus type code: 'y' ... 'v', 'a', '(' or '{' */
	const char *signature; /* of the whole type; of an argument list: of all of it */
	size_t size;	       /* of the C value, bytes */
	const RpcType *elem;   /* of an array, else NULL */
	const RpcField *fields; /* of a struct, a dict entry or an argument list */
	unsigned int n_fields;
};

/* The basic types and the variant, and arrays that every file uses. */
extern const RpcType rpc_type_byte, rpc_type_boolean, rpc_type_int16, rpc_type_uint16,
	rpc_type_int32, rpc_type_uint32, rpc_type_int64, rpc_type_uint64, rpc_type_double,
	rpc_type_string, rpc_type_object_path, rpc_type_signature, rpc_type_unix_fd,
	rpc_type_variant;

/* "ay", "as" and "ao" have these names in C everywhere. */
typedef struct {
	uint8_t *items;
	size_t n;
} RpcBytes;

typedef struct {
	char **items;
	size_t n;
} RpcStrings;

extern const RpcType rpc_type_bytes, rpc_type_strings, rpc_type_object_paths;

/* The list of no arguments. */
extern const RpcType rpc_type_no_args;

/* Free what the value at @data of @type owns, and zero it. */
void rpc_clear(const RpcType *type, void *data);

/* Copy the value at @from to @to, which is overwritten. */
void rpc_copy(const RpcType *type, void *to, const void *from);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * RPC marshal: values into messages and out of them; the engine's own.
 *
 * What is appended is checked first, since libdbus ends the process, or the bus the
 * connection, on an invalid string, path, depth or size: here these are errors.
 */

#include <dbus/dbus.h>
#include "lib/rpc.h"

/* Below the 32 MiB that a system bus takes. */
#define RPC_MESSAGE_MAX (31 * 1024 * 1024)

/* Containers in containers, variants counted: the protocol's own limit. */
#define RPC_DEPTH_MAX 64

/* Values (RpcValue) in one message that is read: what a byte of a variant costs us is
 * some forty times what it cost its sender. */
#define RPC_VALUES_MAX (1024 * 1024)

bool rpc_append_args(DBusMessage *msg, const RpcType *args, const void *data,
		     GError **error);
bool rpc_append_values(DBusMessage *msg, const GPtrArray *values, GError **error);

/*
 * Read the arguments of @msg, whose signature is that of @args, into @data, which is
 * overwritten.  With @borrow strings point into the message; free with
 * rpc_clear_borrowed() before it goes.  On failure @data owns nothing.
 */
bool rpc_read_args(DBusMessage *msg, const RpcType *args, void *data, bool borrow,
		   GError **error);
GPtrArray *rpc_read_values(DBusMessage *msg, GError **error);

void rpc_clear_borrowed(const RpcType *type, void *data);

/* An empty value of the @len bytes of @signature, and of the type of @value. */
RpcValue *rpc_value_alloc(const char *signature, size_t len);
RpcValue *rpc_value_alloc_like(const RpcValue *value);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * RPC internals: what the engine's files share with each other.
 */

#include <dbus/dbus.h>
#include "lib/rpc.h"

/* ---- the interfaces that every object has (rpc-standard.c) ---- */

typedef struct {
	const char *iface, *property;
	const RpcValue *value; /* of Set only */
} RpcPropertyIn;

typedef struct {
	char *name;
	RpcValue *value;
} RpcNamedValue;

typedef struct {
	RpcNamedValue *items;
	size_t n;
} RpcNamedValues;

typedef struct {
	const char *iface;
	RpcNamedValues changed;
	RpcStrings invalidated;
} RpcPropertiesChangedArgs;

enum { RPC_PROPERTIES_GET, RPC_PROPERTIES_GET_ALL, RPC_PROPERTIES_SET };
enum { RPC_PEER_GET_MACHINE_ID, RPC_PEER_PING };

extern const RpcInterface rpc_properties_interface; /* Get, GetAll: RpcPropertyIn */
extern const RpcInterface rpc_introspectable_interface;
extern const RpcInterface rpc_peer_interface;

/* ---- a call being served (rpc-call.c) ---- */

struct RpcCall {
	RpcServer *server; /* NULL once the server is freed: answered by then */
	DBusMessage *msg;
	const RpcInterface *iface; /* as dispatched; NULL before */
	const RpcMethod *method;
	const RpcProperty *property; /* that Get asks for */
	struct Peer *peer;
	RpcCall *prev, *next; /* of the server's calls */
};

RpcCall *rpc_call_new(RpcServer *server, DBusMessage *msg);
void rpc_call_return_args(RpcCall *call, const RpcType *type, const void *out);
void rpc_call_orphan(RpcCall *call); /* answered, but its holder does not know */

/* ---- the server (rpc-server.c) ---- */

struct RpcServer {
	Bus *bus;
	const RpcServerFuncs *funcs;
	void *data;
	RpcCall *calls;
	unsigned int n_calls;
	GPtrArray *changes; /* Change, see rpc-changes.c */
	guint changes_source;
};

GPtrArray *rpc_changes_new(void);

/* Send what rpc_server_changed() gathered. */
void rpc_changes_flush(RpcServer *server);

/* Dispatch to an interface that every object has; @object: as found, or NULL. */
void rpc_serve_properties(RpcCall *call, const RpcObject *object, const void *in);
void rpc_serve_introspect(RpcCall *call, const RpcObject *object);

/* A number or string in words, for comparison and messages; free with g_free(). */
char *rpc_basic_to_text(char code, const void *data);

/* ---- signals (rpc-signal.c) ---- */

/* rpc_subscribe() with more for the match rule ("arg0='x'"), or NULL. */
RpcSubscription *rpc_subscribe_matching(Bus *bus, const char *service, const char *path,
					const RpcInterface *iface, const RpcSignal *signal,
					const char *more_rule, RpcSignalled signalled,
					void *data);

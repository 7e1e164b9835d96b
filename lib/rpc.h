/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * RPC: the engine under the generated code: descriptions of interfaces, serving, calling.
 *
 * For an interface "com.citrix.xenclient.db" in idl/db.xml xc-rpcgen writes
 *
 *   idl/db_types.h,.c	 RpcInterface db_rpc_interface, argument structs, enums
 *   idl/db_server.h,.c	 struct DbRpcOps to implement, RpcService db_rpc_service,
 *			 db_rpc_<method>_return() of asynchronous methods,
 *			 db_rpc_emit_<signal>()
 *   idl/db_client.h,.c	 db_rpc_<method>(), db_rpc_<method>_async(),
 *			 db_rpc_on_<signal>()
 *
 * docs/idl.md describes what it makes of what; this header is the engine's own side.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "lib/bus.h"
#include "lib/rpc-type.h"
#include "lib/rpc-value.h"

/* ---- descriptions: constant tables ---- */

typedef enum {
	RPC_ACCESS_ADMIN, /* what is not said to be less is this */
	RPC_ACCESS_WRITE,
	RPC_ACCESS_READ,
} RpcAccess;

typedef struct {
	const char *name;
	const RpcType *in; /* an argument list: a struct of the arguments */
	const RpcType *out;
	RpcAccess access;
	bool async; /* the server bounds how long it takes: callers wait without limit */
	bool no_reply; /* callers do not wait at all */
} RpcMethod;

typedef struct {
	const char *name;
	const RpcType *args;
} RpcSignal;

typedef enum {
	RPC_PROPERTY_READ = 1,
	RPC_PROPERTY_WRITE = 2,
	RPC_PROPERTY_SILENT = 4, /* EmitsChangedSignal "false" */
	RPC_PROPERTY_INVALIDATES = 8,
} RpcPropertyFlags;

typedef struct {
	const char *name;
	const RpcType *type;
	unsigned int flags;	     /* RpcPropertyFlags */
	const char *key;	     /* database key below the object's, or NULL */
	const char *fallback;	     /* its default as text, or NULL */
	const char *const *allowed; /* values of its enum, NULL-terminated, or NULL */
	int64_t min, max;	     /* of a number; both 0: the type's own range */
} RpcProperty;

typedef struct {
	const char *name;
	const RpcMethod *methods;
	unsigned int n_methods;
	const RpcSignal *signals;
	unsigned int n_signals;
	const RpcProperty *properties;
	unsigned int n_properties;
	const char *introspection; /* "<interface>...</interface>" */
} RpcInterface;

/* NULL if there is none of that name. */
const RpcMethod *rpc_find_method(const RpcInterface *iface, const char *name);
const RpcProperty *rpc_find_property(const RpcInterface *iface, const char *name);

/*
 * Check a value that a client gave for a property against its type, enum and range; the
 * error is XT_ERROR_INVALID and says what would be right.
 */
bool rpc_check_property(const RpcProperty *property, const RpcValue *value, GError **error);

/* ---- a call being served ---- */

typedef struct RpcServer RpcServer;

/*
 * One method call that waits for its answer.  Whoever holds it answers it exactly once:
 * by a generated *_return(), rpc_call_fail(), or one of the functions below; that frees
 * it.  A plain (not asynchronous) handler may read it but neither keeps nor answers it.
 */
typedef struct RpcCall RpcCall;

const char *rpc_call_sender(const RpcCall *call);
const char *rpc_call_path(const RpcCall *call);
const char *rpc_call_interface(const RpcCall *call); /* as dispatched, never NULL */
const char *rpc_call_member(const RpcCall *call);
RpcServer *rpc_call_server(const RpcCall *call);

/* Who calls, as the server's gate found (lib/identity.h); NULL without a gate. */
const struct Peer *rpc_call_peer(const RpcCall *call);

void rpc_call_fail(RpcCall *call, const GError *error);
void rpc_call_failf(RpcCall *call, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);
void rpc_call_return(RpcCall *call, const void *out); /* @out of the method's out type */

/* ---- properties of a served object ---- */

/*
 * Answer with rpc_call_return_value(), _return_values(), _return_empty() or
 * rpc_call_fail(), now or later.  set() gets only values that rpc_check_property()
 * passed, of properties that may be written; get() only properties that may be read.
 */
typedef struct {
	void (*get)(void *impl, RpcCall *call, const RpcInterface *iface,
		    const RpcProperty *property);
	void (*set)(void *impl, RpcCall *call, const RpcInterface *iface,
		    const RpcProperty *property, const RpcValue *value);
	void (*get_all)(void *impl, RpcCall *call, const RpcInterface *iface);
} RpcPropertyOps;

void rpc_call_return_value(RpcCall *call, RpcValue *value); /* takes @value */
void rpc_call_return_empty(RpcCall *call);

/* @values: one per property of @iface in its order, NULL left out; all are taken. */
void rpc_call_return_values(RpcCall *call, const RpcInterface *iface, RpcValue **values);

/* ---- serving ---- */

/* Generated: how a call becomes a call of a member of the operations table. */
typedef struct {
	const RpcInterface *iface;
	/* by index of the method; false with @error set only for plain methods */
	bool (*const *invoke)(const void *ops, void *impl, RpcCall *call, const void *in,
			      void *out, GError **error);
} RpcService;

typedef struct {
	const RpcService *service; /* NULL ends a list */
	const void *ops;	    /* the generated operations table, filled in; may be NULL if it
			     * has no methods */
	const RpcPropertyOps *properties; /* NULL if it has none */
} RpcBinding;

typedef struct {
	void *impl;
	const RpcBinding *bindings;
} RpcObject;

typedef struct {
	/* The object at @path; false if there is none. */
	bool (*lookup)(void *data, const char *path, RpcObject *ret_object);

	/* Names of the children of @path, for introspection (they need not be objects
	 * themselves); added to @names with g_strdup().  May be NULL. */
	void (*children)(void *data, const char *path, GPtrArray *names);

	/* Before anything else is done with a call: rpc_call_admit() or rpc_call_fail(),
	 * now or later.  A sender's calls must be let in in order.  May be NULL: all. */
	void (*gate)(void *data, RpcCall *call);
} RpcServerFuncs;

/* One per connection; it answers every method call that comes in there. */
RpcServer *rpc_server_new(Bus *bus, const RpcServerFuncs *funcs, void *data);
void rpc_server_free(RpcServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RpcServer, rpc_server_free)

Bus *rpc_server_bus(const RpcServer *server);
void rpc_call_admit(RpcCall *call, const struct Peer *peer); /* @peer is copied */

/*
 * A property has a new value (@value is taken; NULL: only invalidated).  Changes are
 * announced together, at the end of the loop's turn or before the next answer.
 */
void rpc_server_changed(RpcServer *server, const char *path, const RpcInterface *iface,
			const RpcProperty *property, RpcValue *value);

/* Generated rpc_emit functions end here. */
void rpc_emit(Bus *bus, const char *path, const RpcInterface *iface,
	      const RpcSignal *signal, const void *args);

/* Calls held by handlers: a test asserts that it is 0 at the end. */
unsigned int rpc_server_pending(const RpcServer *server);

/* ---- calling ---- */

typedef struct {
	Bus *bus;
	const char *service;
	const char *path;
	int timeout_ms; /* 0: 25 s, or no limit for an asynchronous method */
} RpcTarget;

typedef struct RpcPending RpcPending;

/* @out is of the method's out type, valid during the call, NULL with an error. */
typedef void (*RpcDone)(const void *out, const GError *error, void *data);

/* Blocking.  @out is written on success only, and is the caller's to clear. */
bool rpc_call_blocking(const RpcTarget *to, const RpcInterface *iface,
		       const RpcMethod *method, const void *in, void *out, GError **error);

/* @done comes exactly once, from the loop.  The result may be ignored. */
RpcPending *rpc_call_async(const RpcTarget *to, const RpcInterface *iface,
			   const RpcMethod *method, const void *in, RpcDone done, void *data);
void rpc_pending_cancel(RpcPending *pending); /* @done will not come; before it only */

/* The same for generated code: @thunk calls @done, which has the method's own type. */
typedef void (*RpcDoneThunk)(void (*done)(void), const void *out, const GError *error,
			     void *data);
RpcPending *rpc_call_async_typed(const RpcTarget *to, const RpcInterface *iface,
				 const RpcMethod *method, const void *in,
				 RpcDoneThunk thunk, void (*done)(void), void *data);

/*
 * Untyped calls, for xec and for interfaces found by introspection.  @iface may be NULL.
 * @args: RpcValue, may be NULL.  Returns the reply's arguments (RpcValue, owned).
 */
GPtrArray *rpc_call_values(const RpcTarget *to, const char *iface, const char *member,
			   const GPtrArray *args, GError **error);

/* Properties of somebody else's object, blocking and asynchronous. */
RpcValue *rpc_get_property(const RpcTarget *to, const char *iface, const char *property,
			   GError **error);
bool rpc_set_property(const RpcTarget *to, const char *iface, const char *property,
		      const RpcValue *value, GError **error);

typedef void (*RpcValueDone)(const RpcValue *value, const GError *error, void *data);
RpcPending *rpc_get_property_async(const RpcTarget *to, const char *iface,
				   const char *property, RpcValueDone done, void *data);

/* @names and @values have @n entries; borrowed for the call. */
typedef void (*RpcValuesDone)(const char *const *names, const RpcValue *const *values,
			      size_t n, const GError *error, void *data);
RpcPending *rpc_get_all_async(const RpcTarget *to, const char *iface, RpcValuesDone done,
			      void *data);

/* ---- signals ---- */

typedef struct RpcSubscription RpcSubscription;

/* @args of the signal's type, borrowed for the call. */
typedef void (*RpcSignalled)(const char *sender, const char *path, const void *args,
			     void *data);

/* @path may be NULL: any.  Needs an attached bus.  Signals with other arguments than the
 * interface says are ignored with a warning. */
RpcSubscription *rpc_subscribe(Bus *bus, const char *service, const char *path,
			       const RpcInterface *iface, const RpcSignal *signal,
			       RpcSignalled signalled, void *data);
void rpc_unsubscribe(RpcSubscription *subscription); /* NULL is fine */

/* The same for generated code. */
typedef void (*RpcSignalThunk)(void (*fn)(void), const char *path, const void *args,
			       void *data);
RpcSubscription *rpc_subscribe_typed(Bus *bus, const char *service, const char *path,
				     const RpcInterface *iface, const RpcSignal *signal,
				     RpcSignalThunk thunk, void (*fn)(void), void *data);

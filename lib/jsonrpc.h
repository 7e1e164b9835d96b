/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jsonrpc: the monitor's socket, both ends (docs/architecture.md, "The monitor's
 * socket").
 *
 * A request is a frame: four bytes of length, most significant first, then that many
 * bytes of JSON, at most JSONRPC_FRAME_MAX.  A plain client sends one and reads the
 * reply's JSON until the server closes.  After the method "subscribe" the connection
 * stays, and replies and notifications are frames too.  An error carries its code as
 * the D-Bus name in "data", so the client's error has the server's code.
 */

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define JSONRPC_FRAME_MAX (1024 * 1024)

/* ---- the monitor's end (jsonrpc-server.c) ---- */

#define JSONRPC_CONNECTIONS_MAX 64 /* further ones are closed at once */
#define JSONRPC_REQUESTS_MAX    64 /* unanswered ones of a connection */

typedef struct JsonrpcServer JsonrpcServer;
typedef struct JsonrpcRequest JsonrpcRequest;

/* Answer @request exactly once, now or later.  @params is an object (maybe empty) whose
 * values are strings. */
typedef void (*JsonrpcHandler)(JsonrpcRequest *request, const char *method,
			       const json_t *params, void *data);

/* Serves @listen_fd, which it takes.  Only root and our own user may connect. */
JsonrpcServer *jsonrpc_server_new(int listen_fd, JsonrpcHandler handler, void *data);
/* Requests still open may be answered later: nobody hears it. */
void jsonrpc_server_free(JsonrpcServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonrpcServer, jsonrpc_server_free)

void jsonrpc_return(JsonrpcRequest *request, const char *result); /* may be NULL */
void jsonrpc_fail(JsonrpcRequest *request, const GError *error);

/* Make the request's connection one that stays; the handler of "subscribe" calls it
 * before it answers. */
void jsonrpc_subscribe(JsonrpcRequest *request);

/* To every connection that stays.  @params is borrowed.  One that does not read what it
 * subscribed to is dropped. */
void jsonrpc_notify(JsonrpcServer *server, const char *method, const json_t *params);
unsigned int jsonrpc_subscribers(const JsonrpcServer *server);

/* Is all that was sent with the kernel?  Before the process ends, wait for it: at most
 * @timeout_ms, blocking. */
void jsonrpc_server_flush(JsonrpcServer *server, unsigned int timeout_ms);

/* ---- the manager's end (jsonrpc-client.c) ---- */

typedef struct JsonrpcClient JsonrpcClient;

/* @result is NULL where there is none; comes exactly once, from the loop, with
 * XT_ERROR_GONE at the end of the connection. */
typedef void (*JsonrpcDone)(const char *result, const GError *error, void *data);

typedef struct {
	/*
	 * @method is "notify" as the server sent it; or "subscribed", once, before any
	 * other: @params is {"status": what the server answered to subscribe}.
	 */
	void (*notify)(const char *method, const json_t *params, void *data);
	void (*closed)(void *data); /* by the other side; free the client now or later */
} JsonrpcEvents;

/* Connects and subscribes. */
JsonrpcClient *jsonrpc_client_new(const char *socket_path, const JsonrpcEvents *events,
				  void *data, GError **error);
/* Pending calls get XT_ERROR_GONE in here. */
void jsonrpc_client_free(JsonrpcClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonrpcClient, jsonrpc_client_free)

/* @params: pairs key, value, NULL; may be NULL.  @timeout_ms 0: none. */
void jsonrpc_call(JsonrpcClient *client, const char *method, const char *const *params,
		  unsigned int timeout_ms, JsonrpcDone done, void *data);

/* One request by the plain protocol, blocking; *@ret_result may be NULL on success. */
bool jsonrpc_call_once(const char *socket_path, const char *method,
		       const char *const *params, unsigned int timeout_ms,
		       char **ret_result, GError **error);

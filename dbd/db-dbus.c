/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/db-dbus.h"

#include <string.h>

#include "dbd/batch.h"
#include "dbd/path.h"
#include "dbd/quota.h"
#include "dbd/tree.h"
#include "idl/db_server.h"
#include "lib/error.h"
#include "lib/rpc.h"
#include "lib/uuid.h"

struct DbService {
	Bus *bus;
	RpcServer *server;
	Identity *identity;
	Batch *batch;
	unsigned int end_source; /* of the batch, should the bus not tell of its end */
};

typedef struct DbJob DbJob;

typedef struct {
	bool changes;
	bool (*run)(DbJob *job, Store *store, GError **error);
	void (*answer)(DbJob *job);
} DbMethod;

struct DbJob {
	BatchJob base;
	RpcCall *call;
	const DbMethod *method;
	DbPath path;
	bool guest;
	const char *arg; /* of a change; the call's */

	char *text; /* results */
	GPtrArray *names;
	GBytes *bytes;
	bool exists;
};

/* ---- the methods ---- */

static bool run_read(DbJob *job, Store *store, GError **error)
{
	return tree_read(store, &job->path, &job->text, error);
}

static void answer_read(DbJob *job)
{
	db_rpc_read_return(job->call, job->text);
}

static bool run_read_binary(DbJob *job, Store *store, GError **error)
{
	return tree_read_binary(store, &job->path, &job->bytes, error);
}

static void answer_read_binary(DbJob *job)
{
	RpcBytes bytes;

	bytes.items = (uint8_t *)g_bytes_get_data(job->bytes, &bytes.n);
	db_rpc_read_binary_return(job->call, &bytes);
}

static bool run_list(DbJob *job, Store *store, GError **error)
{
	return tree_list(store, &job->path, &job->names, error);
}

static void answer_list(DbJob *job)
{
	RpcStrings names = { (char **)job->names->pdata, job->names->len - 1 };

	db_rpc_list_return(job->call, &names);
}

static bool run_exists(DbJob *job, Store *store, GError **error)
{
	return tree_exists(store, &job->path, &job->exists, error);
}

static void answer_exists(DbJob *job)
{
	db_rpc_exists_return(job->call, job->exists);
}

static bool run_dump(DbJob *job, Store *store, GError **error)
{
	return tree_dump(store, &job->path, &job->text, error);
}

static void answer_dump(DbJob *job)
{
	db_rpc_dump_return(job->call, job->text);
}

static bool run_write(DbJob *job, Store *store, GError **error)
{
	return tree_write(store, &job->path, job->arg, error);
}

static void answer_write(DbJob *job)
{
	db_rpc_write_return(job->call);
}

static bool run_inject(DbJob *job, Store *store, GError **error)
{
	return tree_inject(store, &job->path, job->arg, error);
}

static void answer_inject(DbJob *job)
{
	db_rpc_inject_return(job->call);
}

static bool run_rm(DbJob *job, Store *store, GError **error)
{
	return tree_remove(store, &job->path, error);
}

static void answer_rm(DbJob *job)
{
	db_rpc_rm_return(job->call);
}

/* clang-format off */
static const DbMethod method_read	 = { false, run_read,		answer_read };
static const DbMethod method_read_binary = { false, run_read_binary,	answer_read_binary };
static const DbMethod method_list	 = { false, run_list,		answer_list };
static const DbMethod method_exists	 = { false, run_exists,		answer_exists };
static const DbMethod method_dump	 = { false, run_dump,		answer_dump };
static const DbMethod method_write	 = { true,  run_write,		answer_write };
static const DbMethod method_inject	 = { true,  run_inject,		answer_inject };
static const DbMethod method_rm		 = { true,  run_rm,		answer_rm };
/* clang-format on */

/* ---- a job ---- */

static void clear_results(DbJob *job)
{
	g_clear_pointer(&job->text, g_free);
	g_clear_pointer(&job->names, g_ptr_array_unref);
	g_clear_pointer(&job->bytes, g_bytes_unref);
}

static size_t weight(const DbJob *job)
{
	size_t bytes = sizeof(*job);

	if (job->text)
		bytes += strlen(job->text);
	if (job->bytes)
		bytes += g_bytes_get_size(job->bytes);
	for (unsigned int i = 0; job->names && i + 1 < job->names->len; i++)
		bytes += strlen(job->names->pdata[i]);
	return bytes;
}

static bool job_run(BatchJob *base, Store *store, GError **error)
{
	DbJob *job = (DbJob *)base;
	g_autofree char *root = g_strndup(job->path.text, job->path.root);
	bool fills = job->guest && job->arg;

	clear_results(job);
	if (fills && !quota_check_value(strlen(job->arg), error))
		return false;
	if (!job->method->run(job, store, error))
		return false;
	base->weight = weight(job);
	return !fills || quota_check(store, root, error);
}

static void job_finish(BatchJob *base, const GError *error)
{
	DbJob *job = (DbJob *)base;

	if (error)
		rpc_call_fail(job->call, error);
	else
		job->method->answer(job);
	clear_results(job);
	path_clear(&job->path);
	g_free(job);
}

static void end_batch(DbService *service)
{
	if (service->end_source)
		g_source_remove(service->end_source);
	service->end_source = 0;
	batch_end(service->batch);
}

static gboolean end_of_turn(gpointer data)
{
	DbService *service = data;

	service->end_source = 0;
	end_batch(service);
	return G_SOURCE_REMOVE;
}

/* The path of all that the caller sees; NULL if it sees nothing. */
static char *root_of(const Peer *peer)
{
	if (!peer)
		return NULL;
	if (peer->host)
		return g_strdup("");
	return uuid_is_valid(peer->uuid) ? g_strconcat("/dom-store/", peer->uuid, NULL)
					 : NULL;
}

static void serve(DbService *service, RpcCall *call, const DbMethod *method,
		  const char *given, const char *arg)
{
	const Peer *peer = rpc_call_peer(call);
	g_autofree char *root = root_of(peer);
	g_autoptr(GError) error = NULL;
	DbPath path;
	DbJob *job;

	if (!root) {
		rpc_call_failf(call, XT_ERROR_DENIED, "nobody knows who this caller is");
		return;
	}
	if (!path_init(&path, root, given, &error)) {
		rpc_call_fail(call, error);
		return;
	}

	job = g_new0(DbJob, 1);
	job->base.changes = method->changes;
	job->base.run = job_run;
	job->base.finish = job_finish;
	job->call = call;
	job->method = method;
	job->path = path;
	job->guest = !peer->host;
	job->arg = arg;
	batch_serve(service->batch, &job->base);

	/* A call may have waited for its sender's identity and come outside of the bus's
	 * own batch: it must not wait for the next. */
	if (method->changes && !service->end_source)
		service->end_source = g_idle_add_full(G_PRIORITY_HIGH, end_of_turn,
						      service, NULL);
}

/* ---- the interface ---- */

static void on_read(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_read, path, NULL);
}

static void on_read_binary(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_read_binary, path, NULL);
}

static void on_list(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_list, path, NULL);
}

static void on_exists(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_exists, path, NULL);
}

static void on_dump(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_dump, path, NULL);
}

static void on_write(void *impl, RpcCall *call, const char *path, const char *value)
{
	serve(impl, call, &method_write, path, value);
}

static void on_inject(void *impl, RpcCall *call, const char *path, const char *value)
{
	serve(impl, call, &method_inject, path, value);
}

static void on_rm(void *impl, RpcCall *call, const char *path)
{
	serve(impl, call, &method_rm, path, NULL);
}

static const DbRpcOps ops = {
	.read = on_read,
	.read_binary = on_read_binary,
	.list = on_list,
	.exists = on_exists,
	.dump = on_dump,
	.write = on_write,
	.inject = on_inject,
	.rm = on_rm,
};

static const RpcBinding bindings[] = { { &db_rpc_service, &ops, NULL }, { NULL } };

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	*ret_object = (RpcObject){ .impl = data, .bindings = bindings };
	return g_str_equal(path, "/");
}

static void gate(void *data, RpcCall *call)
{
	DbService *service = data;

	identity_gate(service->identity, call);
}

static const RpcServerFuncs server_funcs = { .lookup = lookup, .gate = gate };

static void on_batch_end(void *data)
{
	end_batch(data);
}

DbService *db_service_new(Bus *bus, Store *store, Identity *identity)
{
	DbService *service = g_new0(DbService, 1);

	service->bus = bus;
	service->identity = identity;
	service->batch = batch_new(store);
	service->server = rpc_server_new(bus, &server_funcs, service);
	bus_on_batch_end(bus, on_batch_end, service);
	return service;
}

void db_service_free(DbService *service)
{
	if (!service)
		return;

	bus_on_batch_end(service->bus, NULL, NULL);
	end_batch(service);
	batch_free(service->batch);
	rpc_server_free(service->server);
	g_free(service);
}

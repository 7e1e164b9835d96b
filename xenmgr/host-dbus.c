/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include "idl/xenmgr_host_server.h"
#include "lib/error.h"
#include "xenmgr/manager.h"
#include "xenmgr/property.h"

/* clang-format off */
static const struct {
	const char *property;
	size_t offset; /* of an int in HostFacts */
} facts_table[] = {
	{ "avail-mem",	G_STRUCT_OFFSET(HostFacts, avail_mem) },
	{ "cpu-count",	G_STRUCT_OFFSET(HostFacts, cpu_count) },
	{ "free-mem",	G_STRUCT_OFFSET(HostFacts, free_mem) },
	{ "total-mem",	G_STRUCT_OFFSET(HostFacts, total_mem) },
};
/* clang-format on */

typedef struct {
	RpcCall *call;
	const RpcInterface *iface;
	const RpcProperty *property; /* NULL: all */
} Job;

static RpcValue *value_of(const RpcProperty *property, const HostFacts *facts)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(facts_table); i++)
		if (g_str_equal(facts_table[i].property, property->name))
			return rpc_value_new_int32(
				G_STRUCT_MEMBER(int, facts, facts_table[i].offset));
	/* Nothing is done to the host's power yet: it is always this. */
	return g_str_equal(property->name, "state") ? rpc_value_new_string("idle") : NULL;
}

static void answer_one(Job *job, const HostFacts *facts)
{
	RpcValue *value = value_of(job->property, facts);

	if (value)
		rpc_call_return_value(job->call, value);
	else
		rpc_call_failf(job->call, XT_ERROR_UNKNOWN_PROPERTY,
			       "%s.%s is not known here", job->iface->name,
			       job->property->name);
}

static void answer_all(Job *job, const HostFacts *facts)
{
	const RpcInterface *iface = job->iface;
	g_autofree RpcValue **values = g_new0(RpcValue *, iface->n_properties);

	for (unsigned int i = 0; i < iface->n_properties; i++)
		values[i] = value_of(&iface->properties[i], facts);
	rpc_call_return_values(job->call, iface, values);
}

static void got_facts(const HostFacts *facts, const GError *error, void *data)
{
	Job *job = data;

	if (error)
		rpc_call_fail(job->call, error);
	else if (job->property)
		answer_one(job, facts);
	else
		answer_all(job, facts);
	g_free(job);
}

static void ask(Manager *manager, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property)
{
	Job *job = g_new(Job, 1);

	job->call = call;
	job->iface = iface;
	job->property = property;
	host_facts(manager->host, got_facts, job);
}

static void get(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property)
{
	ask(impl, call, iface, property);
}

static void get_all(void *impl, RpcCall *call, const RpcInterface *iface)
{
	ask(impl, call, iface, NULL);
}

static void set(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property, const RpcValue *value)
{
	rpc_call_failf(call, XT_ERROR_READ_ONLY, "%s.%s cannot be set here", iface->name,
		       property->name);
}

static bool get_seconds_from_epoch(void *impl, const RpcCall *call, int32_t *ret_seconds,
				   GError **error)
{
	*ret_seconds = (int32_t)(g_get_real_time() / G_USEC_PER_SEC);
	return true;
}

static const XenmgrHostRpcOps ops = { .get_seconds_from_epoch = get_seconds_from_epoch };
static const RpcPropertyOps property_ops = { get, set, get_all };

const RpcBinding host_bindings[] = {
	{ &xenmgr_host_rpc_service, &ops, &property_ops },
	{ NULL },
};

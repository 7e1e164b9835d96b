/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/proxy.h"

#include "idl/rpc_proxy_server.h"
#include "lib/error.h"
#include "lib/rpc.h"

/* ---- com.citrix.xenclient.rpc_proxy ---- */

static const char *absent_if_empty(const char *text)
{
	return *text ? text : NULL;
}

/* What the rules say, of a message on a path that nobody has told. */
static bool validate(const Proxy *proxy, int domid, Subject subject)
{
	const Guest *guest = proxy_find_domid(proxy, domid);

	subject.about_property = g_strcmp0(subject.interface,
					   "org.freedesktop.DBus.Properties") == 0;
	return guest && decide(guest_policy(guest), &subject).allow;
}

static bool op_validate_call(void *impl, const RpcCall *call, int32_t domain,
			     const char *destination, const char *interface,
			     const char *member, bool *ret_r, GError **error)
{
	Subject subject = { .direction = RULE_INC,
			    .kind = RULE_METHOD_CALL,
			    .destination = absent_if_empty(destination),
			    .interface = absent_if_empty(interface),
			    .member = absent_if_empty(member) };

	*ret_r = validate(impl, domain, subject);
	return true;
}

static Subject a_signal(RuleDirection direction, const char *interface,
			const char *member)
{
	return (Subject){ .direction = direction,
			  .kind = RULE_SIGNAL,
			  .interface = absent_if_empty(interface),
			  .member = absent_if_empty(member) };
}

static bool op_validate_recv_signal(void *impl, const RpcCall *call, int32_t domain,
				    const char *interface, const char *member,
				    bool *ret_r, GError **error)
{
	*ret_r = validate(impl, domain, a_signal(RULE_OUT, interface, member));
	return true;
}

static bool op_validate_send_signal(void *impl, const RpcCall *call, int32_t domain,
				    const char *interface, const char *member,
				    bool *ret_r, GError **error)
{
	*ret_r = validate(impl, domain, a_signal(RULE_INC, interface, member));
	return true;
}

static bool op_list_rules(void *impl, const RpcCall *call, RpcStrings *ret_rules,
			  GError **error)
{
	const GPtrArray *rules = proxy_rules(impl)->rules;

	ret_rules->n = rules->len;
	ret_rules->items = g_new0(char *, rules->len + 1);
	for (unsigned int i = 0; i < rules->len; i++)
		ret_rules->items[i] = g_strdup(
			((const Rule *)g_ptr_array_index(rules, i))->text);
	return true;
}

static const RpcProxyRpcOps ops = {
	.list_rules = op_list_rules,
	.validate_call = op_validate_call,
	.validate_recv_signal = op_validate_recv_signal,
	.validate_send_signal = op_validate_send_signal,
};

/* ---- com.citrix.xenclient.rpc_proxy.identity ---- */

static bool op_lookup(void *impl, const RpcCall *call, const char *name,
		      int32_t *ret_domid, char **ret_uuid, bool *ret_stubdom,
		      GError **error)
{
	const Guest *guest = proxy_find_name(impl, name);
	const Policy *policy;

	if (!guest)
		return xt_fail(error, XT_ERROR_NOT_FOUND,
			       "\"%s\" is no guest's connection", name);
	policy = guest_policy(guest);
	*ret_domid = policy->domid;
	*ret_uuid = g_strdup(policy->uuid);
	*ret_stubdom = policy->stubdom;
	return true;
}

static const RpcProxyIdentityRpcOps identity_ops = {
	.lookup = op_lookup,
};

/* ---- com.citrix.xenclient.rpc_proxy.facts ---- */

typedef struct {
	RpcCall *call;
	unsigned int waiting;
	GError *failed;
} Refresh;

static void refresh_answer(Refresh *refresh)
{
	if (--refresh->waiting)
		return;
	if (refresh->failed)
		rpc_call_fail(refresh->call, refresh->failed);
	else
		rpc_proxy_facts_rpc_refresh_return(refresh->call);
	g_clear_error(&refresh->failed);
	g_free(refresh);
}

static void refresh_loaded(const GError *error, void *data)
{
	Refresh *refresh = data;

	/* Of a guest that left there is nothing to be wrong about. */
	if (error && !g_error_matches(error, XT_ERROR, XT_ERROR_GONE) && !refresh->failed)
		refresh->failed = g_error_copy(error);
	refresh_answer(refresh);
}

static void op_refresh(void *impl, RpcCall *call, const char *uuid)
{
	Refresh *refresh = g_new0(Refresh, 1);

	refresh->call = call;
	refresh->waiting = 1;
	refresh->waiting += proxy_refresh(impl, uuid, refresh_loaded, refresh);
	refresh_answer(refresh);
}

static const RpcProxyFactsRpcOps facts_ops = {
	.refresh = op_refresh,
};

/* ---- the object ---- */

static const RpcBinding bindings[] = {
	{ &rpc_proxy_rpc_service, &ops, NULL },
	{ &rpc_proxy_identity_rpc_service, &identity_ops, NULL },
	{ &rpc_proxy_facts_rpc_service, &facts_ops, NULL },
	{ NULL, NULL, NULL },
};

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	if (!g_str_equal(path, "/"))
		return false;
	*ret_object = (RpcObject){ data, bindings };
	return true;
}

/* Whatever the rules say: who is who and what is known is not for guests to touch. */
static void gate(void *data, RpcCall *call)
{
	if (proxy_find_name(data, rpc_call_sender(call)))
		rpc_call_failf(call, XT_ERROR_DENIED, "no guest may call this");
	else
		rpc_call_admit(call, NULL);
}

static const RpcServerFuncs funcs = {
	.lookup = lookup,
	.gate = gate,
};

struct RpcServer *proxy_serve(Proxy *proxy, Bus *bus)
{
	return rpc_server_new(bus, &funcs, proxy);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/guest.h"

#include <string.h>
#include "idl/db_client.h"
#include "lib/error.h"
#include "lib/rpc.h"
#include "policy/own-rules.h"

#define XENMGR          "com.citrix.xenclient.xenmgr"
#define DB              "com.citrix.xenclient.db"
#define LOAD_TIMEOUT_MS 5000
#define OUR_OWN         "until its own rules can be read"

typedef struct {
	GuestLoaded loaded;
	void *data;
} Waiter;

struct Guest {
	Bus *bus;
	char uuid[UUID_LEN + 1];
	char *title;
	Policy policy;
	Facts *facts;
	RuleSet *own;

	/* One load at a time.  Who asks during one waits for the next: what has changed
	 * may have been read already. */
	GArray *waiters, *next_waiters;
	RpcPending *properties, *rules;
	GError *failed; /* the first of this load */
};

/* ---- what the VM's own rules are before they could be read ---- */

static RuleSet *deny_all(const char *uuid)
{
	static const char text[] = "deny all\n"
				   "deny stubdom true\n"
				   "deny out-any\n"
				   "deny out-any stubdom true\n";
	RuleSet *set = rule_set_new();

	if (!rules_parse(set, text, strlen(text), OUR_OWN, NULL))
		g_assert_not_reached();
	return set;
}

static void set_own(Guest *guest, RuleSet *own)
{
	rule_set_free(guest->own);
	guest->policy.own = guest->own = own;
}

static void set_facts(Guest *guest, Facts *facts)
{
	facts_free(guest->facts);
	guest->policy.facts = guest->facts = facts;
}

/* ---- a load: in the order it happens ---- */

static void start_load(Guest *guest);
static void came_properties(const char *const *names, const RpcValue *const *values,
			    size_t n, const GError *error, void *data);
static void came_rules(const DbRpcDumpOut *out, const GError *error, void *data);
static void end_load(Guest *guest);

void guest_load(Guest *guest, GuestLoaded loaded, void *data)
{
	Waiter waiter = { loaded, data };

	g_array_append_val(guest->next_waiters, waiter);
	if (!guest->waiters->len)
		start_load(guest);
}

static void start_load(Guest *guest)
{
	g_autofree char *path = uuid_to_path(guest->uuid);
	g_autofree char *key = g_strdup_printf("/vm/%s/" OWN_RULES_KEY, guest->uuid);
	RpcTarget vm = { guest->bus, XENMGR, path, LOAD_TIMEOUT_MS };
	RpcTarget db = { guest->bus, DB, "/", LOAD_TIMEOUT_MS };
	GArray *empty = guest->waiters;

	guest->waiters = guest->next_waiters;
	guest->next_waiters = empty;
	guest->properties = rpc_get_all_async(&vm, XENMGR ".vm.unrestricted",
					      came_properties, guest);
	guest->rules = db_rpc_dump_async(&db, key, came_rules, guest);
}

static void load_failed(Guest *guest, const GError *error)
{
	g_warning("%s: %s", guest->title, error->message);
	if (!guest->failed)
		guest->failed = g_error_copy(error);
}

static void came_properties(const char *const *names, const RpcValue *const *values,
			    size_t n, const GError *error, void *data)
{
	Guest *guest = data;
	Facts *facts;

	guest->properties = NULL;
	if (error) {
		load_failed(guest, error);
		end_load(guest);
		return;
	}

	facts = facts_new();
	for (size_t i = 0; i < n; i++) {
		if (g_str_equal(values[i]->signature, "b"))
			facts_set_boolean(facts, names[i], values[i]->boolean);
		else if (g_str_equal(values[i]->signature, "s"))
			facts_set_text(facts, names[i], values[i]->string);
	}
	set_facts(guest, facts);
	end_load(guest);
}

static void came_rules(const DbRpcDumpOut *out, const GError *error, void *data)
{
	Guest *guest = data;
	g_autoptr(GError) mistake = NULL;
	RuleSet *own = NULL;

	guest->rules = NULL;
	if (!error)
		own = own_rules_parse(out->value, guest->uuid, &mistake);
	if (own)
		set_own(guest, own);
	else
		load_failed(guest, error ? error : mistake);
	end_load(guest);
}

static void tell_waiters(GArray *waiters, const GError *error)
{
	for (unsigned int i = 0; i < waiters->len; i++) {
		const Waiter *waiter = &g_array_index(waiters, Waiter, i);

		waiter->loaded(error, waiter->data);
	}
	g_array_set_size(waiters, 0);
}

static void end_load(Guest *guest)
{
	g_autoptr(GError) failed = NULL;

	if (guest->properties || guest->rules)
		return;
	failed = g_steal_pointer(&guest->failed);
	tell_waiters(guest->waiters, failed);
	if (guest->next_waiters->len)
		start_load(guest);
}

/* ---- */

Guest *guest_new(Bus *bus, const char *uuid, int domid, bool stubdom,
		 const RuleSet *global)
{
	Guest *guest = g_new0(Guest, 1);

	guest->bus = bus;
	g_strlcpy(guest->uuid, uuid, sizeof(guest->uuid));
	guest->title = g_strdup_printf("%s (domain %d%s)", uuid, domid,
				       stubdom ? ", a stub domain" : "");
	guest->policy = (Policy){
		.global = global, .uuid = guest->uuid, .domid = domid, .stubdom = stubdom
	};
	guest->waiters = g_array_new(false, false, sizeof(Waiter));
	guest->next_waiters = g_array_new(false, false, sizeof(Waiter));
	set_own(guest, deny_all(uuid));
	return guest;
}

void guest_free(Guest *guest)
{
	g_autoptr(GError) gone = NULL;

	if (!guest)
		return;
	gone = g_error_new(XT_ERROR, XT_ERROR_GONE, "%s is gone", guest->title);
	g_clear_pointer(&guest->properties, rpc_pending_cancel);
	g_clear_pointer(&guest->rules, rpc_pending_cancel);
	tell_waiters(guest->waiters, gone);
	tell_waiters(guest->next_waiters, gone);
	g_array_unref(guest->waiters);
	g_array_unref(guest->next_waiters);
	g_clear_error(&guest->failed);
	facts_free(guest->facts);
	rule_set_free(guest->own);
	g_free(guest->title);
	g_free(guest);
}

void guest_set_global(Guest *guest, const RuleSet *global)
{
	guest->policy.global = global;
}

const Policy *guest_policy(const Guest *guest)
{
	return &guest->policy;
}

const char *guest_title(const Guest *guest)
{
	return guest->title;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/identity.h"

#include <pwd.h>
#include <string.h>
#include "idl/rpc_proxy_client.h"
#include "lib/error.h"

/*
 * How a sender is found out, each step from the loop:
 *
 *   the bus says its user and process
 *     -> we know the process of whoever owns the proxy's name now
 *       -> not on the guests' side: it is the host
 *       -> the proxy's own connection: the host too
 *       -> else the proxy says which guest it is, or nobody does
 *
 * The proxy takes its name before it makes a connection for a guest, so the bus tells us
 * of the new owner before the first call of such a connection.  A refusal is not
 * remembered: the sender's next call asks again.
 */

#define PROXY             "com.citrix.xenclient.rpc_proxy"
#define LOOKUP_TIMEOUT_MS 2000
#define WAITING_MAX       256 /* calls of one sender */

typedef enum {
	SENDER_ASKED,     /* the bus was */
	SENDER_HAS_USER,  /* waits for the proxy's process to be known */
	SENDER_LOOKED_UP, /* the proxy was asked */
	SENDER_KNOWN,
} SenderState;

typedef struct {
	char *name;
	SenderState state;
	Peer peer;
	GQueue calls; /* RpcCall, that wait */
} Sender;

struct Identity {
	unsigned int refs; /* ours, and one of each question under way */
	bool freed;
	Bus *bus;
	bool has_proxy_uid;
	uint32_t proxy_uid;
	BusNameWatch *watch;
	char *owner; /* of the proxy's name; "" if nobody */
	unsigned int
		resolving; /* owners whose process is not known yet, and at first one */
	GHashTable *processes; /* pids that own or ever owned it */
	GHashTable *senders;   /* name -> Sender */
};

/* A question under way: what it is about may be gone when the answer comes. */
typedef struct {
	Identity *identity;
	char *name;
} Question;

static Question *question_new(Identity *identity, const char *name)
{
	Question *question = g_new0(Question, 1);

	identity->refs++;
	question->identity = identity;
	question->name = g_strdup(name);
	return question;
}

static void identity_unref(Identity *identity)
{
	if (--identity->refs)
		return;
	g_hash_table_unref(identity->senders);
	g_hash_table_unref(identity->processes);
	g_free(identity->owner);
	g_free(identity);
}

static void question_free(Question *question)
{
	identity_unref(question->identity);
	g_free(question->name);
	g_free(question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

/* Whom the question was about; NULL if that does not matter any more. */
static Sender *question_sender(const Question *question)
{
	if (question->identity->freed)
		return NULL;
	return g_hash_table_lookup(question->identity->senders, question->name);
}

/* ---- how it ends ---- */

static void sender_free(void *data)
{
	Sender *sender = data;

	g_assert(!sender->calls.length);
	g_free(sender->name);
	g_free(sender);
}

static void refuse(Identity *identity, Sender *sender, const char *why)
{
	RpcCall *call;

	while ((call = g_queue_pop_head(&sender->calls)))
		rpc_call_failf(call, XT_ERROR_DENIED, "%s: %s", sender->name, why);
	g_hash_table_remove(identity->senders, sender->name);
}

static void admit(Sender *sender)
{
	RpcCall *call;

	sender->state = SENDER_KNOWN;
	while ((call = g_queue_pop_head(&sender->calls)))
		rpc_call_admit(call, &sender->peer);
}

static void admit_host(Sender *sender)
{
	sender->peer.host = true;
	sender->peer.domid = -1;
	admit(sender);
}

/* ---- a sender: in the order it happens ---- */

static void came_credentials(uint32_t uid, uint32_t pid, const GError *error, void *data);
static void classify(Identity *identity, Sender *sender);
static void came_lookup(const RpcProxyIdentityRpcLookupOut *out, const GError *error,
			void *data);

static Sender *sender_new(Identity *identity, const char *name)
{
	Sender *sender = g_new0(Sender, 1);

	sender->name = g_strdup(name);
	g_queue_init(&sender->calls);
	g_hash_table_insert(identity->senders, sender->name, sender);
	bus_get_credentials(identity->bus, name, came_credentials,
			    question_new(identity, name));
	return sender;
}

static void came_credentials(uint32_t uid, uint32_t pid, const GError *error, void *data)
{
	g_autoptr(Question) question = data;
	Sender *sender = question_sender(question);

	if (!sender)
		return;
	if (error || !pid) {
		refuse(question->identity, sender, "the bus does not say whose it is");
		return;
	}
	sender->peer.uid = uid;
	sender->peer.pid = pid;
	sender->state = SENDER_HAS_USER;
	classify(question->identity, sender);
}

static bool is_guests_side(const Identity *identity, const Peer *peer)
{
	return (identity->has_proxy_uid && peer->uid == identity->proxy_uid) ||
	       g_hash_table_contains(identity->processes, GUINT_TO_POINTER(peer->pid));
}

static void classify(Identity *identity, Sender *sender)
{
	RpcTarget to = { identity->bus, identity->owner, "/", LOOKUP_TIMEOUT_MS };

	if (identity->resolving)
		return;
	if (!is_guests_side(identity, &sender->peer) ||
	    g_str_equal(sender->name, identity->owner)) {
		admit_host(sender);
		return;
	}
	if (!*identity->owner) {
		refuse(identity, sender,
		       "no rpc-proxy is there to say which guest it is");
		return;
	}
	sender->state = SENDER_LOOKED_UP;
	rpc_proxy_identity_rpc_lookup_async(&to, sender->name, came_lookup,
					    question_new(identity, sender->name));
}

static void came_lookup(const RpcProxyIdentityRpcLookupOut *out, const GError *error,
			void *data)
{
	g_autoptr(Question) question = data;
	Sender *sender = question_sender(question);

	if (!sender)
		return;
	if (error || out->domid <= 0 || !uuid_is_valid(out->uuid)) {
		refuse(question->identity, sender,
		       "rpc-proxy does not say which guest it is");
		return;
	}
	sender->peer.domid = out->domid;
	sender->peer.stubdom = out->stubdom;
	g_strlcpy(sender->peer.uuid, out->uuid, sizeof(sender->peer.uuid));
	admit(sender);
}

static void sender_gone(const char *name, void *data)
{
	Identity *identity = data;
	Sender *sender = g_hash_table_lookup(identity->senders, name);

	if (sender)
		refuse(identity, sender, "it left the bus");
}

void identity_gate(Identity *identity, RpcCall *call)
{
	const char *name = rpc_call_sender(call);
	Sender *sender = g_hash_table_lookup(identity->senders, name);

	if (name[0] != ':') {
		rpc_call_failf(call, XT_ERROR_DENIED, "a call without a sender");
		return;
	}
	if (!sender)
		sender = sender_new(identity, name);

	if (sender->state == SENDER_KNOWN)
		rpc_call_admit(call, &sender->peer);
	else if (sender->calls.length >= WAITING_MAX)
		rpc_call_failf(call, XT_ERROR_LIMIT, "%d calls of %s wait already",
			       WAITING_MAX, name);
	else
		g_queue_push_tail(&sender->calls, call);
}

/* ---- the proxy: in the order it happens ---- */

static void came_owner_credentials(uint32_t uid, uint32_t pid, const GError *error,
				   void *data);
static void owner_resolved(Identity *identity);

static void owner_changed(const char *name, const char *owner, void *data)
{
	Identity *identity = data;
	bool first = !identity->owner;

	g_free(identity->owner);
	identity->owner = g_strdup(owner);
	if (*owner) {
		identity->resolving++;
		bus_get_credentials(identity->bus, owner, came_owner_credentials,
				    question_new(identity, owner));
	}
	if (first)
		owner_resolved(identity);
}

static void came_owner_credentials(uint32_t uid, uint32_t pid, const GError *error,
				   void *data)
{
	g_autoptr(Question) question = data;
	Identity *identity = question->identity;

	if (identity->freed)
		return;
	if (!error && pid)
		g_hash_table_add(identity->processes, GUINT_TO_POINTER(pid));
	owner_resolved(identity);
}

/* Those who waited for it. */
static void owner_resolved(Identity *identity)
{
	g_autoptr(GList) senders = NULL;

	if (--identity->resolving)
		return;
	senders = g_hash_table_get_values(identity->senders);
	for (GList *at = senders; at; at = at->next) {
		Sender *sender = at->data;

		if (sender->state == SENDER_HAS_USER)
			classify(identity, sender);
	}
}

/* ---- */

/* A user may be named that this machine does not have: then its proxy runs as another. */
static void find_proxy_user(Identity *identity, const char *name)
{
	const struct passwd *user = name ? getpwnam(name) : NULL;

	if (name && !user)
		g_warning("no user \"%s\" for rpc-proxy, ignoring", name);
	if (!user)
		return;
	identity->has_proxy_uid = true;
	identity->proxy_uid = user->pw_uid;
}

Identity *identity_new(Bus *bus, const char *proxy_user)
{
	Identity *identity = g_new0(Identity, 1);

	identity->refs = 1;
	identity->bus = bus;
	identity->resolving = 1; /* until we know who owns the name */
	identity->processes = g_hash_table_new(NULL, NULL);
	identity->senders = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						  sender_free);
	find_proxy_user(identity, proxy_user);
	identity->watch = bus_watch_name(bus, PROXY, owner_changed, identity);
	bus_on_name_gone(bus, sender_gone, identity);
	return identity;
}

static void forget_senders(Identity *identity)
{
	g_autoptr(GList) senders = g_hash_table_get_values(identity->senders);

	for (GList *at = senders; at; at = at->next)
		refuse(identity, at->data, "the service ends");
}

void identity_free(Identity *identity)
{
	if (!identity)
		return;
	bus_unwatch_name(identity->watch);
	bus_off_name_gone(identity->bus, sender_gone, identity);
	forget_senders(identity);
	identity->freed = true;
	identity_unref(identity);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/proxy.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "policy/channel.h"

struct Proxy {
	Bus *bus;
	char *rules_path;
	RuleSet *rules;
	int control_fd;
	unsigned int source;
	GPtrArray *channels; /* Channel */
	GHashTable *names;   /* unique name -> Channel */
	BusNameWatch *xenmgr, *db;
};

/* ---- channels ---- */

static void channel_named(Channel *channel, const char *name, void *data)
{
	Proxy *proxy = data;

	g_hash_table_insert(proxy->names, g_strdup(name), channel);
}

static void channel_unnamed(const char *name, void *data)
{
	Proxy *proxy = data;

	g_hash_table_remove(proxy->names, name);
}

static void channel_closed(Channel *channel, void *data)
{
	Proxy *proxy = data;

	g_ptr_array_remove_fast(proxy->channels, channel);
	channel_free(channel);
}

static const ChannelEvents channel_events = {
	.named = channel_named,
	.unnamed = channel_unnamed,
	.closed = channel_closed,
};

/* Who may say which domain a connection is from. */
static bool is_trusted(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	g_warning("control socket: refusing user %u", peer.uid);
	return false;
}

static gboolean control_readable(int listen_fd, GIOCondition condition, gpointer data)
{
	Proxy *proxy = data;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			g_warning("control socket: %s", g_strerror(errno));
		return G_SOURCE_CONTINUE;
	}
	if (!is_trusted(fd)) {
		close(fd);
		return G_SOURCE_CONTINUE;
	}
	g_ptr_array_add(proxy->channels, channel_new(fd, proxy->bus, proxy->rules,
						     &channel_events, proxy));
	return G_SOURCE_CONTINUE;
}

/* ---- guests ---- */

static Guest *guest_at(const Proxy *proxy, unsigned int i)
{
	return channel_guest(g_ptr_array_index(proxy->channels, i));
}

const Guest *proxy_find_name(const Proxy *proxy, const char *unique_name)
{
	const Channel *channel = g_hash_table_lookup(proxy->names, unique_name);

	return channel ? channel_guest(channel) : NULL;
}

const Guest *proxy_find_domid(const Proxy *proxy, int domid)
{
	for (unsigned int i = 0; i < proxy->channels->len; i++) {
		const Guest *guest = guest_at(proxy, i);
		const Policy *policy = guest ? guest_policy(guest) : NULL;

		if (policy && policy->domid == domid && !policy->stubdom)
			return guest;
	}
	return NULL;
}

unsigned int proxy_refresh(Proxy *proxy, const char *uuid, GuestLoaded loaded, void *data)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < proxy->channels->len; i++) {
		Guest *guest = guest_at(proxy, i);

		if (guest && g_str_equal(guest_policy(guest)->uuid, uuid)) {
			guest_load(guest, loaded, data);
			n++;
		}
	}
	return n;
}

static void source_is_back(const GError *error, void *data)
{
}

/* What was asked while a daemon was away failed: ask again. */
static void source_changed(const char *name, const char *owner, void *data)
{
	Proxy *proxy = data;

	for (unsigned int i = 0; *owner && i < proxy->channels->len; i++) {
		Guest *guest = guest_at(proxy, i);

		if (guest)
			guest_load(guest, source_is_back, NULL);
	}
}

/* ---- rules ---- */

void proxy_reload(Proxy *proxy)
{
	g_autoptr(GError) error = NULL;
	RuleSet *rules = rules_parse_file(proxy->rules_path, &error);

	if (!rules) {
		g_warning("%s", error->message);
		g_warning("the rules in force stay");
		return;
	}
	for (unsigned int i = 0; i < proxy->channels->len; i++)
		channel_set_global(g_ptr_array_index(proxy->channels, i), rules);
	rule_set_free(proxy->rules);
	proxy->rules = rules;
	g_message("%u rules from %s", rules->rules->len, proxy->rules_path);
}

const RuleSet *proxy_rules(const Proxy *proxy)
{
	return proxy->rules;
}

/* ---- */

Proxy *proxy_new(Bus *bus, const char *rules_path, RuleSet *rules, int control_fd)
{
	Proxy *proxy = g_new0(Proxy, 1);

	proxy->bus = bus;
	proxy->rules_path = g_strdup(rules_path);
	proxy->rules = rules;
	proxy->control_fd = control_fd;
	proxy->channels = g_ptr_array_new();
	proxy->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	proxy->source = g_unix_fd_add(control_fd, G_IO_IN, control_readable, proxy);
	proxy->xenmgr = bus_watch_name(bus, "com.citrix.xenclient.xenmgr", source_changed,
				       proxy);
	proxy->db = bus_watch_name(bus, "com.citrix.xenclient.db", source_changed, proxy);
	return proxy;
}

void proxy_free(Proxy *proxy)
{
	if (!proxy)
		return;
	bus_unwatch_name(proxy->xenmgr);
	bus_unwatch_name(proxy->db);
	g_source_remove(proxy->source);
	close(proxy->control_fd);
	for (unsigned int i = 0; i < proxy->channels->len; i++)
		channel_free(g_ptr_array_index(proxy->channels, i));
	g_ptr_array_unref(proxy->channels);
	g_hash_table_unref(proxy->names);
	rule_set_free(proxy->rules);
	g_free(proxy->rules_path);
	g_free(proxy);
}

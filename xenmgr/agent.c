/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/agent.h"

#include <string.h>
#include "xenmgr/announce.h"
#include "xenmgr/vm.h"

#define NUMBER_MAX_BYTES 16
#define SETTLE_MS        50 /* a guest that writes all the time is read this often */

struct Agent {
	Vm *vm; /* owns us */
	char *home;
	XstoreWatch *addons, *uninstalled;
	guint beginning, settling;
	bool there;
	char *version;
};

static bool is_number(const char *text)
{
	return text && *text && strlen(text) <= NUMBER_MAX_BYTES &&
	       strspn(text, "0123456789") == strlen(text);
}

/* "9.4.50.1", or "" if a part of it is no number. */
static char *read_version(const Agent *agent)
{
	static const char *const parts[] = { "Major", "Minor", "Micro", "Build" };
	g_autoptr(GString) version = g_string_new(NULL);

	for (unsigned int i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autofree char *part = xstore_readf(agent->vm->manager->xs,
						     "%s/attr/PVAddons/%sVersion",
						     agent->home, parts[i]);

		if (!is_number(part))
			return g_strdup("");
		g_string_append_printf(version, "%s%s", i ? "." : "", part);
	}
	return g_string_free(g_steal_pointer(&version), FALSE);
}

static bool read_there(const Agent *agent)
{
	Xstore *xs = agent->vm->manager->xs;
	g_autofree char *installed = xstore_readf(xs, "%s/attr/PVAddons/Installed",
						  agent->home);
	g_autofree char *removed = xstore_readf(xs, "%s/attr/PVAddonsUninstalled",
						agent->home);

	return g_strcmp0(installed, "1") == 0 && g_strcmp0(removed, "1") != 0;
}

static void set(Agent *agent, bool there, char *version)
{
	bool changed = there != agent->there;
	bool other = g_strcmp0(version, agent->version) != 0;

	agent->there = there;
	g_free(agent->version);
	agent->version = version;
	if (changed)
		announce_property(agent->vm, "pv-addons", rpc_value_new_boolean(there));
	if (other)
		announce_property(agent->vm, "pv-addons-version",
				  rpc_value_new_string(version));
	if (changed || other)
		announce_config(agent->vm);
}

static gboolean settled(void *data)
{
	Agent *agent = data;
	bool there = read_there(agent);

	agent->settling = 0;
	set(agent, there, there ? read_version(agent) : g_strdup(""));
	return G_SOURCE_REMOVE;
}

static void reported(const char *path, void *data)
{
	Agent *agent = data;

	if (!agent->settling)
		agent->settling = g_timeout_add(SETTLE_MS, settled, agent);
}

static XstoreWatch *watch(Agent *agent, const char *node)
{
	g_autofree char *path = g_strdup_printf("%s/%s", agent->home, node);
	g_autoptr(GError) error = NULL;
	XstoreWatch *w = xstore_watch(agent->vm->manager->xs, path, reported, agent,
				      &error);

	if (!w)
		g_warning("vm %s: %s, its agent will not be seen", agent->vm->uuid,
			  error->message);
	return w;
}

static gboolean begin(void *data)
{
	Agent *agent = data;

	agent->beginning = 0;
	/* The last thing that it writes: by then a report is whole. */
	agent->addons = watch(agent, "data/updated");
	agent->uninstalled = watch(agent, "attr");
	return G_SOURCE_REMOVE;
}

Agent *agent_new(Vm *vm, int domid)
{
	Agent *agent = g_new0(Agent, 1);

	agent->vm = vm;
	agent->home = g_strdup_printf("/local/domain/%d", domid);
	agent->version = g_strdup("");
	/* Not now: who waits for the start is answered first. */
	agent->beginning = g_idle_add(begin, agent);
	return agent;
}

void agent_free(Agent *agent)
{
	if (!agent)
		return;
	g_clear_handle_id(&agent->beginning, g_source_remove);
	g_clear_handle_id(&agent->settling, g_source_remove);
	xstore_unwatch(agent->addons);
	xstore_unwatch(agent->uninstalled);
	if (!agent->vm->gone)
		set(agent, false, g_strdup(""));
	g_free(agent->version);
	g_free(agent->home);
	g_free(agent);
}

bool agent_is_there(const Agent *agent)
{
	return agent && agent->there;
}

const char *agent_version(const Agent *agent)
{
	return agent ? agent->version : "";
}

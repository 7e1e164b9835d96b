/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/facts.h"

#include "idl/rpc_proxy_client.h"
#include "lib/error.h"

#define PROXY      "com.citrix.xenclient.rpc_proxy"
#define TIMEOUT_MS 1000

struct Facts {
	RpcTarget target;
	bool there; /* somebody owns the proxy's name */
};

typedef struct {
	Facts *facts;
	FactsDone done;
	void *data;
} Refresh;

static void proxy_changed(const char *name, const char *owner, void *data)
{
	Facts *facts = data;

	facts->there = *owner;
}

Facts *facts_new(Bus *bus)
{
	Facts *facts = g_new0(Facts, 1);

	facts->target = (RpcTarget){
		.bus = bus, .service = PROXY, .path = "/", .timeout_ms = TIMEOUT_MS
	};
	bus_watch_name(bus, PROXY, proxy_changed, facts);
	return facts;
}

static void refreshed(const GError *error, void *data)
{
	Refresh *refresh = data;
	g_autoptr(GError) failed = NULL;

	/* A proxy that went meanwhile reads everything anew when it comes. */
	if (error && refresh->facts->there)
		failed = g_error_new(
			XT_ERROR, XT_ERROR_FAILED,
			"the change was made, but rpc-proxy did not take it: %s",
			error->message);
	refresh->done(failed, refresh->data);
	g_free(refresh);
}

static gboolean nobody_there(void *data)
{
	refreshed(NULL, data);
	return G_SOURCE_REMOVE;
}

void facts_refresh(Facts *facts, const char *uuid, FactsDone done, void *data)
{
	Refresh *refresh = g_new(Refresh, 1);

	refresh->facts = facts;
	refresh->done = done;
	refresh->data = data;
	if (facts->there)
		rpc_proxy_facts_rpc_refresh_async(&facts->target, uuid, refreshed,
						  refresh);
	else
		g_idle_add(nobody_there, refresh);
}

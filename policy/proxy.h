/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Proxy: all channels, the rules of all guests, and who is who on the bus.
 */

#include <glib.h>
#include "lib/bus.h"
#include "policy/guest.h"

#define PROXY_NAME "com.citrix.xenclient.rpc_proxy"

typedef struct Proxy Proxy;

/* Takes @rules, which are of the file @rules_path, and @control_fd, which listens. */
Proxy *proxy_new(Bus *bus, const char *rules_path, RuleSet *rules, int control_fd);
void proxy_free(Proxy *proxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proxy, proxy_free)

/* Read the file again.  One with a mistake is told in the log and changes nothing. */
void proxy_reload(Proxy *proxy);

const RuleSet *proxy_rules(const Proxy *proxy);

/* NULL if there is none.  Not a stub domain, by domid. */
const Guest *proxy_find_name(const Proxy *proxy, const char *unique_name);
const Guest *proxy_find_domid(const Proxy *proxy, int domid);

/* Load every guest of the VM anew; how many those are, each of which calls @loaded. */
unsigned int proxy_refresh(Proxy *proxy, const char *uuid, GuestLoaded loaded,
			   void *data);

/* proxy-dbus.c: answer on the bus.  Free the server before the proxy. */
struct RpcServer;
struct RpcServer *proxy_serve(Proxy *proxy, Bus *bus);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Identity: who stands behind a unique name of the host's bus.
 *
 * Decided once per name, which is never reused, and forgotten when it leaves.  The
 * rules are those of docs/architecture.md, "Identity": a connection of the proxy's
 * process (one that owns or ever owned com.citrix.xenclient.rpc_proxy) or user is on the
 * guests' side, and is what the proxy's table says or refused; everybody else is the
 * host.  Nothing blocks: calls of a sender wait in order while it is identified, others
 * go on.
 */

#include <stdbool.h>
#include <stdint.h>
#include "lib/rpc.h"
#include "lib/uuid.h"

typedef struct Peer {
	bool host;
	uint32_t uid, pid;	/* of the connection */
	int domid;		/* of a guest; -1 of the host */
	char uuid[UUID_LEN + 1]; /* of a guest's VM; "" of the host */
	bool stubdom;		/* the guest's device model, not the guest */
} Peer;

typedef struct Identity Identity;

/* @proxy_user: NULL or a user name whose connections are all the guests'. */
Identity *identity_new(Bus *bus, const char *proxy_user);
void identity_free(Identity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Identity, identity_free)

/* The gate of an RpcServer (RpcServerFuncs.gate), with the Identity at hand. */
void identity_gate(Identity *identity, RpcCall *call);

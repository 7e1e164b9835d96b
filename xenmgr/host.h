/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Host: what belongs to no VM, asked of `xenvm --host`, which is started when needed.
 */

#include <stdbool.h>
#include <glib.h>

typedef struct Host Host;

typedef struct {
	int domid;
	char *uuid, *name; /* name may be "" */
	bool dying;
} HostDomain;

Host *host_new(void);
void host_free(Host *host); /* open calls get XT_ERROR_GONE in here */

/* Each @done comes exactly once, from the loop. */

/* @domains: HostDomain, all there are, NULL with an error; valid during the call. */
typedef void (*HostDomainsDone)(const GPtrArray *domains, const GError *error,
				void *data);
void host_domains(Host *host, HostDomainsDone done, void *data);

typedef struct {
	int total_mem, free_mem, avail_mem; /* MiB */
	int cpu_count;
} HostFacts;

typedef void (*HostFactsDone)(const HostFacts *facts, const GError *error, void *data);
void host_facts(Host *host, HostFactsDone done, void *data);

/* Destroys every domain of @uuid; answered when they are gone. */
typedef void (*HostDone)(const GError *error, void *data);
void host_clear(Host *host, const char *uuid, HostDone done, void *data);

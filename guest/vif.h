/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Vif: which addresses belong to which of the VM's network devices.
 *
 * An address is a device's own, or that of an interface that stands on it: the bridge or
 * bond that it is a port of, a VLAN on it.  Link-local addresses are told only of a
 * device that has no other.
 */

#include "guest/report.h"

#include <net/if.h>
#include <netinet/in.h>

#define VIF_LINKS_MAX     64
#define VIF_ADDRESSES_MAX 256
#define VIF_PER_FAMILY    16 /* addresses of one device and family that are told */

typedef struct {
	int index;
	int master; /* the bridge or bond it is a port of, else 0 */
	int lower;  /* what it stands on (a VLAN's interface), else 0 */
	int vif;    /* the toolstack's number of it, else -1 */
	char name[IFNAMSIZ];
	char mac[sizeof("00:00:00:00:00:00")];
} VifLink;

typedef struct {
	int link;   /* index of its interface */
	int family; /* AF_INET, AF_INET6 */
	unsigned int prefix;
	bool link_local;
	char text[INET6_ADDRSTRLEN];
} VifAddress;

typedef struct {
	VifLink links[VIF_LINKS_MAX];
	size_t n_links;
	VifAddress addresses[VIF_ADDRESSES_MAX];
	size_t n_addresses;
} VifTable;

/* A device as the toolstack knows it. */
typedef struct {
	int vif;
	char mac[sizeof("00:00:00:00:00:00")];
} VifMac;

/* The number in "device/vif/<number>"; -1 if @nodename is something else. */
int vif_from_nodename(const char *nodename);

/*
 * Gives links without a number that of the device with their MAC, if no other link has
 * it.  Bridges and VLANs, which have the MAC of their port, are passed over.
 */
void vif_match_macs(VifTable *table, const VifMac *macs, size_t n);

void vif_report(Report *report, const VifTable *table);

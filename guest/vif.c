/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/vif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define VIF_NUMBER_MAX 4095

int vif_from_nodename(const char *nodename)
{
	static const char prefix[] = "device/vif/";
	const char *digits = nodename + sizeof(prefix) - 1;
	size_t n;
	long vif;

	if (strncmp(nodename, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	n = strspn(digits, "0123456789");
	if (n == 0 || n > 4 || (digits[n] != '\0' && digits[n] != '\n'))
		return -1;
	vif = strtol(digits, NULL, 10);
	return vif <= VIF_NUMBER_MAX ? (int)vif : -1;
}

/* ---- which link is which device ---- */

static bool is_taken(const VifTable *table, int vif)
{
	for (size_t i = 0; i < table->n_links; i++) {
		if (table->links[i].vif == vif)
			return true;
	}
	return false;
}

static bool has_ports(const VifTable *table, int index)
{
	for (size_t i = 0; i < table->n_links; i++) {
		if (table->links[i].master == index)
			return true;
	}
	return false;
}

/* A VLAN has the MAC of the interface it stands on. */
static bool stands_on_twin(const VifTable *table, const VifLink *link)
{
	for (size_t i = 0; i < table->n_links; i++) {
		if (table->links[i].index == link->lower &&
		    strcmp(table->links[i].mac, link->mac) == 0)
			return true;
	}
	return false;
}

void vif_match_macs(VifTable *table, const VifMac *macs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_taken(table, macs[i].vif))
			continue;
		for (size_t k = 0; k < table->n_links; k++) {
			VifLink *link = &table->links[k];

			if (link->vif >= 0 || strcasecmp(link->mac, macs[i].mac) != 0 ||
			    has_ports(table, link->index) || stands_on_twin(table, link))
				continue;
			link->vif = macs[i].vif;
			break;
		}
	}
}

/* ---- which addresses are a device's ---- */

/* Marks the links that stand on the link number @start, itself included. */
static void mark_standing_on(const VifTable *table, size_t start, bool *marks)
{
	bool more = true;

	memset(marks, 0, sizeof(*marks) * table->n_links);
	marks[start] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < table->n_links; i++) {
			const VifLink *upper = &table->links[i];

			for (size_t k = 0; k < table->n_links && !marks[i]; k++) {
				const VifLink *link = &table->links[k];

				marks[i] = marks[k] && (link->master == upper->index ||
							upper->lower == link->index);
				more = more || marks[i];
			}
		}
	}
}

static bool is_on(const VifTable *table, const bool *marks, const VifAddress *address)
{
	for (size_t i = 0; i < table->n_links; i++) {
		if (marks[i] && table->links[i].index == address->link)
			return true;
	}
	return false;
}

static void report_family(Report *report, const VifTable *table, const bool *marks,
			  int vif, int family, bool link_local)
{
	const char *word = family == AF_INET ? "ipv4" : "ipv6";
	unsigned int n = 0;

	for (size_t i = 0; i < table->n_addresses && n < VIF_PER_FAMILY; i++) {
		const VifAddress *address = &table->addresses[i];
		char prefix[12];

		if (address->family != family || address->link_local != link_local ||
		    !is_on(table, marks, address))
			continue;
		snprintf(prefix, sizeof(prefix), "%u", address->prefix);
		report_setf(report, address->text, "attr/vif/%d/%s/%u", vif, word, n);
		report_setf(report, prefix, "attr/vif/%d/%s/%u/prefix", vif, word, n);
		n++;
	}
}

static void report_link(Report *report, const VifTable *table, size_t number)
{
	const VifLink *link = &table->links[number];
	bool marks[VIF_LINKS_MAX];
	bool link_local = true;

	mark_standing_on(table, number, marks);
	for (size_t i = 0; i < table->n_addresses && link_local; i++)
		link_local = table->addresses[i].link_local ||
			     !is_on(table, marks, &table->addresses[i]);

	report_setf(report, link->name, "attr/vif/%d/name", link->vif);
	report_setf(report, link->mac, "attr/vif/%d/mac/0", link->vif);
	report_family(report, table, marks, link->vif, AF_INET, link_local);
	report_family(report, table, marks, link->vif, AF_INET6, link_local);
}

void vif_report(Report *report, const VifTable *table)
{
	for (size_t i = 0; i < table->n_links; i++) {
		if (table->links[i].vif >= 0)
			report_link(report, table, i);
	}
}

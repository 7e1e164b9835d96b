/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/net.h"

#include "guest/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DUMP_TRIES 4

struct Net {
	struct mnl_socket *events;
	struct mnl_socket *dump;
	unsigned int sequence;
	/* Of the kernel's message; too large for the stack in some libcs. */
	char buffer[32768];
};

static struct mnl_socket *open_socket(unsigned int groups, int flags)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);

	if (socket && mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(socket);
		return NULL;
	}
	return socket;
}

Net *net_open(void)
{
	Net *net = calloc(1, sizeof(*net));

	if (!net)
		return NULL;
	net->sequence = (unsigned int)time(NULL);
	net->events = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
				  SOCK_NONBLOCK);
	net->dump = open_socket(0, 0);
	if (!net->events || !net->dump) {
		net_close(net);
		return NULL;
	}
	return net;
}

void net_close(Net *net)
{
	if (!net)
		return;
	if (net->events)
		mnl_socket_close(net->events);
	if (net->dump)
		mnl_socket_close(net->dump);
	free(net);
}

int net_fd(const Net *net)
{
	return mnl_socket_get_fd(net->events);
}

/* What changed is not looked at: that something did is enough, also when news were lost.
 */
void net_drain(Net *net)
{
	ssize_t r;

	do
		r = mnl_socket_recvfrom(net->events, net->buffer, sizeof(net->buffer));
	while (r > 0 || (r < 0 && (errno == EINTR || errno == ENOBUFS)));
}

/* ---- links ---- */

/* The number that the toolstack gave a device of ours, from the name of its node. */
static int vif_of(const char *name)
{
	char path[sizeof("/sys/class/net//device/nodename") + IFNAMSIZ];
	char *nodename;
	int vif = -1;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/nodename", name);
	nodename = text_read(path, 64);
	if (nodename)
		vif = vif_from_nodename(nodename);
	free(nodename);
	return vif;
}

static void set_mac(VifLink *link, const struct nlattr *attr)
{
	const unsigned char *mac = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) != 6)
		return;
	snprintf(link->mac, sizeof(link->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static int each_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	VifTable *table = data;
	VifLink *link = &table->links[table->n_links];
	bool elsewhere = false;
	const struct nlattr *attr;

	if (message->nlmsg_type != RTM_NEWLINK || (info->ifi_flags & IFF_LOOPBACK) ||
	    table->n_links == VIF_LINKS_MAX)
		return MNL_CB_OK;
	*link = (VifLink){ .index = info->ifi_index, .vif = -1 };
	mnl_attr_for_each(attr, message, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			snprintf(link->name, sizeof(link->name), "%s",
				 mnl_attr_get_str(attr));
			break;
		case IFLA_ADDRESS:
			set_mac(link, attr);
			break;
		case IFLA_MASTER:
			link->master = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK:
			link->lower = (int)mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			elsewhere = true;
			break;
		default:
			break;
		}
	}
	/* Its other end is in another namespace, and so is the number of that. */
	if (elsewhere || link->lower == link->index)
		link->lower = 0;
	link->vif = vif_of(link->name);
	table->n_links++;
	return MNL_CB_OK;
}

/* ---- addresses ---- */

static int each_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	VifTable *table = data;
	VifAddress *address = &table->addresses[table->n_addresses];
	unsigned int flags = info->ifa_flags;
	const struct nlattr *attr, *local = NULL, *any = NULL;
	size_t length = info->ifa_family == AF_INET ? 4 : 16;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    table->n_addresses == VIF_ADDRESSES_MAX ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, message, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFA_LOCAL:
			local = attr;
			break;
		case IFA_ADDRESS:
			any = attr;
			break;
		case IFA_FLAGS:
			flags = mnl_attr_get_u32(attr);
			break;
		default:
			break;
		}
	}
	/* On a point-to-point link IFA_ADDRESS is the other end. */
	attr = local ? local : any;
	if (!attr || mnl_attr_get_payload_len(attr) != length ||
	    (info->ifa_family == AF_INET6 &&
	     (flags & (IFA_F_TEMPORARY | IFA_F_TENTATIVE | IFA_F_DADFAILED))) ||
	    info->ifa_scope == RT_SCOPE_HOST)
		return MNL_CB_OK;
	*address = (VifAddress){ .link = (int)info->ifa_index,
				 .family = info->ifa_family,
				 .prefix = info->ifa_prefixlen,
				 .link_local = info->ifa_scope == RT_SCOPE_LINK };
	inet_ntop(address->family, mnl_attr_get_payload(attr), address->text,
		  sizeof(address->text));
	table->n_addresses++;
	return MNL_CB_OK;
}

/* ---- asking for all of them ---- */

static bool dump(Net *net, int type, mnl_cb_t each, VifTable *table)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(net->buffer);
	unsigned int sequence = ++net->sequence;
	unsigned int port = mnl_socket_get_portid(net->dump);
	struct ifinfomsg *info;
	ssize_t n;
	int r;

	request->nlmsg_type = (uint16_t)type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = sequence;
	/* The family stands first in what both kinds of request carry. */
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	if (mnl_socket_sendto(net->dump, request, request->nlmsg_len) < 0)
		return false;
	do {
		n = mnl_socket_recvfrom(net->dump, net->buffer, sizeof(net->buffer));
		if (n < 0)
			return false;
		r = mnl_cb_run(net->buffer, (size_t)n, sequence, port, each, table);
		/* The rest of a dump that was interrupted: left behind by its number. */
		if (r < 0 && errno == ESRCH)
			r = MNL_CB_OK;
	} while (r > MNL_CB_STOP);
	return r == MNL_CB_STOP;
}

bool net_list(Net *net, VifTable *table)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		table->n_links = table->n_addresses = 0;
		if (dump(net, RTM_GETLINK, each_link, table) &&
		    dump(net, RTM_GETADDR, each_address, table))
			return true;
		/* Changed while it was told. */
		if (errno != EINTR)
			break;
	}
	return false;
}

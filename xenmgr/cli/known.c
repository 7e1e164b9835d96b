/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/known.h"

#include <string.h>

#include "idl/db_types.h"
#include "idl/rpc_proxy_types.h"
#include "idl/vm_disk_types.h"
#include "idl/vm_nic_types.h"
#include "idl/xenmgr_host_types.h"
#include "idl/xenmgr_types.h"
#include "idl/xenmgr_vm_types.h"

#define XENMGR "com.citrix.xenclient.xenmgr"

/* clang-format off */
static const struct {
	const char *service;
	const char *object; /* a segment "*" is any one */
	const RpcInterface *interfaces[10];
} objects[] = {
	{ XENMGR, "/vm/*", { &xenmgr_vm_rpc_interface, &xenmgr_vm_auth_rpc_interface,
			     &xenmgr_vm_pci_rpc_interface, &xenmgr_vm_product_rpc_interface,
			     &xenmgr_vm_unrestricted_rpc_interface } },
	{ XENMGR, "/", { &xenmgr_rpc_interface, &xenmgr_query_rpc_interface,
			 &xenmgr_config_rpc_interface, &xenmgr_config_ui_rpc_interface,
			 &xenmgr_diag_rpc_interface, &xenmgr_guestreq_rpc_interface,
			 &xenmgr_testing_rpc_interface, &xenmgr_unrestricted_rpc_interface,
			 &policy_rpc_interface } },
	{ XENMGR, "/host", { &xenmgr_host_rpc_interface, &xenmgr_installer_rpc_interface,
			     &xenmgr_powersettings_rpc_interface } },
	{ XENMGR, "/vm/*/disk/*", { &vmdisk_rpc_interface } },
	{ XENMGR, "/vm/*/nic/*", { &vmnic_rpc_interface } },
	{ "com.citrix.xenclient.db", "/", { &db_rpc_interface } },
	{ "com.citrix.xenclient.rpc_proxy", "/", { &rpc_proxy_rpc_interface,
						   &rpc_proxy_identity_rpc_interface,
						   &rpc_proxy_facts_rpc_interface } },
};
/* clang-format on */

static bool path_matches(const char *path, const char *pattern)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			size_t len = strcspn(path, "/");

			if (!len)
				return false;
			path += len;
		} else if (*path++ != *pattern) {
			return false;
		}
	}
	return !*path;
}

const RpcInterface *const *known_interfaces(const char *service, const char *object)
{
	for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
		if (g_str_equal(objects[i].service, service) &&
		    path_matches(object, objects[i].object))
			return objects[i].interfaces;
	return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include "idl/vm_disk_server.h"
#include "lib/error.h"
#include "xenmgr/devices.h"
#include "xenmgr/properties.h"

static void answer(const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else
		rpc_call_return_empty(call);
}

static void attach(void *impl, RpcCall *call, const char *type, const char *path)
{
	const VmPart part = vm_part_of_call(impl, call);

	if (path[0] != '/')
		rpc_call_failf(call, XT_ERROR_INVALID, "\"%s\" is not an absolute path",
			       path);
	else
		devices_attach(&part, type, path, answer, call);
}

static void attach_phy(void *impl, RpcCall *call, const char *path)
{
	attach(impl, call, "phy", path);
}

static void attach_vhd(void *impl, RpcCall *call, const char *path)
{
	attach(impl, call, "vhd", path);
}

static void delete (void *impl, RpcCall *call)
{
	const VmPart part = vm_part_of_call(impl, call);

	devices_remove(&part, answer, call);
}

static const VmdiskRpcOps ops = {
	.attach_phy = attach_phy,
	.attach_vhd = attach_vhd,
	.delete = delete,
};

const RpcBinding disk_bindings[] = {
	{ &vmdisk_rpc_service, &ops, &properties_ops },
	{ NULL },
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include "idl/vm_nic_server.h"
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

static void delete (void *impl, RpcCall *call)
{
	const VmPart part = vm_part_of_call(impl, call);

	devices_remove(&part, answer, call);
}

static const VmnicRpcOps ops = { .delete = delete };

const RpcBinding nic_bindings[] = {
	{ &vmnic_rpc_service, &ops, &properties_ops },
	{ NULL },
};

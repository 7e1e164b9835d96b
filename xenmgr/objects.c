/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include <string.h>
#include "xenmgr/manager.h"
#include "xenmgr/vm-part.h"
#include "xenmgr/vms.h"

typedef struct {
	Manager *manager;
	void (*gate)(void *data, RpcCall *call);
	void *gate_data;
} Objects;

static const RpcBinding *const part_bindings[] = {
	[VM_PART_VM] = vm_bindings,
	[VM_PART_DISK] = disk_bindings,
	[VM_PART_NIC] = nic_bindings,
};

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	Objects *objects = data;
	const char *rest;
	VmPart part;
	Vm *vm;

	if (g_str_equal(path, "/")) {
		*ret_object = (RpcObject){ objects->manager, manager_bindings };
		return true;
	}
	if (g_str_equal(path, "/host")) {
		*ret_object = (RpcObject){ objects->manager, host_bindings };
		return true;
	}
	vm = vms_find_by_path(objects->manager->vms, path, &rest);
	if (!vm || !vm_part_parse(vm, rest, &part))
		return false;
	*ret_object = (RpcObject){ vm, part_bindings[part.kind] };
	return true;
}

static void add_name(GPtrArray *names, const char *name)
{
	g_ptr_array_add(names, g_strdup(name));
}

/* Disks and NICs are listed by list_disks and list_nics: the database knows them. */
static void children(void *data, const char *path, GPtrArray *names)
{
	const Objects *objects = data;
	const GPtrArray *vms = vms_all(objects->manager->vms);

	if (g_str_equal(path, "/")) {
		add_name(names, "host");
		if (vms->len > 0)
			add_name(names, "vm");
	}
	for (unsigned int i = 0; g_str_equal(path, "/vm") && i < vms->len; i++) {
		const Vm *vm = g_ptr_array_index(vms, i);

		add_name(names, strrchr(vm->path, '/') + 1);
	}
}

static void gate(void *data, RpcCall *call)
{
	Objects *objects = data;

	objects->gate(objects->gate_data, call);
}

RpcServer *objects_serve(Manager *manager, Bus *bus,
			 void (*gate_of)(void *data, RpcCall *call), void *gate_data)
{
	static const RpcServerFuncs funcs = { lookup, children, gate };
	static Objects objects; /* as long as the process */

	objects = (Objects){ manager, gate_of, gate_data };
	return rpc_server_new(bus, &funcs, &objects);
}

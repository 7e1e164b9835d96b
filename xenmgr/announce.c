/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/announce.h"

#include "idl/xenmgr_server.h"
#include "idl/xenmgr_vm_server.h"

#define CONFIG_CHANGED_MS 500

void announce_created(Vm *vm)
{
	xenmgr_rpc_emit_vm_created(vm->manager->bus, "/", vm->uuid, vm->path);
}

void announce_deleted(Vm *vm)
{
	g_clear_handle_id(&vm->config_changed, g_source_remove);
	xenmgr_rpc_emit_vm_deleted(vm->manager->bus, "/", vm->uuid, vm->path);
}

void announce_property(Vm *vm, const char *name, RpcValue *value)
{
	static const RpcInterface *const ifaces[] = {
		&xenmgr_vm_rpc_interface, &xenmgr_vm_unrestricted_rpc_interface
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(ifaces); i++) {
		const RpcProperty *property = rpc_find_property(ifaces[i], name);

		if (property)
			rpc_server_changed(vm->manager->server, vm->path, ifaces[i],
					   property,
					   value ? rpc_value_copy(value) : NULL);
	}
	rpc_value_free(value);
}

void announce_state(Vm *vm)
{
	announce_property(vm, "state", rpc_value_new_string(vm_state_name(vm->state)));
	announce_property(vm, "acpi-state",
			  rpc_value_new_int32(vm_state_acpi(vm->state)));
	xenmgr_rpc_emit_vm_state_changed(vm->manager->bus, "/", vm->uuid, vm->path,
					 vm_state_name(vm->state),
					 vm_state_acpi(vm->state));
}

void announce_domid(Vm *vm)
{
	announce_property(vm, "domid", rpc_value_new_int32(vm->domid));
}

void announce_name(Vm *vm)
{
	xenmgr_rpc_emit_vm_name_changed(vm->manager->bus, "/", vm->uuid, vm->path);
}

static gboolean config_settled(void *data)
{
	Vm *vm = data;

	vm->config_changed = 0;
	xenmgr_rpc_emit_vm_config_changed(vm->manager->bus, "/", vm->uuid, vm->path);
	return G_SOURCE_REMOVE;
}

void announce_config(Vm *vm)
{
	g_clear_handle_id(&vm->config_changed, g_source_remove);
	if (!vm->gone)
		vm->config_changed = g_timeout_add(CONFIG_CHANGED_MS, config_settled, vm);
}

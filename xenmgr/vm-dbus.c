/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include <string.h>
#include "idl/xenmgr_vm_server.h"
#include "lib/error.h"
#include "xenmgr/devices.h"
#include "xenmgr/operation.h"
#include "xenmgr/properties.h"
#include "xenmgr/vm-policy.h"

/* ---- life ---- */

static void answer(const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else
		rpc_call_return_empty(call);
}

static void start(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_START, answer, call);
}

static void shut_down(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_SHUTDOWN, answer, call);
}

static void reboot(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_REBOOT, answer, call);
}

static void destroy(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_DESTROY, answer, call);
}

static void pause_it(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_PAUSE, answer, call);
}

static void unpause(void *impl, RpcCall *call)
{
	operation_ask(impl, VM_CALL_UNPAUSE, answer, call);
}

static void delete (void *impl, RpcCall *call)
{
	vm_policy_delete(impl, answer, call);
}

/* ---- keys ---- */

typedef struct {
	Vm *vm; /* referenced */
	RpcCall *call;
	char *key, *value;
	bool domstore;
	void (*reply)(RpcCall *call, const char *value);
} KeyCall;

/* Dots separate as slashes do.  NULL if a part of it is empty. */
static char *key_path(const char *key)
{
	g_autofree char *path = g_strdelimit(g_strdup(key), ".", '/');

	if (!*path || *path == '/' || g_str_has_suffix(path, "/") || strstr(path, "//"))
		return NULL;
	return g_steal_pointer(&path);
}

static KeyCall *key_call_new(Vm *vm, RpcCall *call, const char *key, bool domstore)
{
	g_autofree char *path = key_path(key);
	KeyCall *k;

	if (!path) {
		rpc_call_failf(call, XT_ERROR_INVALID, "\"%s\" is no key", key);
		return NULL;
	}
	k = g_new0(KeyCall, 1);
	k->vm = vm_ref(vm);
	k->call = call;
	k->key = g_steal_pointer(&path);
	k->domstore = domstore;
	return k;
}

static void key_call_free(KeyCall *k)
{
	vm_unref(k->vm);
	g_free(k->key);
	g_free(k->value);
	g_free(k);
}

static char *key_place(const KeyCall *k)
{
	return g_strdup_printf("/%s/%s/%s", k->domstore ? "dom-store" : "vm", k->vm->uuid,
			       k->key);
}

static void key_read(const char *value, const GError *error, void *data)
{
	KeyCall *k = data;

	if (error)
		rpc_call_fail(k->call, error);
	else
		k->reply(k->call, value);
	key_call_free(k);
}

static void read_key(Vm *vm, RpcCall *call, const char *key, bool domstore,
		     void (*reply)(RpcCall *call, const char *value))
{
	KeyCall *k = key_call_new(vm, call, key, domstore);
	g_autofree char *place = NULL;

	if (!k)
		return;
	k->reply = reply;
	place = key_place(k);
	db_read(vm->manager->db, place, key_read, k);
}

static void get_db_key(void *impl, RpcCall *call, const char *key)
{
	read_key(impl, call, key, false, xenmgr_vm_rpc_get_db_key_return);
}

static void get_domstore_key(void *impl, RpcCall *call, const char *key)
{
	read_key(impl, call, key, true, xenmgr_vm_rpc_get_domstore_key_return);
}

static void key_in_force(const GError *error, void *data)
{
	KeyCall *k = data;

	answer(error, k->call);
	key_call_free(k);
}

/* The key may be that of a property, of the VM's or of one of its disks and NICs. */
static void tell_key(const KeyCall *k)
{
	VmPart part;
	const char *key = devices_part_of_key(k->vm, k->key, &part);

	properties_changed(&part, key, k->value);
}

static void key_written(const GError *error, void *data)
{
	KeyCall *k = data;

	if (error || k->domstore) {
		key_in_force(error, k);
		return;
	}
	if (!k->vm->gone)
		tell_key(k);
	facts_refresh(k->vm->manager->facts, k->vm->uuid, key_in_force, k);
}

static void write_key(Vm *vm, RpcCall *call, const char *key, const char *value,
		      bool domstore)
{
	KeyCall *k = key_call_new(vm, call, key, domstore);
	g_autofree char *place = NULL;

	if (!k)
		return;
	k->value = g_strdup(value);
	place = key_place(k);
	db_write(vm->manager->db, place, value, key_written, k);
}

static void set_db_key(void *impl, RpcCall *call, const char *key, const char *value)
{
	if (g_str_equal(key, "uuid"))
		rpc_call_failf(call, XT_ERROR_READ_ONLY, "the uuid of a VM is for ever");
	else
		write_key(impl, call, key, value, false);
}

static void set_domstore_key(void *impl, RpcCall *call, const char *key,
			     const char *value)
{
	write_key(impl, call, key, value, true);
}

/* ---- disks and NICs ---- */

static void listed(const RpcStrings *paths, const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else if (g_str_equal(rpc_call_member(call), "list_disks"))
		xenmgr_vm_rpc_list_disks_return(call, paths);
	else
		xenmgr_vm_rpc_list_nics_return(call, paths);
}

static void list_disks(void *impl, RpcCall *call)
{
	devices_list(impl, VM_PART_DISK, listed, call);
}

static void list_nics(void *impl, RpcCall *call)
{
	devices_list(impl, VM_PART_NIC, listed, call);
}

static void added(const char *path, const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else if (g_str_equal(rpc_call_member(call), "add_disk"))
		xenmgr_vm_rpc_add_disk_return(call, path);
	else
		xenmgr_vm_rpc_add_nic_return(call, path);
}

static void add_disk(void *impl, RpcCall *call)
{
	devices_add(impl, VM_PART_DISK, added, call);
}

static void add_nic(void *impl, RpcCall *call)
{
	devices_add(impl, VM_PART_NIC, added, call);
}

static const XenmgrVmRpcOps ops = {
	.start = start,
	.shutdown = shut_down,
	.reboot = reboot,
	.destroy = destroy,
	.pause = pause_it,
	.unpause = unpause,
	.delete = delete,
	.get_db_key = get_db_key,
	.set_db_key = set_db_key,
	.get_domstore_key = get_domstore_key,
	.set_domstore_key = set_domstore_key,
	.list_disks = list_disks,
	.list_nics = list_nics,
	.add_disk = add_disk,
	.add_nic = add_nic,
};

const RpcBinding vm_bindings[] = {
	{ &xenmgr_vm_rpc_service, &ops, &properties_ops },
	{ &xenmgr_vm_unrestricted_rpc_service, NULL, &properties_ops },
	{ NULL },
};

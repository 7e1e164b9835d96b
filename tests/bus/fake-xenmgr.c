/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fake-xenmgr.h"

#include <string.h>

#include "idl/vm_disk_server.h"
#include "idl/xenmgr_server.h"
#include "idl/xenmgr_vm_server.h"
#include "lib/error.h"
#include "lib/uuid.h"

typedef struct {
	const char *uuid, *name, *state;
	int domid;
	GHashTable *properties; /* name -> RpcValue, of what was set */
	GHashTable *domstore;	/* key -> text */
} FakeVm;

static FakeVm vms[] = {
	{ FAKE_WEB, "web", "running", 12 },
	{ FAKE_ODD_NAME, "a|b\nc", "stopped", -1 },
	{ FAKE_OTHER_RUNS, "na\303\257ve", "paused", 3 },
};

/* ---- / ---- */

static bool list_vms(void *impl, const RpcCall *call, RpcStrings *ret_paths, GError **error)
{
	GStrvBuilder *paths = g_strv_builder_new();

	for (size_t i = 0; i < G_N_ELEMENTS(vms); i++) {
		g_autofree char *path = uuid_to_path(vms[i].uuid);

		g_strv_builder_add(paths, path);
	}
	ret_paths->items = g_strv_builder_end(paths);
	ret_paths->n = G_N_ELEMENTS(vms);
	g_strv_builder_unref(paths);
	return true;
}

static bool find_vm_by_domid(void *impl, const RpcCall *call, int32_t domid,
			     char **ret_obj_path, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vms); i++)
		if (vms[i].domid == domid && domid >= 0) {
			*ret_obj_path = uuid_to_path(vms[i].uuid);
			return true;
		}
	return xt_fail(error, XT_ERROR_FAILED, "no vm with domid %d", domid);
}

static void create_vm_with_template(void *impl, RpcCall *call, const char *template)
{
	if (g_str_equal(template, "new-vm-pv"))
		xenmgr_rpc_create_vm_with_template_return(call, "/vm/new");
	else
		rpc_call_failf(call, XT_ERROR_FAILED, "223:no template \"%s\"", template);
}

static bool list_templates(void *impl, const RpcCall *call, RpcStrings *ret_templates,
			   GError **error)
{
	return true;
}

static bool list_ui_templates(void *impl, const RpcCall *call, Rpc_aaDssE *ret_templates,
			      GError **error)
{
	Rpc_DssE first[] = { { (char *)"template", (char *)"new-vm" },
			     { (char *)"description", (char *)"Windows" } };
	Rpc_DssE second[] = { { (char *)"template", (char *)"new-vm-linux" } };
	Rpc_aDssE dicts[] = { { first, 2 }, { second, 1 } };

	rpc_copy(&rpc_type_aaDssE, ret_templates, &(Rpc_aaDssE){ dicts, 2 });
	return true;
}

static void query_list(void *impl, RpcCall *call)
{
	XenmgrQueryRpcListVmsItem items[G_N_ELEMENTS(vms)];

	for (size_t i = 0; i < G_N_ELEMENTS(vms); i++)
		items[i] = (XenmgrQueryRpcListVmsItem){ (char *)vms[i].uuid,
							(char *)vms[i].name,
							(char *)vms[i].state, vms[i].domid };
	xenmgr_query_rpc_list_return(
		call, &(XenmgrQueryRpcListVms){ items, G_N_ELEMENTS(items) });
}

static const XenmgrRpcOps root_ops = {
	.list_vms = list_vms,
	.find_vm_by_domid = find_vm_by_domid,
	.create_vm_with_template = create_vm_with_template,
	.list_templates = list_templates,
	.list_ui_templates = list_ui_templates,
};
static const XenmgrQueryRpcOps query_ops = { .list = query_list };

/* ---- a VM ---- */

static void start(void *impl, RpcCall *call)
{
	FakeVm *vm = impl;

	vm->state = "running";
	xenmgr_vm_rpc_start_return(call);
}

static void delete_vm(void *impl, RpcCall *call)
{
	rpc_call_failf(call, XT_ERROR_FAILED, "204:Cannot remove running VM");
}

static void set_domstore_key(void *impl, RpcCall *call, const char *key, const char *value)
{
	FakeVm *vm = impl;

	g_hash_table_replace(vm->domstore, g_strdup(key), g_strdup(value));
	xenmgr_vm_rpc_set_domstore_key_return(call);
}

static void get_domstore_key(void *impl, RpcCall *call, const char *key)
{
	FakeVm *vm = impl;

	xenmgr_vm_rpc_get_domstore_key_return(call,
					      g_hash_table_lookup(vm->domstore, key) ?: "");
}

static void list_disks(void *impl, RpcCall *call)
{
	FakeVm *vm = impl;
	g_autofree char *path = uuid_to_path(vm->uuid);
	char *items[] = { g_strconcat(path, "/disk/0", NULL),
			  g_strconcat(path, "/disk/1", NULL), NULL };

	xenmgr_vm_rpc_list_disks_return(call, &(RpcStrings){ items, 2 });
	g_free(items[0]);
	g_free(items[1]);
}

static void list_nics(void *impl, RpcCall *call)
{
	xenmgr_vm_rpc_list_nics_return(call, &(RpcStrings){ NULL, 0 });
}

static void read_icon(void *impl, RpcCall *call)
{
	uint8_t bytes[] = { 137, 80 };

	xenmgr_vm_rpc_read_icon_return(call, &(RpcBytes){ bytes, 2 });
}

static const XenmgrVmRpcOps vm_ops = {
	.start = start,
	.delete = delete_vm,
	.set_domstore_key = set_domstore_key,
	.get_domstore_key = get_domstore_key,
	.list_disks = list_disks,
	.list_nics = list_nics,
	.read_icon = read_icon,
};

static RpcValue *property_of(FakeVm *vm, const RpcProperty *property)
{
	RpcValue *set = g_hash_table_lookup(vm->properties, property->name);

	if (set)
		return rpc_value_copy(set);
	if (g_str_equal(property->name, "name"))
		return rpc_value_new_string(vm->name);
	if (g_str_equal(property->name, "state"))
		return rpc_value_new_string(vm->state);
	if (g_str_equal(property->name, "domid"))
		return rpc_value_new_int32(vm->domid);
	if (g_str_equal(property->name, "uuid"))
		return rpc_value_new_string(vm->uuid);
	return NULL;
}

static void get(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property)
{
	RpcValue *value = property_of(impl, property);

	if (value)
		rpc_call_return_value(call, value);
	else
		rpc_call_failf(call, XT_ERROR_FAILED, "223:IO error: %s", property->name);
}

static void set(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property, const RpcValue *value)
{
	FakeVm *vm = impl;

	g_hash_table_replace(vm->properties, g_strdup(property->name), rpc_value_copy(value));
	rpc_call_return_empty(call);
}

static void get_all(void *impl, RpcCall *call, const RpcInterface *iface)
{
	g_autofree RpcValue **values = g_new0(RpcValue *, iface->n_properties);

	for (unsigned int i = 0; i < iface->n_properties; i++)
		values[i] = property_of(impl, &iface->properties[i]);
	rpc_call_return_values(call, iface, values);
}

static const RpcPropertyOps property_ops = { get, set, get_all };

/* ---- a disk ---- */

static void attach_phy(void *impl, RpcCall *call, const char *phy_path)
{
	vmdisk_rpc_attach_phy_return(call);
}

static void mount(void *impl, RpcCall *call, const char *dirpath, bool readonly)
{
	rpc_call_failf(call, XT_ERROR_FAILED, "%s %d", dirpath, readonly);
}

static const VmdiskRpcOps disk_ops = { .attach_phy = attach_phy, .mount = mount };

/* ---- the objects ---- */

/* clang-format off */
static const RpcBinding root_bindings[] = {
	{ &xenmgr_rpc_service, &root_ops, NULL },
	{ &xenmgr_query_rpc_service, &query_ops, NULL },
	{},
};
static const RpcBinding vm_bindings[] = {
	{ &xenmgr_vm_rpc_service, &vm_ops, &property_ops },
	{},
};
static const RpcBinding disk_bindings[] = {
	{ &vmdisk_rpc_service, &disk_ops, &property_ops },
	{},
};
/* clang-format on */

static bool lookup_vm(const char *path, RpcObject *ret_object)
{
	const char *rest;
	g_autofree char *uuid = uuid_from_path(path, &rest);

	for (size_t i = 0; uuid && i < G_N_ELEMENTS(vms); i++) {
		if (!g_str_equal(vms[i].uuid, uuid))
			continue;
		ret_object->impl = &vms[i];
		ret_object->bindings = *rest ? disk_bindings : vm_bindings;
		return !*rest || g_str_equal(rest, "/disk/0");
	}
	return false;
}

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	if (g_str_equal(path, "/")) {
		ret_object->bindings = root_bindings;
		return true;
	}
	if (g_str_equal(path, "/odd")) {
		ret_object->impl = &vms[0];
		ret_object->bindings = disk_bindings;
		return true;
	}
	return lookup_vm(path, ret_object);
}

void fake_xenmgr_serve(Bus *bus, void *data)
{
	static const RpcServerFuncs funcs = { .lookup = lookup };
	g_autoptr(GError) error = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(vms); i++) {
		vms[i].properties = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							  (GDestroyNotify)rpc_value_free);
		vms[i].domstore =
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	}
	rpc_server_new(bus, &funcs, NULL);
	bus_own_name(bus, FAKE_OTHER, &error);
	g_assert_no_error(error);
}

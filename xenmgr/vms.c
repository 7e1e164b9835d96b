/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vms.h"

#include "lib/error.h"

struct Vms {
	GPtrArray *all;
	GHashTable *by_uuid; /* borrowed from all */
};

static void unref(void *data)
{
	vm_unref(data);
}

Vms *vms_new(void)
{
	Vms *vms = g_new0(Vms, 1);

	vms->all = g_ptr_array_new_with_free_func(unref);
	vms->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
	return vms;
}

void vms_free(Vms *vms)
{
	if (!vms)
		return;
	g_hash_table_unref(vms->by_uuid);
	g_ptr_array_unref(vms->all);
	g_free(vms);
}

void vms_add(Vms *vms, Vm *vm)
{
	g_ptr_array_add(vms->all, vm_ref(vm));
	g_hash_table_insert(vms->by_uuid, vm->uuid, vm);
}

void vms_remove(Vms *vms, Vm *vm)
{
	vm->gone = true;
	g_hash_table_remove(vms->by_uuid, vm->uuid);
	g_ptr_array_remove(vms->all, vm);
}

const GPtrArray *vms_all(const Vms *vms)
{
	return vms->all;
}

Vm *vms_find(const Vms *vms, const char *uuid)
{
	return g_hash_table_lookup(vms->by_uuid, uuid);
}

Vm *vms_find_by_domid(const Vms *vms, int domid)
{
	for (unsigned int i = 0; domid >= 0 && i < vms->all->len; i++) {
		Vm *vm = g_ptr_array_index(vms->all, i);

		if (vm->domid == domid)
			return vm;
	}
	return NULL;
}

Vm *vms_find_by_path(const Vms *vms, const char *path, const char **ret_rest)
{
	g_autofree char *uuid = uuid_from_path(path, ret_rest);

	return uuid ? vms_find(vms, uuid) : NULL;
}

Vm *vms_get(const Vms *vms, const char *uuid, GError **error)
{
	g_autofree char *normal = uuid_normalize(uuid);
	Vm *vm = normal ? vms_find(vms, normal) : NULL;

	if (!vm)
		xt_fail(error, XT_ERROR_FAILED, "no vm with uuid %s", uuid);
	return vm;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/faces.h"

#include "idl/xenmgr_server.h"
#include "lib/error.h"
#include "xenmgr/create.h"
#include "xenmgr/operation.h"
#include "xenmgr/tree.h"
#include "xenmgr/vms.h"

#define SERVICE_PREFIX "service-"

/* ---- finding ---- */

static bool list_vms(void *impl, const RpcCall *call, RpcStrings *ret_paths,
		     GError **error)
{
	const Manager *manager = impl;
	const GPtrArray *vms = vms_all(manager->vms);

	ret_paths->n = vms->len;
	ret_paths->items = g_new0(char *, vms->len + 1);
	for (unsigned int i = 0; i < vms->len; i++)
		ret_paths->items[i] = g_strdup(((Vm *)g_ptr_array_index(vms, i))->path);
	return true;
}

static bool list_domids(void *impl, const RpcCall *call, Rpc_ai *ret_domids,
			GError **error)
{
	const Manager *manager = impl;
	const GPtrArray *vms = vms_all(manager->vms);

	ret_domids->items = g_new0(int32_t, vms->len + 1);
	for (unsigned int i = 0; i < vms->len; i++) {
		const Vm *vm = g_ptr_array_index(vms, i);

		if (vm->domid >= 0)
			ret_domids->items[ret_domids->n++] = vm->domid;
	}
	return true;
}

static bool find_vm_by_uuid(void *impl, const RpcCall *call, const char *uuid,
			    char **ret_obj_path, GError **error)
{
	const Manager *manager = impl;
	const Vm *vm = vms_get(manager->vms, uuid, error);

	if (!vm)
		return false;
	*ret_obj_path = g_strdup(vm->path);
	return true;
}

static bool find_vm_by_domid(void *impl, const RpcCall *call, int32_t domid,
			     char **ret_obj_path, GError **error)
{
	const Manager *manager = impl;
	const Vm *vm = vms_find_by_domid(manager->vms, domid);

	if (!vm)
		return xt_fail(error, XT_ERROR_FAILED, "no vm with domid %d", domid);
	*ret_obj_path = g_strdup(vm->path);
	return true;
}

/* ---- templates ---- */

static bool is_service(const char *name)
{
	return g_str_has_prefix(name, SERVICE_PREFIX);
}

static bool list_templates(void *impl, const RpcCall *call, RpcStrings *ret_templates,
			   GError **error)
{
	g_autofree char *dir = create_templates_dir();
	g_auto(GStrv) names = template_list(dir, error);

	if (!names)
		return false;
	ret_templates->items = g_new0(char *, g_strv_length(names) + 1);
	for (char **name = names; *name; name++)
		if (!is_service(*name))
			ret_templates->items[ret_templates->n++] = g_strdup(*name);
	return true;
}

static void add_entry(Rpc_aDssE *dict, const char *key, const char *value)
{
	dict->items[dict->n++] = (Rpc_DssE){ g_strdup(key), g_strdup(value) };
}

/* What a user interface shows of @name; false if it shows it not. */
static bool describe(const char *dir, const char *name, Rpc_aDssE *ret_dict)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = template_load(dir, name, &error);
	const char *description;

	if (!tree) {
		g_warning("%s, ignoring", error->message);
		return false;
	}
	if (!tree_flag(tree, "ui-selectable", false))
		return false;
	description = tree_text(tree, "description");
	ret_dict->items = g_new0(Rpc_DssE, 3);
	add_entry(ret_dict, "template", name);
	add_entry(ret_dict, "description", description ? description : "");
	return true;
}

static bool list_ui_templates(void *impl, const RpcCall *call, Rpc_aaDssE *ret_templates,
			      GError **error)
{
	g_autofree char *dir = create_templates_dir();
	g_auto(GStrv) names = template_list(dir, error);
	Rpc_aaDssE *list = ret_templates;

	if (!names)
		return false;
	list->items = g_new0(Rpc_aDssE, g_strv_length(names) + 1);
	for (char **name = names; *name; name++)
		if (!is_service(*name) && describe(dir, *name, &list->items[list->n]))
			list->n++;
	return true;
}

/* ---- creating and deleting ---- */

static void created(const char *path, const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else
		rpc_call_return(call, &path); /* all that create answer with one path */
}

static void create_vm_plain(void *impl, RpcCall *call)
{
	create_vm(impl, &(CreateRequest){ .template = "new-vm" }, created, call);
}

static void create_with_template(void *impl, RpcCall *call, const char *template)
{
	create_vm(impl, &(CreateRequest){ .template = template }, created, call);
}

static void create_with_json(void *impl, RpcCall *call, const char *template,
			     const char *json)
{
	create_vm(impl, &(CreateRequest){ .template = template, .json = json }, created,
		  call);
}

static void create_with_uuid(void *impl, RpcCall *call, const char *template,
			     const char *uuid)
{
	create_vm(impl, &(CreateRequest){ .template = template, .uuid = uuid }, created,
		  call);
}

static void create_with_ui(void *impl, RpcCall *call, const char *template,
			   const char *name, const char *description, const char *image)
{
	create_vm(impl,
		  &(CreateRequest){ .template = template,
				    .name = name,
				    .description = description,
				    .image = image },
		  created, call);
}

static void unrestricted_create(void *impl, RpcCall *call)
{
	create_vm(impl, &(CreateRequest){ .template = "new-vm", .unrestricted = true },
		  created, call);
}

static void unrestricted_create_with_json(void *impl, RpcCall *call, const char *template,
					  const char *json)
{
	create_vm(impl,
		  &(CreateRequest){
			  .template = template, .json = json, .unrestricted = true },
		  created, call);
}

static void deleted(const GError *error, void *data)
{
	RpcCall *call = data;

	if (error)
		rpc_call_fail(call, error);
	else
		rpc_call_return_empty(call);
}

static void unrestricted_delete(void *impl, RpcCall *call, const char *uuid)
{
	const Manager *manager = impl;
	g_autoptr(GError) error = NULL;
	Vm *vm = vms_get(manager->vms, uuid, &error);

	if (vm)
		operation_ask(vm, VM_CALL_DELETE, deleted, call);
	else
		rpc_call_fail(call, error);
}

/* ---- query ---- */

typedef struct {
	RpcCall *call;
	GPtrArray *vms; /* referenced, as they were when asked */
} Query;

static void unref_vm(void *data)
{
	vm_unref(data);
}

static void names_read(const char *const *names, const GError *error, void *data)
{
	Query *query = data;
	XenmgrQueryRpcListVms list = { NULL, 0 };

	if (error) {
		rpc_call_fail(query->call, error);
	} else {
		list.items = g_new0(XenmgrQueryRpcListVmsItem, query->vms->len + 1);
		for (unsigned int i = 0; i < query->vms->len; i++) {
			Vm *vm = g_ptr_array_index(query->vms, i);

			if (vm->gone)
				continue;
			list.items[list.n++] = (XenmgrQueryRpcListVmsItem){
				.uuid = vm->uuid,
				.name = (char *)names[i],
				.state = (char *)vm_state_name(vm->state),
				.domid = vm->domid,
			};
		}
		xenmgr_query_rpc_list_return(query->call, &list);
		g_free(list.items);
	}
	g_ptr_array_unref(query->vms);
	g_free(query);
}

static void query_list(void *impl, RpcCall *call)
{
	const Manager *manager = impl;
	const GPtrArray *vms = vms_all(manager->vms);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	Query *query = g_new(Query, 1);

	query->call = call;
	query->vms = g_ptr_array_new_with_free_func(unref_vm);
	for (unsigned int i = 0; i < vms->len; i++) {
		Vm *vm = g_ptr_array_index(vms, i);

		g_ptr_array_add(query->vms, vm_ref(vm));
		g_ptr_array_add(paths, vm_db_path(vm, "name"));
	}
	g_ptr_array_add(paths, NULL);
	db_read_all(manager->db, (const char *const *)paths->pdata, names_read, query);
}

/* ---- the tables ---- */

static const XenmgrRpcOps ops = {
	.create_vm = create_vm_plain,
	.create_vm_with_template = create_with_template,
	.create_vm_with_template_and_json = create_with_json,
	.create_vm_with_template_and_uuid = create_with_uuid,
	.create_vm_with_ui = create_with_ui,
	.find_vm_by_domid = find_vm_by_domid,
	.find_vm_by_uuid = find_vm_by_uuid,
	.list_domids = list_domids,
	.list_templates = list_templates,
	.list_ui_templates = list_ui_templates,
	.list_vms = list_vms,
};

static const XenmgrQueryRpcOps query_ops = { .list = query_list };

static const XenmgrUnrestrictedRpcOps unrestricted_ops = {
	.unrestricted_create_vm = unrestricted_create,
	.unrestricted_create_vm_with_template_and_json = unrestricted_create_with_json,
	.unrestricted_delete_vm = unrestricted_delete,
};

const RpcBinding manager_bindings[] = {
	{ &xenmgr_rpc_service, &ops, NULL },
	{ &xenmgr_query_rpc_service, &query_ops, NULL },
	{ &xenmgr_unrestricted_rpc_service, &unrestricted_ops, NULL },
	{ NULL },
};

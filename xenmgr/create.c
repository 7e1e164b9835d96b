/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/create.h"

#include <string.h>
#include "idl/vm_disk_server.h"
#include "idl/vm_nic_server.h"
#include "idl/xenmgr_vm_server.h"
#include "lib/error.h"
#include "lib/paths.h"
#include "xenmgr/announce.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vms.h"

#define SLOT_MAX   9
#define POLICY_KEY "/vm-create-disallowed"

typedef struct {
	Manager *manager;
	char *template, *json, *uuid, *name, *description, *image;
	bool unrestricted;
	CreateDone done;
	void *data;
	json_t *tree;
} Creation;

static void run(void *data);
static void host_read(const char *const *values, const GError *error, void *data);
static bool make_tree(Creation *c, const char *const *slots, GError **error);
static void injected(const GError *error, void *data);

char *create_templates_dir(void)
{
	return g_build_filename(paths_data(), "templates", NULL);
}

/* One after the other: each takes the first slot that those before left. */
void create_vm(Manager *manager, const CreateRequest *request, CreateDone done,
	       void *data)
{
	Creation *c = g_new0(Creation, 1);

	c->manager = manager;
	c->template = g_strdup(request->template);
	c->json = g_strdup(request->json);
	c->uuid = g_strdup(request->uuid);
	c->name = g_strdup(request->name);
	c->description = g_strdup(request->description);
	c->image = g_strdup(request->image);
	c->unrestricted = request->unrestricted;
	c->done = done;
	c->data = data;
	serial_run(manager->creations, run, c);
}

static void finish(Creation *c, const char *path, const GError *error)
{
	Manager *manager = c->manager;

	c->done(path, error, c->data);
	g_free(c->template);
	g_free(c->json);
	g_free(c->uuid);
	g_free(c->name);
	g_free(c->description);
	g_free(c->image);
	json_decref(c->tree);
	g_free(c);
	serial_done(manager->creations);
}

/* ---- what is in the way ---- */

static void run(void *data)
{
	Creation *c = data;
	const GPtrArray *vms = vms_all(c->manager->vms);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(paths, g_strdup(POLICY_KEY));
	for (unsigned int i = 0; i < vms->len; i++)
		g_ptr_array_add(paths, vm_db_path(g_ptr_array_index(vms, i), "slot"));
	g_ptr_array_add(paths, NULL);
	db_read_all(c->manager->db, (const char *const *)paths->pdata, host_read, c);
}

static void host_read(const char *const *values, const GError *error, void *data)
{
	Creation *c = data;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;
	g_autofree char *path = NULL;
	bool disallowed = false;

	if (!failed && !c->unrestricted && *values[0])
		tree_parse_flag(values[0], &disallowed);
	if (disallowed)
		vm_fail(&failed, VM_ERROR_POLICY, NULL);
	if (failed || !make_tree(c, values + 1, &failed)) {
		finish(c, NULL, failed);
		return;
	}
	path = g_strconcat("/vm/", c->uuid, NULL);
	db_inject(c->manager->db, path, c->tree, injected, c);
}

/* ---- the tree ---- */

static json_t *load(const Creation *c, GError **error)
{
	const TemplateKeys keys = { &xenmgr_vm_unrestricted_rpc_interface,
				    &vmdisk_rpc_interface, &vmnic_rpc_interface };
	g_autofree char *dir = create_templates_dir();
	g_autoptr(json_t) template = template_load(dir, c->template, error);
	g_autoptr(json_t) extra = NULL;
	g_autoptr(json_t) merged = NULL;

	if (!template || !template_check(template, &keys, c->template, error))
		return NULL;
	if (!c->json || !*c->json)
		return g_steal_pointer(&template);
	extra = tree_parse(c->json, "json", error);
	if (!extra)
		return NULL;
	merged = json_merge(template, extra);
	return template_check(merged, &keys, "json", error) ? g_steal_pointer(&merged)
							    : NULL;
}

static bool take_uuid(Creation *c, const json_t *tree, GError **error)
{
	const char *asked = c->uuid && *c->uuid ? c->uuid : tree_text(tree, "uuid");
	g_autofree char *uuid = asked && *asked ? uuid_normalize(asked) : uuid_new();

	if (!uuid)
		return xt_fail(error, XT_ERROR_INVALID, "\"%s\" is no uuid", asked);
	if (vms_find(c->manager->vms, uuid))
		return xt_fail(error, XT_ERROR_INVALID,
			       "there is a vm with uuid %s already", uuid);
	g_free(c->uuid);
	c->uuid = g_steal_pointer(&uuid);
	return true;
}

static bool take_slot(json_t *tree, const char *const *slots, GError **error)
{
	bool used[SLOT_MAX + 1] = { false };

	if (tree_text(tree, "slot"))
		return true;
	for (; *slots; slots++) {
		int64_t slot = 0;

		if (tree_parse_number(*slots, &slot) && slot > 0 && slot <= SLOT_MAX)
			used[slot] = true;
	}
	for (unsigned int slot = 1; slot <= SLOT_MAX; slot++) {
		char text[4];

		if (used[slot])
			continue;
		g_snprintf(text, sizeof text, "%u", slot);
		tree_set(tree, "slot", text);
		return true;
	}
	return vm_fail(error, VM_ERROR_NO_SLOT, NULL);
}

static void take_names(const Creation *c, json_t *tree)
{
	const char *given = c->name && *c->name ? c->name : tree_text(tree, "name");
	g_autofree char *fallback = g_strconcat("name-", c->uuid, NULL);
	g_autofree char *name = g_strdup(given && *given ? given : fallback);

	tree_set(tree, "uuid", c->uuid);
	tree_set(tree, "seamless-id", c->uuid);
	tree_set(tree, "name", name);
	if (c->description)
		tree_set(tree, "description", c->description);
	if (c->image)
		tree_set(tree, "image_path", c->image);
}

static bool make_tree(Creation *c, const char *const *slots, GError **error)
{
	g_autoptr(json_t) raw = load(c, error);

	if (!raw || !take_uuid(c, raw, error))
		return false;
	c->tree = template_expand(raw, c->uuid);
	if (!take_slot(c->tree, slots, error))
		return false;
	take_names(c, c->tree);
	return true;
}

/* ---- the VM ---- */

static void injected(const GError *error, void *data)
{
	Creation *c = data;
	g_autoptr(Vm) vm = NULL;

	if (error) {
		finish(c, NULL, error);
		return;
	}
	vm = vm_new(c->manager, c->uuid);
	vms_add(c->manager->vms, vm);
	announce_created(vm);
	finish(c, vm->path, NULL);
}

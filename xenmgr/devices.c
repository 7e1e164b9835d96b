/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/devices.h"

#include <string.h>
#include "lib/error.h"
#include "xenmgr/announce.h"
#include "xenmgr/properties.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"

#define DISKS_MAX 16 /* letters from a on, as bootable disks have them */

/* One request, across its waits. */
typedef struct {
	VmPart part; /* its VM referenced */
	void (*done)(void);
	void *data;
	char *type, *path; /* of attach */
} Job;

static Job *job_new(const VmPart *part, void (*done)(void), void *data)
{
	Job *job = g_new0(Job, 1);

	job->part = *part;
	job->done = done;
	job->data = data;
	vm_ref(part->vm);
	return job;
}

static void job_free(Job *job)
{
	vm_unref(job->part.vm);
	g_free(job->type);
	g_free(job->path);
	g_free(job);
}

static const char *below_config(VmPartKind kind)
{
	return kind == VM_PART_DISK ? "disk" : "nic";
}

static void dump_config(const Job *job, DbTreeDone done)
{
	g_autofree char *config = vm_db_path(job->part.vm, "config");

	db_dump(job->part.vm->manager->db, config, done, (void *)job);
}

/* ---- list ---- */

static void list_read(const json_t *config, const GError *error, void *data)
{
	Job *job = data;
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(config, below_config(job->part.kind), ids);
	RpcStrings list;

	for (unsigned int i = 0; i < n; i++)
		g_ptr_array_add(paths,
				vm_part_new_path(job->part.vm, job->part.kind, ids[i]));
	g_ptr_array_add(paths, NULL);
	list = (RpcStrings){ (char **)paths->pdata, n };
	((DevicesListDone)job->done)(error ? NULL : &list, error, job->data);
	job_free(job);
}

void devices_list(Vm *vm, VmPartKind kind, DevicesListDone done, void *data)
{
	const VmPart part = { vm, kind, 0 };

	dump_config(job_new(&part, (void (*)(void))done, data), list_read);
}

/* ---- add: in the order it happens ---- */

static void add_run(void *data);
static void add_read(const json_t *config, const GError *error, void *data);
static void add_written(const GError *error, void *data);
static void add_in_force(const GError *error, void *data);

void devices_add(Vm *vm, VmPartKind kind, DevicesAddDone done, void *data)
{
	const VmPart part = { vm, kind, 0 };

	serial_run(vm->edits, add_run, job_new(&part, (void (*)(void))done, data));
}

static void add_finish(Job *job, const GError *error)
{
	g_autofree char *path = vm_part_path(&job->part);
	Vm *vm = vm_ref(job->part.vm);

	((DevicesAddDone)job->done)(error ? NULL : path, error, job->data);
	job_free(job);
	serial_done(vm->edits);
	vm_unref(vm);
}

static void add_run(void *data)
{
	dump_config(data, add_read);
}

/* The first of hda, hdb, ... (xvda, ... without a device model) that no disk has. */
static char *free_device(const json_t *config)
{
	bool hvm = g_strcmp0(tree_text(config, "virt-type"), "hvm") == 0;
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(config, "disk", ids);

	for (unsigned int letter = 0; letter < DISKS_MAX; letter++) {
		g_autofree char *device = g_strdup_printf("%s%c", hvm ? "hd" : "xvd",
							  'a' + letter);
		bool used = false;

		for (unsigned int i = 0; i < n; i++)
			used |= g_strcmp0(tree_textf(config, "disk/%u/device", ids[i]),
					  device) == 0;
		if (!used)
			return g_steal_pointer(&device);
	}
	return NULL;
}

static json_t *new_disk(const json_t *config, GError **error)
{
	g_autofree char *device = free_device(config);

	if (!device) {
		xt_fail(error, XT_ERROR_LIMIT, "the VM has %d disks already", DISKS_MAX);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "path", "", "type", "vhd", "mode",
			 "w", "device", device, "devtype", "disk");
}

static json_t *new_nic(unsigned int id)
{
	g_autofree char *text = g_strdup_printf("%u", id);

	return json_pack("{s:s, s:s}", "id", text, "network", "/wired/0/bridged");
}

static bool next_id(const json_t *config, VmPart *part, GError **error)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(config, below_config(part->kind), ids);

	part->id = n ? ids[n - 1] + 1 : 0;
	return part->id <= TREE_MAX_ID ||
	       xt_fail(error, XT_ERROR_LIMIT, "the last number, %d, is taken",
		       TREE_MAX_ID);
}

static void add_read(const json_t *config, const GError *error, void *data)
{
	Job *job = data;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;
	g_autoptr(json_t) device = NULL;
	g_autofree char *place = NULL;

	if (!failed && json_object_size(config) == 0)
		xt_fail(&failed, XT_ERROR_UNKNOWN_OBJECT, "the database has no VM %s",
			job->part.vm->uuid);
	if (!failed && next_id(config, &job->part, &failed))
		device = job->part.kind == VM_PART_DISK ? new_disk(config, &failed)
							: new_nic(job->part.id);
	if (!device) {
		add_finish(job, failed);
		return;
	}
	place = vm_part_key(&job->part, "");
	db_inject(job->part.vm->manager->db, place, device, add_written, job);
}

static void add_written(const GError *error, void *data)
{
	Job *job = data;
	Vm *vm = job->part.vm;

	if (error) {
		add_finish(job, error);
		return;
	}
	announce_config(vm);
	facts_refresh(vm->manager->facts, vm->uuid, add_in_force, job);
}

static void add_in_force(const GError *error, void *data)
{
	add_finish(data, error);
}

/* ---- remove, attach: in the order it happens ---- */

static void edit_run(void *data);
static void edit_read(const json_t *config, const GError *error, void *data);
static void edit_written(const GError *error, void *data);
static void edit_in_force(const GError *error, void *data);

void devices_remove(const VmPart *part, DevicesDone done, void *data)
{
	serial_run(part->vm->edits, edit_run, job_new(part, (void (*)(void))done, data));
}

void devices_attach(const VmPart *part, const char *type, const char *path,
		    DevicesDone done, void *data)
{
	Job *job = job_new(part, (void (*)(void))done, data);

	job->type = g_strdup(type);
	job->path = g_strdup(path);
	serial_run(part->vm->edits, edit_run, job);
}

static void edit_finish(Job *job, const GError *error)
{
	Vm *vm = vm_ref(job->part.vm);

	((DevicesDone)job->done)(error, job->data);
	job_free(job);
	serial_done(vm->edits);
	vm_unref(vm);
}

static void edit_run(void *data)
{
	dump_config(data, edit_read);
}

static void edit_read(const json_t *config, const GError *error, void *data)
{
	Job *job = data;
	const VmPart *part = &job->part;
	g_autofree char *node = g_strdup_printf("%s/%u", below_config(part->kind),
						part->id);
	g_autoptr(GPtrArray) edits = db_edits_new();
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	if (!failed && !tree_node(config, node))
		vm_fail(&failed,
			part->kind == VM_PART_DISK ? VM_ERROR_NO_DISK : VM_ERROR_NO_NIC,
			NULL);
	if (failed) {
		edit_finish(job, failed);
		return;
	}
	if (job->path) {
		g_ptr_array_add(edits, db_edit_new(vm_part_key(part, "path"),
						   g_strdup(job->path), NULL));
		g_ptr_array_add(edits, db_edit_new(vm_part_key(part, "type"),
						   g_strdup(job->type), NULL));
	} else {
		g_ptr_array_add(edits, db_edit_new(vm_part_key(part, ""), NULL, NULL));
	}
	db_apply(part->vm->manager->db, g_steal_pointer(&edits), edit_written, job);
}

static void edit_written(const GError *error, void *data)
{
	Job *job = data;
	Vm *vm = job->part.vm;

	if (error) {
		edit_finish(job, error);
		return;
	}
	if (job->path) {
		properties_changed(&job->part, "path", job->path);
		properties_changed(&job->part, "type", job->type);
	}
	announce_config(vm);
	facts_refresh(vm->manager->facts, vm->uuid, edit_in_force, job);
}

static void edit_in_force(const GError *error, void *data)
{
	edit_finish(data, error);
}

/* ---- keys ---- */

const char *devices_part_of_key(Vm *vm, const char *key, VmPart *ret_part)
{
	const VmPartKind kinds[] = { VM_PART_DISK, VM_PART_NIC };

	for (unsigned int i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *prefix = g_strdup_printf("config/%s/",
							  below_config(kinds[i]));
		const char *rest = key + strlen(prefix);
		const char *slash = g_str_has_prefix(key, prefix) ? strchr(rest, '/')
								  : NULL;
		g_autofree char *below = NULL;

		if (!slash)
			continue;
		below = g_strdup_printf("/%s/%.*s", below_config(kinds[i]),
					(int)(slash - rest), rest);
		if (vm_part_parse(vm, below, ret_part))
			return slash + 1;
	}
	*ret_part = (VmPart){ vm, VM_PART_VM, 0 };
	return key;
}

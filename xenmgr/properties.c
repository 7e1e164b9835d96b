/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/properties.h"

#include <string.h>
#include "idl/vm_disk_server.h"
#include "idl/vm_nic_server.h"
#include "idl/xenmgr_vm_server.h"
#include "lib/error.h"
#include "xenmgr/announce.h"
#include "xenmgr/computed.h"
#include "xenmgr/property.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vm-xenstore.h"

#define DEFAULT_ISOS "/storage/isos"

/* One call, across its waits. */
typedef struct {
	RpcCall *call;
	VmPart part; /* its VM referenced */
	const RpcInterface *iface;
	const RpcProperty *property; /* NULL: all of them */
	const Computed *computed;
	/* of Set */
	RpcValue *value;
	unsigned int open; /* answers awaited */
	json_t *node;      /* what the old value is made of; or */
	char *text;        /* what is at its key */
	bool locked;       /* the policy says no */
	char *isos;
	GError *failed;
} Job;

static Job *job_new(void *impl, RpcCall *call, const RpcInterface *iface,
		    const RpcProperty *property)
{
	Job *job = g_new0(Job, 1);

	job->call = call;
	job->part = vm_part_of_call(impl, call);
	job->iface = iface;
	job->property = property;
	if (property)
		job->computed = computed_find(job->part.kind, property->name);
	vm_ref(job->part.vm);
	return job;
}

static void job_free(Job *job)
{
	vm_unref(job->part.vm);
	rpc_value_free(job->value);
	json_decref(job->node);
	g_free(job->text);
	g_free(job->isos);
	g_clear_error(&job->failed);
	g_free(job);
}

static void job_fail(Job *job, const GError *error)
{
	rpc_call_fail(job->call, error);
	job_free(job);
}

/* ---- what a property is made of ---- */

static bool is_device(const Job *job)
{
	return job->part.kind != VM_PART_VM;
}

/* A disk or NIC is there if anything is at its place. */
static bool is_there(const Job *job, const json_t *node, GError **error)
{
	if (!is_device(job) || json_object_size(node) > 0)
		return true;
	return vm_fail(error,
		       job->part.kind == VM_PART_DISK ? VM_ERROR_NO_DISK
						      : VM_ERROR_NO_NIC,
		       NULL);
}

static RpcValue *value_of(const VmPart *part, const RpcProperty *property,
			  const Computed *computed, const json_t *node)
{
	if (computed)
		return computed->get(part, node);
	return property->key ? property_from_db(property, tree_text(node, property->key))
			     : NULL;
}

/* Where the node of @job is; devices are small and are read whole. */
static char *node_path(const Job *job)
{
	if (is_device(job) || !job->computed)
		return vm_part_key(&job->part, "");
	return vm_part_key(&job->part, job->computed->node);
}

static bool is_known(const Job *job, GError **error)
{
	if (job->computed || job->property->key)
		return true;
	return xt_fail(error, XT_ERROR_UNKNOWN_PROPERTY, "%s.%s is not kept here",
		       job->iface->name, job->property->name);
}

/* ---- Get ---- */

static void got_text(const char *text, const GError *error, void *data)
{
	Job *job = data;

	if (error) {
		job_fail(job, error);
		return;
	}
	rpc_call_return_value(job->call, property_from_db(job->property, text));
	job_free(job);
}

static void got_node(const json_t *node, const GError *error, void *data)
{
	Job *job = data;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	if (failed || !is_there(job, node, &failed)) {
		job_fail(job, failed);
		return;
	}
	rpc_call_return_value(job->call,
			      value_of(&job->part, job->property, job->computed, node));
	job_free(job);
}

static void get(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property)
{
	Job *job = job_new(impl, call, iface, property);
	Db *db = job->part.vm->manager->db;
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	if (!is_known(job, &error)) {
		job_fail(job, error);
	} else if (job->computed && !job->computed->node) {
		got_node(NULL, NULL, job);
	} else if (!job->computed && !is_device(job)) {
		path = vm_part_key(&job->part, property->key);
		db_read(db, path, got_text, job);
	} else {
		path = node_path(job);
		db_dump(db, path, got_node, job);
	}
}

/* ---- GetAll ---- */

static void got_all(const json_t *tree, const GError *error, void *data)
{
	Job *job = data;
	const RpcInterface *iface = job->iface;
	g_autofree RpcValue **values = g_new0(RpcValue *, iface->n_properties);
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	if (failed || !is_there(job, tree, &failed)) {
		job_fail(job, failed);
		return;
	}
	for (unsigned int i = 0; i < iface->n_properties; i++) {
		const RpcProperty *property = &iface->properties[i];
		const Computed *computed = computed_find(job->part.kind, property->name);
		const json_t *node = computed && computed->node && !is_device(job)
					     ? tree_node(tree, computed->node)
					     : tree;

		values[i] = value_of(&job->part, property, computed, node);
	}
	rpc_call_return_values(job->call, iface, values);
	job_free(job);
}

static void get_all(void *impl, RpcCall *call, const RpcInterface *iface)
{
	Job *job = job_new(impl, call, iface, NULL);
	g_autofree char *path = vm_part_key(&job->part, "");

	db_dump(job->part.vm->manager->db, path, got_all, job);
}

/* ---- Set: in the order it happens ---- */

static void set_run(void *data);
static void set_read_policy(const char *const *values, const GError *error, void *data);
static void set_read_text(const char *text, const GError *error, void *data);
static void set_read_node(const json_t *node, const GError *error, void *data);
static void set_decide(Job *job);
static void set_written(const GError *error, void *data);
static void set_in_force(const GError *error, void *data);

static void set(void *impl, RpcCall *call, const RpcInterface *iface,
		const RpcProperty *property, const RpcValue *value)
{
	Job *job = job_new(impl, call, iface, property);
	g_autoptr(GError) error = NULL;

	if (!is_known(job, &error)) {
		job_fail(job, error);
		return;
	}
	job->value = rpc_value_copy(value);
	serial_run(job->part.vm->edits, set_run, job);
}

static void set_finish(Job *job, const GError *error)
{
	Serial *edits = job->part.vm->edits;
	Vm *vm = vm_ref(job->part.vm);

	if (error)
		rpc_call_fail(job->call, error);
	else
		rpc_call_return_empty(job->call);
	job_free(job);
	serial_done(edits);
	vm_unref(vm);
}

static void set_run(void *data)
{
	Job *job = data;
	Vm *vm = job->part.vm;
	g_autofree char *policy = vm_db_path(vm, PROPERTIES_POLICY);
	const char *const paths[] = { policy, "/xenmgr/isos", NULL };
	bool by_text = !job->computed && !is_device(job);
	g_autofree char *path = by_text ? vm_part_key(&job->part, job->property->key)
					: node_path(job);
	g_autoptr(GError) gone = NULL;

	if (vm->gone) {
		gone = g_error_new(XT_ERROR, XT_ERROR_UNKNOWN_OBJECT,
				   "no vm with uuid %s", vm->uuid);
		set_finish(job, gone);
		return;
	}
	job->open = 2;
	db_read_all(vm->manager->db, paths, set_read_policy, job);
	if (by_text)
		db_read(vm->manager->db, path, set_read_text, job);
	else
		db_dump(vm->manager->db, path, set_read_node, job);
}

static void set_progress(Job *job, const GError *error)
{
	if (error && !job->failed)
		job->failed = g_error_copy(error);
	if (--job->open > 0)
		return;
	if (job->failed)
		set_finish(job, job->failed);
	else
		set_decide(job);
}

static void set_read_policy(const char *const *values, const GError *error, void *data)
{
	Job *job = data;
	bool allowed = true;

	if (values && *values[0] && !tree_parse_flag(values[0], &allowed))
		allowed = true;
	job->locked = !allowed;
	job->isos = g_strdup(values && *values[1] ? values[1] : DEFAULT_ISOS);
	set_progress(job, error);
}

static void set_read_text(const char *text, const GError *error, void *data)
{
	Job *job = data;

	job->text = g_strdup(text);
	set_progress(job, error);
}

static void set_read_node(const json_t *node, const GError *error, void *data)
{
	Job *job = data;

	job->node = json_incref((json_t *)node);
	set_progress(job, error);
}

/* Networks are what a user may choose even for a VM that is locked. */
static bool is_locked(const Job *job)
{
	const char *name = job->property->name;

	return job->locked && job->iface == &xenmgr_vm_rpc_interface &&
	       !g_str_equal(name, "wired-network") &&
	       !g_str_equal(name, "wireless-network");
}

static RpcValue *old_value(const Job *job)
{
	if (job->text)
		return property_from_db(job->property, job->text);
	return value_of(&job->part, job->property, job->computed, job->node);
}

static bool set_edits(const Job *job, GPtrArray *edits, GError **error)
{
	if (job->computed && job->computed->set)
		return job->computed->set(&job->part, job->node, job->isos, job->value,
					  edits, error);
	if (!job->property->key)
		return xt_fail(error, XT_ERROR_READ_ONLY, "%s cannot be set",
			       job->property->name);
	g_ptr_array_add(edits, db_edit_new(vm_part_key(&job->part, job->property->key),
					   property_to_db(job->value), NULL));
	return true;
}

static void set_decide(Job *job)
{
	g_autoptr(RpcValue) old = NULL;
	g_autoptr(GPtrArray) edits = db_edits_new();
	g_autoptr(GError) error = NULL;

	if (is_locked(job))
		vm_fail(&error, VM_ERROR_LOCKED, NULL);
	else if (is_there(job, job->node, &error))
		old = old_value(job);
	if (old && rpc_value_equal(old, job->value)) {
		set_finish(job, NULL);
		return;
	}
	if (error || !set_edits(job, edits, &error)) {
		set_finish(job, error);
		return;
	}
	db_apply(job->part.vm->manager->db, g_steal_pointer(&edits), set_written, job);
}

static void set_written(const GError *error, void *data)
{
	Job *job = data;
	Vm *vm = job->part.vm;
	g_autofree char *text = NULL;

	if (error) {
		set_finish(job, error);
		return;
	}
	if (job->property->key && !vm->gone) {
		text = property_to_db(job->value);
		properties_changed(&job->part, job->property->key, text);
	} else if (!vm->gone) {
		announce_property(vm, job->property->name, rpc_value_copy(job->value));
		announce_config(vm);
	}
	facts_refresh(vm->manager->facts, vm->uuid, set_in_force, job);
}

static void set_in_force(const GError *error, void *data)
{
	set_finish(data, error);
}

const RpcPropertyOps properties_ops = { get, set, get_all };

/* ---- telling ---- */

static RpcValue *changed_value(const RpcProperty *property, const char *text)
{
	return text ? property_from_db(property, text) : NULL;
}

static void device_changed(const VmPart *part, const char *key, const char *text)
{
	const RpcInterface *iface = part->kind == VM_PART_DISK ? &vmdisk_rpc_interface
							       : &vmnic_rpc_interface;
	const RpcProperty *property = property_of_key(iface, key);
	g_autofree char *path = vm_part_path(part);

	if (property)
		rpc_server_changed(part->vm->manager->server, path, iface, property,
				   changed_value(property, text));
}

static void vm_changed(Vm *vm, const char *key, const char *text)
{
	const RpcInterface *iface = &xenmgr_vm_unrestricted_rpc_interface;

	for (unsigned int i = 0; i < iface->n_properties; i++) {
		const RpcProperty *property = &iface->properties[i];

		if (property->key && g_str_equal(property->key, key))
			announce_property(vm, property->name,
					  changed_value(property, text));
	}
	if (text)
		vm_xenstore_update(vm, key, text);
	if (g_str_equal(key, "name"))
		announce_name(vm);
}

void properties_changed(const VmPart *part, const char *key, const char *text)
{
	if (part->kind == VM_PART_VM)
		vm_changed(part->vm, key, text);
	else
		device_changed(part, key, text);
	announce_config(part->vm);
}

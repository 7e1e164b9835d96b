/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Start, in the order it happens:
 *
 *   claim          the VM is "creating"; a second start joins this one
 *   read           its part of the database, and which names domains have; its monitor
 *                  comes up meanwhile
 *   check          its configuration can be made, and the files that it names are there;
 *                  the monitor's file is written
 *   monitor        the monitor is there
 *   create         libxl builds the domain, paused; the guest's keys and channel are ready
 *   record         its domid is known: xenstore
 *   unpause        it runs
 *   boot-sentinel  if it has one, the guest says that it has booted
 *
 * A failure anywhere ends the domain and the files, leaves the VM stopped, and answers
 * with the step and what was said there.  The start after a guest's reboot is the same
 * but for its beginning.
 */

#include "xenmgr/start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/error.h"
#include "xenmgr/stop.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-config.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vm-xenstore.h"
#include "xenmgr/vms.h"

#define LEAVING_TIMEOUT_MS  3000
#define CREATE_TIMEOUT_MS   180000
#define UNPAUSE_TIMEOUT_MS  20000
#define SENTINEL_TIMEOUT_MS 60000

typedef struct {
	unsigned int open; /* answers awaited in "read" */
	json_t *tree;
	char *kernel, *initrd; /* the defaults */
	GPtrArray *domains;    /* names that others have */
	GError *unread, *undescribed;
	int domid;
	bool ready;      /* the monitor is there */
	bool checked;    /* and its configuration */
	bool awaits_end; /* of the monitor of the VM's last run */
	bool building;   /* the monitor has begun with it */
	bool died;       /* the domain went while it was being started */
	bool again;      /* the monitor that was there ended, another was started */
	XstoreWatch *sentinel;
	char *sentinel_path;
	GError *failed; /* while it is undone */
} Start;

static void read_all(Operation *op);
static void check(Operation *op);
static void start_monitor(Operation *op);
static void monitor_ready(const char *result, const GError *error, void *data);
static void create_if_ready(Operation *op);
static void create(Operation *op);
static void created(const char *result, const GError *error, void *data);
static void unpaused(const char *result, const GError *error, void *data);
static void await_sentinel(Operation *op);
static void running(Operation *op);
static void undo(Operation *op, const GError *error);

static void start_free(void *data)
{
	Start *start = data;

	json_decref(start->tree);
	g_free(start->kernel);
	g_free(start->initrd);
	g_clear_pointer(&start->domains, g_ptr_array_unref);
	g_clear_error(&start->unread);
	g_clear_error(&start->undescribed);
	g_clear_error(&start->failed);
	xstore_unwatch(start->sentinel);
	g_free(start->sentinel_path);
	g_free(start);
}

/* ---- what the monitor says meanwhile ---- */

static bool is_guest_up(const Operation *op)
{
	return g_str_equal(op->step, "boot-sentinel");
}

static bool heard_word(Operation *op, VmWord word, int domid)
{
	Start *start = op->state;
	g_autoptr(GError) ended = NULL;

	/* The one who undoes it says when it is over. */
	if (op->closing)
		return true;
	start->building |= word == VM_WORD_CREATING_DOMAIN;
	/* A monitor that has no domain yet, or has none any more. */
	if (word == VM_WORD_SHUTDOWN || word == VM_WORD_REBOOTED) {
		start->died = start->domid >= 0;
		if (start->died && is_guest_up(op)) {
			ended = g_error_new(XT_ERROR, XT_ERROR_GONE,
					    "the guest ended before it had booted");
			undo(op, ended);
		}
		return true;
	}
	/* "running" is for the one who unpaused it to tell, after its answer. */
	return word == VM_WORD_RUNNING && !is_guest_up(op);
}

static bool lost_monitor(Operation *op)
{
	const Start *start = op->state;
	g_autoptr(GError) error = NULL;

	if (op->closing)
		return true;
	if (start->awaits_end) {
		start_monitor(op);
		return true;
	}
	if (is_guest_up(op)) {
		error = g_error_new(XT_ERROR, XT_ERROR_GONE, "the VM's monitor ended");
		undo(op, error);
	}
	return true; /* else the call that it leaves open fails */
}

static const OperationKind start_kind = {
	.name = "start",
	.call = VM_CALL_START,
	.journalled = true,
	.word = heard_word,
	.lost = lost_monitor,
	.free = start_free,
};

static const OperationKind restart_kind = {
	.name = START_AGAIN,
	.call = VM_CALL_START,
	.journalled = true,
	.word = heard_word,
	.lost = lost_monitor,
	.free = start_free,
};

/* ---- claim ---- */

static Operation *begin(Vm *vm, const OperationKind *kind)
{
	Start *start = g_new0(Start, 1);
	Operation *op = operation_begin(vm, kind, start);

	start->domid = -1;
	operation_step(op, "claim");
	return op;
}

void start_vm(Vm *vm, OperationDone done, void *data)
{
	Operation *op = begin(vm, &start_kind);

	operation_wait(op, done, data);
	vm_follow(vm, VM_WORD_PRE_CREATE, -1);
	start_monitor(op);
	read_all(op);
}

void start_again(Vm *vm)
{
	Operation *op = begin(vm, &restart_kind);

	start_monitor(op);
	read_all(op);
}

/* ---- read ---- */

static void read_progress(Operation *op)
{
	Start *start = op->state;
	bool last = --start->open == 0;

	if (operation_is_over(op) || !last || op->closing)
		return;
	if (start->unread)
		undo(op, start->unread);
	else
		check(op);
}

static void unreadable(Start *start, const GError *error)
{
	if (error && !start->unread)
		start->unread = g_error_copy(error);
}

static void tree_read(const json_t *tree, const GError *error, void *data)
{
	Operation *op = data;
	Start *start = op->state;

	unreadable(start, error);
	start->tree = json_incref((json_t *)tree);
	read_progress(op);
}

static void defaults_read(const char *const *values, const GError *error, void *data)
{
	Operation *op = data;
	Start *start = op->state;

	unreadable(start, error);
	if (values && *values[0])
		start->kernel = g_strdup(values[0]);
	if (values && *values[1])
		start->initrd = g_strdup(values[1]);
	read_progress(op);
}

static void domains_read(const GPtrArray *domains, const GError *error, void *data)
{
	Operation *op = data;
	Start *start = op->state;

	unreadable(start, error);
	start->domains = g_ptr_array_new_with_free_func(g_free);
	for (unsigned int i = 0; domains && i < domains->len; i++) {
		const HostDomain *domain = g_ptr_array_index(domains, i);

		if (g_strcmp0(domain->uuid, op->vm->uuid) != 0)
			g_ptr_array_add(start->domains, g_strdup(domain->name));
	}
	read_progress(op);
}

const char *const start_default_keys[] = { "/xenmgr/default-kernel",
					   "/xenmgr/default-initrd", NULL };

static void read_all(Operation *op)
{
	Manager *manager = op->vm->manager;
	g_autofree char *path = vm_db_path(op->vm, "");
	Start *start = op->state;

	operation_step(op, "read");
	start->open = 3;
	db_dump(manager->db, path, tree_read, operation_ref(op));
	db_read_all(manager->db, start_default_keys, defaults_read, operation_ref(op));
	host_domains(manager->host, domains_read, operation_ref(op));
}

/* ---- check and configure ---- */

static bool check_file(const char *path, const char *what, GError **error)
{
	if (!path || access(path, R_OK) == 0)
		return true;
	return xt_fail(error, XT_ERROR_NOT_FOUND, "%s: %s: %s", what, path,
		       g_strerror(errno));
}

static bool check_files(const json_t *tree, const VmConfigFacts *facts, GError **error)
{
	VmDisk disks[TREE_MAX_ID + 1];
	unsigned int n = vm_config_disks(tree, disks);

	for (unsigned int i = 0; i < n; i++) {
		bool empty_drive = !*disks[i].path &&
				   g_str_equal(disks[i].devtype, "cdrom");

		if (!empty_drive && access(disks[i].path, F_OK) != 0)
			return xt_fail(error, XT_ERROR_NOT_FOUND,
				       "Bad Physical Path for disk %u (%s)", disks[i].id,
				       disks[i].path);
	}
	return check_file(vm_config_kernel(tree, facts), "kernel", error) &&
	       check_file(vm_config_initrd(tree, facts), "initrd", error);
}

typedef struct {
	const Vm *vm;
	const GPtrArray *domains;
} Names;

static bool name_is_taken(const char *name, void *data)
{
	const Names *names = data;
	const GPtrArray *vms = vms_all(names->vm->manager->vms);

	for (unsigned int i = 0; names->domains && i < names->domains->len; i++)
		if (g_str_equal(g_ptr_array_index(names->domains, i), name))
			return true;
	/* One that is being started has no domain yet. */
	for (unsigned int i = 0; i < vms->len; i++) {
		const Vm *other = g_ptr_array_index(vms, i);

		if (other != names->vm && g_strcmp0(other->domain_name, name) == 0)
			return true;
	}
	return false;
}

static bool has_kernel(const json_t *tree, const VmConfigFacts *facts, GError **error)
{
	if (vm_config_kernel(tree, facts) ||
	    g_strcmp0(tree_text(tree, "config/virt-type"), "hvm") == 0)
		return true;
	return xt_fail(
		error, XT_ERROR_NOT_FOUND,
		"no kernel: neither config/kernel nor /xenmgr/default-kernel is set");
}

/* Where the guest reaches its bus, if the host has a way to it; NULL if not. */
static char *channel_of(const Vm *vm)
{
	g_autofree char *socket = NULL;

	if (g_strcmp0(g_getenv("XENMGR_GUEST_CHANNEL"), "unix") != 0)
		return NULL;
	socket = monitor_channel_path(vm->uuid);
	return g_strconcat("unix:", socket, NULL);
}

bool start_write_config(Vm *vm, const json_t *tree, const GPtrArray *domains,
			const char *kernel, const char *initrd, bool check_them,
			GError **error)
{
	Names names = { vm, domains };
	g_autofree char *name = vm_config_domain_name(tree_text(tree, "name"), vm->uuid,
						      name_is_taken, &names);
	g_autofree char *channel = channel_of(vm);
	const VmConfigFacts facts = { .uuid = vm->uuid,
				      .domain_name = name,
				      .channel = channel,
				      .kernel = kernel,
				      .initrd = initrd };
	g_autofree char *path = monitor_config_path(vm->uuid);
	g_autofree char *text = NULL;

	if (json_object_size(tree) == 0)
		return xt_fail(error, XT_ERROR_NOT_FOUND, "the database has no VM %s",
			       vm->uuid);
	text = vm_config_text(tree, &facts, error);
	if (!text ||
	    (check_them &&
	     (!has_kernel(tree, &facts, error) || !check_files(tree, &facts, error))) ||
	    !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
				      0600, error))
		return false;
	g_free(vm->domain_name);
	vm->domain_name = g_steal_pointer(&name);
	return true;
}

static void check(Operation *op)
{
	Start *start = op->state;
	g_autoptr(GError) error = NULL;

	operation_step(op, "check");
	if (start_write_config(op->vm, start->tree, start->domains, start->kernel,
			       start->initrd, true, &error)) {
		start->checked = true;
		create_if_ready(op);
	} else {
		undo(op, error);
	}
}

/* ---- monitor: beside read and check ---- */

/* Enough for a monitor to come up with: its start reads the file again. */
static bool write_stub(const Vm *vm, GError **error)
{
	g_autofree char *path = monitor_config_path(vm->uuid);
	g_autofree char *text = vm_config_stub(vm->uuid);

	return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
					0600, error);
}

static void still_there(Operation *op)
{
	g_autoptr(GError) error = g_error_new(
		XT_ERROR, XT_ERROR_TIMEOUT, "the monitor of the last run has not ended");

	undo(op, error);
}

static void start_monitor(Operation *op)
{
	Vm *vm = op->vm;
	Start *start = op->state;
	g_autoptr(GError) error = NULL;

	operation_deadline(op, 0, NULL);
	start->ready = false;
	start->awaits_end = vm->leaving;
	if (vm->leaving) {
		operation_deadline(op, LEAVING_TIMEOUT_MS, still_there);
		return;
	}
	if (!start->checked && !monitor_is_connected(vm->monitor) &&
	    !write_stub(vm, &error))
		g_warning("vm %s: %s", vm->uuid, error->message);
	monitor_start(vm->monitor, monitor_ready, operation_ref(op));
}

static void monitor_ready(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	Start *start = op->state;

	if (operation_is_over(op) || op->closing)
		return;
	if (error) {
		operation_step(op, "monitor");
		undo(op, error);
		return;
	}
	start->ready = true;
	create_if_ready(op);
}

static void create_if_ready(Operation *op)
{
	const Start *start = op->state;

	if (start->ready && start->checked)
		create(op);
}

/* ---- create and record ---- */

static void create(Operation *op)
{
	static const char *const params[] = { "paused", "true", NULL };
	Start *start = op->state;

	operation_step(op, "create");
	monitor_call(op->vm->monitor, "start", params, CREATE_TIMEOUT_MS, created,
		     operation_ref(op));
	/* While libxl builds. */
	vm_xenstore_describe(op->vm, start->tree, &start->undescribed);
}

static bool take_domid(Start *start, const char *result, GError **error)
{
	guint64 domid;

	if (!result || !g_ascii_string_to_unsigned(result, 10, 1, 0x7fff, &domid, error))
		return false;
	start->domid = (int)domid;
	return true;
}

static void created(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	Start *start = op->state;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	if (operation_is_over(op))
		return;
	if (g_error_matches(failed, XT_ERROR, XT_ERROR_GONE) && !start->building &&
	    !start->again) {
		/* It was about to end when it was found: its connection is closed next.
		 */
		start->again = true;
		vm->leaving = monitor_is_connected(vm->monitor);
		start_monitor(op);
		return;
	}
	if (!failed)
		failed = g_steal_pointer(&start->undescribed);
	if (failed || !take_domid(start, result, &failed)) {
		undo(op, failed);
		return;
	}
	operation_step(op, "record");
	vm_follow(vm, VM_WORD_CREATED, start->domid);
	if (!vm_xenstore_claim(vm, &failed)) {
		undo(op, failed);
		return;
	}
	operation_step(op, "unpause");
	monitor_call(vm->monitor, "unpause", NULL, UNPAUSE_TIMEOUT_MS, unpaused,
		     operation_ref(op));
}

/* ---- unpause, boot-sentinel, the end ---- */

static void unpaused(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	const Start *start = op->state;
	g_autoptr(GError) died = NULL;

	if (operation_is_over(op))
		return;
	if (!error && start->died)
		died = g_error_new(XT_ERROR, XT_ERROR_GONE, "the guest ended at once");
	if (error || died)
		undo(op, error ? error : died);
	else
		await_sentinel(op);
}

static void sentinel_late(Operation *op)
{
	g_warning("vm %s: its boot-sentinel is not written after %d s, going on",
		  op->vm->uuid, SENTINEL_TIMEOUT_MS / 1000);
	running(op);
}

static void sentinel_written(const char *path, void *data)
{
	Operation *op = data;
	const Start *start = op->state;
	g_autofree char *value = xstore_read(op->vm->manager->xs, start->sentinel_path);

	if (!op->over && !op->closing && value && *value)
		running(op);
}

static void await_sentinel(Operation *op)
{
	Vm *vm = op->vm;
	Start *start = op->state;
	const char *sentinel = tree_text(start->tree, "boot-sentinel");
	g_autoptr(GError) error = NULL;

	if (!sentinel || !*sentinel) {
		running(op);
		return;
	}
	operation_step(op, "boot-sentinel");
	start->sentinel_path = g_strdup_printf("/local/domain/%d/%s", start->domid,
					       sentinel);
	start->sentinel = xstore_watch(vm->manager->xs, start->sentinel_path,
				       sentinel_written, op, &error);
	if (start->sentinel)
		operation_deadline(op, SENTINEL_TIMEOUT_MS, sentinel_late);
	else
		undo(op, error);
}

static void running(Operation *op)
{
	const Start *start = op->state;

	vm_follow(op->vm, VM_WORD_RUNNING, start->domid);
	operation_finish(op, NULL);
}

/* ---- undo: in the order it happens ---- */

static void undone(const GError *error, void *data);

static void undo(Operation *op, const GError *error)
{
	Start *start = op->state;

	start->failed = operation_explain(op, error);
	op->closing = true;
	operation_deadline(op, 0, NULL);
	operation_step(op, "undo");
	stop_clear(op->vm, undone, operation_ref(op));
}

static void undone(const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	Start *start = op->state;
	g_autoptr(GError) failed = g_steal_pointer(&start->failed);

	if (operation_is_over(op)) {
		start->failed = g_steal_pointer(&failed);
		return;
	}
	if (error)
		g_warning("vm %s: what its start left cannot be cleared: %s", vm->uuid,
			  error->message);
	vm_follow(vm, VM_WORD_SHUTDOWN, -1);
	operation_finish(op, failed);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Recovery of one VM, in the order it happens:
 *
 *   connect	to the monitor that is there, and hear its first word
 *   look	if there is none: does the VM have a domain?
 *   monitor	if so, start a new one, which takes the domain over
 *   decide	by the word: go on with what runs, wait for a reboot that the monitor
 *		sees to by itself, end what was only half started
 */

#include "xenmgr/recover.h"

#include <unistd.h>
#include "lib/error.h"
#include "xenmgr/start.h"
#include "xenmgr/stop.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vm-xenstore.h"

#define WORD_TIMEOUT_MS 5000
#define AGAIN_MS        2000
#define TRIES           3
#define REBOOT_MS       15000

typedef struct {
	unsigned int tries;
	int domid; /* that the host knows, or -1 */
	bool heard;
	bool half_started; /* by the xenmgr before: its start is in the journal */
	bool rebooting;    /* the monitor is at it by itself */
	json_t *tree;
} Recover;

static void look(Operation *op);
static void looked(const GPtrArray *domains, const GError *error, void *data);
static void start_monitor(Operation *op);
static void tree_read(const json_t *tree, const GError *error, void *data);
static void defaults_read(const char *const *values, const GError *error, void *data);
static void monitor_ready(const char *result, const GError *error, void *data);
static void decide(Operation *op, VmWord word, int domid);
static void claim(Operation *op);
static void ended(const GError *error, void *data);

static void recover_free(void *data)
{
	Recover *recover = data;

	json_decref(recover->tree);
	g_free(recover);
}

static bool heard_word(Operation *op, VmWord word, int domid)
{
	Recover *recover = op->state;

	if (!op->closing && (!recover->heard || recover->rebooting))
		decide(op, word, domid);
	else if (!op->closing)
		vm_follow(op->vm, word, domid);
	return true;
}

static bool lost_monitor(Operation *op)
{
	Recover *recover = op->state;

	if (!op->closing && (!recover->heard || recover->rebooting)) {
		recover->heard = recover->rebooting = false;
		look(op);
	}
	return true;
}

static const OperationKind recover_kind = {
	.name = "recover",
	.call = _VM_CALL_N,
	.word = heard_word,
	.lost = lost_monitor,
	.free = recover_free,
};

/* ---- connect and look ---- */

void recover_vm(Vm *vm, bool half_started, OperationDone done, void *data)
{
	Recover *recover = g_new0(Recover, 1);
	Operation *op = operation_begin(vm, &recover_kind, recover);

	recover->domid = -1;
	recover->half_started = half_started;
	operation_wait(op, done, data);
	operation_step(op, "connect");
	if (monitor_connect(vm->monitor, NULL))
		operation_deadline(op, WORD_TIMEOUT_MS, look);
	else
		look(op);
}

static void look(Operation *op)
{
	operation_step(op, "look");
	operation_deadline(op, 0, NULL);
	host_domains(op->vm->manager->host, looked, operation_ref(op));
}

static void give_up_or_again(Operation *op, const GError *error)
{
	Recover *recover = op->state;
	g_autoptr(GError) failed = NULL;

	if (++recover->tries < TRIES) {
		g_warning("vm %s: cannot be looked after: %s, trying again", op->vm->uuid,
			  error->message);
		operation_deadline(op, AGAIN_MS, look);
		return;
	}
	/* It runs, and can be destroyed; nobody sees to its reboots. */
	if (recover->domid >= 0)
		vm_follow(op->vm, VM_WORD_RUNNING, recover->domid);
	failed = operation_explain(op, error);
	operation_finish(op, failed);
}

static const HostDomain *domain_of(const GPtrArray *domains, const char *uuid)
{
	for (unsigned int i = 0; i < domains->len; i++) {
		const HostDomain *domain = g_ptr_array_index(domains, i);

		if (g_strcmp0(domain->uuid, uuid) == 0)
			return domain;
	}
	return NULL;
}

static void looked(const GPtrArray *domains, const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	Recover *recover = op->state;
	const HostDomain *domain = domains ? domain_of(domains, vm->uuid) : NULL;
	g_autofree char *path = vm_db_path(vm, "");
	g_autofree char *config = monitor_config_path(vm->uuid);

	if (operation_is_over(op) || recover->heard)
		return;
	if (error) {
		give_up_or_again(op, error);
	} else if (!domain) {
		vm_follow(vm, VM_WORD_SHUTDOWN, -1);
		vm_xenstore_release(vm);
		operation_finish(op, NULL);
	} else if (domain->dying) {
		op->closing = true;
		host_clear(vm->manager->host, vm->uuid, ended, operation_ref(op));
	} else {
		recover->domid = domain->domid;
		/* The file that it was started with says what it is. */
		if (access(config, R_OK) == 0)
			start_monitor(op);
		else
			db_dump(vm->manager->db, path, tree_read, operation_ref(op));
	}
}

/* ---- a new monitor ---- */

static void tree_read(const json_t *tree, const GError *error, void *data)
{
	Operation *op = data;
	Recover *recover = op->state;

	if (operation_is_over(op) || recover->heard)
		return;
	if (error) {
		give_up_or_again(op, error);
		return;
	}
	json_decref(recover->tree);
	recover->tree = json_incref((json_t *)tree);
	db_read_all(op->vm->manager->db, start_default_keys, defaults_read,
		    operation_ref(op));
}

static void defaults_read(const char *const *values, const GError *error, void *data)
{
	Operation *op = data;
	Recover *recover = op->state;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	if (operation_is_over(op) || recover->heard)
		return;
	if (failed || !start_write_config(op->vm, recover->tree, NULL,
					  *values[0] ? values[0] : NULL,
					  *values[1] ? values[1] : NULL, false, &failed))
		give_up_or_again(op, failed);
	else
		start_monitor(op);
}

static void start_monitor(Operation *op)
{
	operation_step(op, "monitor");
	monitor_start(op->vm->monitor, monitor_ready, operation_ref(op));
}

static void monitor_ready(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	const Recover *recover = op->state;

	if (operation_is_over(op) || recover->heard || op->closing)
		return;
	if (error)
		give_up_or_again(op, error);
}

/* ---- decide ---- */

static void clear_half_started(Operation *op)
{
	op->closing = true;
	operation_deadline(op, 0, NULL);
	stop_clear(op->vm, ended, operation_ref(op));
}

static void decide(Operation *op, VmWord word, int domid)
{
	Vm *vm = op->vm;
	Recover *recover = op->state;

	recover->heard = true;
	recover->rebooting = false;
	operation_step(op, "decide");
	operation_deadline(op, 0, NULL);
	if (word == VM_WORD_SHUTDOWN) {
		stop_dismiss_monitor(vm);
		vm_follow(vm, VM_WORD_SHUTDOWN, -1);
		operation_finish(op, NULL);
	} else if (word == VM_WORD_REBOOTED) {
		vm_follow(vm, word, -1);
		operation_finish(op, NULL);
		if (!vm->op)
			start_again(vm);
	} else if (vm_state_of(word) == VM_STATE_CREATING && recover->half_started) {
		clear_half_started(op);
	} else if (vm_state_of(word) == VM_STATE_CREATING) {
		recover->rebooting = true;
		vm_follow(vm, word, domid);
		operation_deadline(op, REBOOT_MS, clear_half_started);
	} else {
		vm_follow(vm, word, domid);
		claim(op);
	}
}

/* Its keys in xenstore, anew: they may have been lost, or never written. */
static void claimed(const json_t *tree, const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (tree && vm->domid >= 0 && (!vm_xenstore_describe(vm, tree, &failed) ||
					!vm_xenstore_claim(vm, &failed)))
		g_warning("vm %s: %s, ignoring", vm->uuid, failed->message);
	operation_finish(op, NULL);
}

static void claim(Operation *op)
{
	g_autofree char *path = vm_db_path(op->vm, "");

	db_dump(op->vm->manager->db, path, claimed, operation_ref(op));
}

/* What was half started, or half gone, is gone. */
static void ended(const GError *error, void *data)
{
	Operation *op = data;
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (error) {
		failed = operation_explain(op, error);
	} else {
		vm_follow(op->vm, VM_WORD_SHUTDOWN, -1);
		vm_xenstore_release(op->vm);
	}
	operation_finish(op, failed);
}

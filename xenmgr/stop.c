/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/stop.h"

#include "lib/error.h"
#include "xenmgr/start.h"
#include "xenmgr/vm-error.h"

#define ACK_TIMEOUT_S      60
#define ACK_TIMEOUT_MS     (ACK_TIMEOUT_S * 1000 + 10000)
#define DOWN_TIMEOUT_MS    120000
#define DESTROY_TIMEOUT_MS 5000
#define PAUSE_TIMEOUT_MS   10000

static bool has_monitor(Operation *op)
{
	g_autoptr(GError) error = NULL;

	if (monitor_is_connected(op->vm->monitor))
		return true;
	error = vm_error_new(VM_ERROR_MONITOR, "%s: the VM has no monitor",
			     op->kind->name);
	operation_finish(op, error);
	return false;
}

static void ask_guest(Operation *op, const char *method, MonitorDone done)
{
	g_autofree char *timeout = g_strdup_printf("%d", ACK_TIMEOUT_S);
	const char *const params[] = { "timeout", timeout, NULL };

	operation_step(op, "ask the guest");
	if (has_monitor(op))
		monitor_call(op->vm->monitor, method, params, ACK_TIMEOUT_MS, done,
			     operation_ref(op));
}

/* ---- shutdown: in the order it happens ---- */

static void shutdown_acknowledged(const char *result, const GError *error, void *data);
static void shutdown_late(Operation *op);

static bool shutdown_word(Operation *op, VmWord word, int domid)
{
	Vm *vm = op->vm;
	g_autoptr(GError) error = NULL;

	vm_follow(vm, word, domid);
	if (word == VM_WORD_SHUTDOWN) {
		operation_finish(op, NULL);
	} else if (word == VM_WORD_REBOOTED) {
		error = vm_error_new(
			VM_ERROR_SHUTDOWN_REFUSED,
			"VM didn't shutdown as expected. (It is started again.)");
		operation_finish(op, error);
		if (!vm->op)
			start_again(vm);
	} else if (word == VM_WORD_PAUSED) {
		error = vm_error_new(
			VM_ERROR_SHUTDOWN_REFUSED,
			"VM didn't shutdown as expected. (Its domain is kept.)");
		operation_finish(op, error);
	}
	return true;
}

static const OperationKind shutdown_kind = {
	.name = "shutdown",
	.call = VM_CALL_SHUTDOWN,
	.journalled = true,
	.word = shutdown_word,
};

void stop_shutdown(Vm *vm, OperationDone done, void *data)
{
	Operation *op = operation_begin(vm, &shutdown_kind, NULL);

	operation_wait(op, done, data);
	if (vm->state == VM_STATE_STOPPING) /* somebody else asked the guest */
		shutdown_acknowledged(NULL, NULL, operation_ref(op));
	else
		ask_guest(op, "halt", shutdown_acknowledged);
}

static void shutdown_acknowledged(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	g_autoptr(GError) refused = NULL;

	if (operation_is_over(op))
		return;
	if (error) {
		refused = vm_error_new(VM_ERROR_SHUTDOWN_REFUSED,
				       "VM didn't shutdown as expected. (%s)",
				       error->message);
		operation_finish(op, refused);
		return;
	}
	operation_step(op, "wait for its end");
	operation_deadline(op, DOWN_TIMEOUT_MS, shutdown_late);
}

static void shutdown_late(Operation *op)
{
	g_autoptr(GError) error = vm_error_new(
		VM_ERROR_SHUTDOWN_TIMEOUT,
		"VM didn't shutdown! (It acknowledged, and is not down after "
		"%d s.)",
		DOWN_TIMEOUT_MS / 1000);

	operation_finish(op, error);
}

/* ---- reboot ---- */

static bool reboot_word(Operation *op, VmWord word, int domid)
{
	Vm *vm = op->vm;

	vm_follow(vm, word, domid);
	if (word != VM_WORD_REBOOTED && word != VM_WORD_SHUTDOWN)
		return true;
	operation_finish(op, NULL);
	if (word == VM_WORD_REBOOTED && !vm->op)
		start_again(vm);
	return true;
}

static const OperationKind reboot_kind = {
	.name = "reboot",
	.call = VM_CALL_REBOOT,
	.journalled = true,
	.word = reboot_word,
};

static void reboot_acknowledged(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (error)
		failed = operation_explain(op, error);
	operation_finish(op, failed);
}

void stop_reboot(Vm *vm, OperationDone done, void *data)
{
	Operation *op = operation_begin(vm, &reboot_kind, NULL);

	operation_wait(op, done, data);
	ask_guest(op, "reboot", reboot_acknowledged);
}

/* ---- pause, unpause ---- */

static const OperationKind pause_kind = { .name = "pause", .call = VM_CALL_PAUSE };
static const OperationKind unpause_kind = { .name = "unpause", .call = VM_CALL_UNPAUSE };

static void turned(const char *result, const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	bool paused = op->kind->call == VM_CALL_PAUSE;
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (error)
		failed = operation_explain(op, error);
	else
		vm_follow(vm, paused ? VM_WORD_PAUSED : VM_WORD_RUNNING, vm->domid);
	operation_finish(op, failed);
}

static void turn(Vm *vm, const OperationKind *kind, OperationDone done, void *data)
{
	Operation *op = operation_begin(vm, kind, NULL);

	operation_wait(op, done, data);
	operation_step(op, kind->name);
	if (has_monitor(op))
		monitor_call(vm->monitor, kind->name, NULL, PAUSE_TIMEOUT_MS, turned,
			     operation_ref(op));
}

void stop_pause(Vm *vm, OperationDone done, void *data)
{
	turn(vm, &pause_kind, done, data);
}

void stop_unpause(Vm *vm, OperationDone done, void *data)
{
	turn(vm, &unpause_kind, done, data);
}

/* ---- clear: in the order it happens ---- */

typedef struct {
	Vm *vm;
	OperationDone done;
	void *data;
} Clear;

static void dismissed(const char *result, const GError *error, void *data)
{
	/* It quit, or had quit already: its connection tells. */
}

void stop_dismiss_monitor(Vm *vm)
{
	if (!monitor_is_connected(vm->monitor))
		return;
	vm->leaving = true;
	monitor_call(vm->monitor, "quit", NULL, DESTROY_TIMEOUT_MS, dismissed, NULL);
}

static void clear_ready(const char *result, const GError *error, void *data);
static void clear_asked(const char *result, const GError *error, void *data);
static void clear_by_force(Clear *clear);
static void cleared(const GError *error, void *data);

static void clear_finish(Clear *clear, const GError *error)
{
	clear->done(error, clear->data);
	vm_unref(clear->vm);
	g_free(clear);
}

void stop_clear(Vm *vm, OperationDone done, void *data)
{
	Clear *clear = g_new(Clear, 1);

	clear->vm = vm_ref(vm);
	clear->done = done;
	clear->data = data;
	/* One that is just coming up would be left behind. */
	if (monitor_is_starting(vm->monitor))
		monitor_start(vm->monitor, clear_ready, clear);
	else
		clear_ready(NULL, NULL, clear);
}

static void clear_ready(const char *result, const GError *error, void *data)
{
	Clear *clear = data;
	Monitor *monitor = clear->vm->monitor;

	if (monitor_is_connected(monitor))
		monitor_call(monitor, "destroy", NULL, DESTROY_TIMEOUT_MS, clear_asked,
			     clear);
	else
		clear_by_force(clear);
}

static void clear_asked(const char *result, const GError *error, void *data)
{
	Clear *clear = data;

	if (error) {
		/* One that has nothing to look after any more may just have ended. */
		if (!g_error_matches(error, XT_ERROR, XT_ERROR_GONE))
			g_warning("vm %s: its monitor does not destroy it: %s",
				  clear->vm->uuid, error->message);
		clear_by_force(clear);
		return;
	}
	stop_dismiss_monitor(clear->vm);
	clear_finish(clear, NULL);
}

static void clear_by_force(Clear *clear)
{
	bool killed = monitor_kill(clear->vm->monitor);

	monitor_remove_files(clear->vm->uuid, killed);
	host_clear(clear->vm->manager->host, clear->vm->uuid, cleared, clear);
}

static void cleared(const GError *error, void *data)
{
	clear_finish(data, error);
}

/* ---- destroy ---- */

static bool destroy_lost(Operation *op)
{
	return true; /* clear finds out by itself */
}

static const OperationKind destroy_kind = {
	.name = "destroy",
	.call = VM_CALL_DESTROY,
	.journalled = true,
	.stubborn = true,
	.lost = destroy_lost,
};

static void destroyed(const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm;
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (error)
		failed = operation_explain(op, error);
	else
		vm_follow(vm, VM_WORD_SHUTDOWN, -1);
	operation_finish(op, failed);
}

void stop_destroy(Vm *vm, OperationDone done, void *data)
{
	Operation *op = operation_begin(vm, &destroy_kind, NULL);

	operation_wait(op, done, data);
	operation_step(op, "destroy");
	stop_clear(vm, destroyed, operation_ref(op));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/operation.h"

#include "lib/error.h"
#include "xenmgr/remove.h"
#include "xenmgr/start.h"
#include "xenmgr/stop.h"
#include "xenmgr/vm-error.h"

typedef struct {
	OperationDone done;
	void *data;
} Waiter;

/* Asked while an operation must end first. */
typedef struct {
	VmCall call;
	OperationDone done;
	void *data;
} Ask;

/* ---- life of an operation ---- */

Operation *operation_begin(Vm *vm, const OperationKind *kind, void *state)
{
	Operation *op = g_new0(Operation, 1);

	g_assert(!vm->op);
	op->refs = 1;
	op->kind = kind;
	op->vm = vm_ref(vm);
	op->state = state;
	op->step = "begin";
	op->waiters = g_array_new(FALSE, FALSE, sizeof(Waiter));
	vm->op = op;
	return op;
}

void operation_wait(Operation *op, OperationDone done, void *data)
{
	const Waiter waiter = { done, data };

	if (done)
		g_array_append_val(op->waiters, waiter);
}

Operation *operation_ref(Operation *op)
{
	op->refs++;
	return op;
}

void operation_unref(Operation *op)
{
	if (--op->refs > 0)
		return;
	g_assert(op->over);
	if (op->kind->free)
		op->kind->free(op->state);
	g_array_unref(op->waiters);
	vm_unref(op->vm);
	g_free(op);
}

bool operation_is_over(Operation *op)
{
	bool over = op->over;

	operation_unref(op);
	return over;
}

void operation_step(Operation *op, const char *step)
{
	op->step = step;
	g_debug("vm %s: %s: %s", op->vm->uuid, op->kind->name, step);
	if (op->kind->journalled)
		journal_step(op->vm->manager->journal, op->vm->uuid, op->kind->name,
			     step);
}

GError *operation_explain(const Operation *op, const GError *error)
{
	g_autofree char *step = g_strconcat(op->step, ": ", NULL);
	/* The monitor, too, says first what it was at. */
	bool said = g_str_has_prefix(error->message, step);

	return vm_error_new(VM_ERROR_MONITOR, "%s: %s%s", op->kind->name, said ? "" : step,
			    error->message);
}

/* ---- deadline ---- */

typedef struct {
	Operation *op;
	void (*late)(Operation *op);
} Deadline;

static gboolean deadline_passed(void *data)
{
	Deadline *deadline = data;

	deadline->op->timer = 0;
	deadline->late(deadline->op);
	return G_SOURCE_REMOVE;
}

void operation_deadline(Operation *op, unsigned int ms, void (*late)(Operation *op))
{
	Deadline *deadline;

	g_clear_handle_id(&op->timer, g_source_remove);
	if (!ms)
		return;
	deadline = g_new(Deadline, 1);
	deadline->op = op;
	deadline->late = late;
	op->timer = g_timeout_add_full(G_PRIORITY_DEFAULT, ms, deadline_passed, deadline,
				       g_free);
}

/* ---- the end ---- */

static void ask_again(Vm *vm)
{
	GQueue after = vm->after;
	Ask *ask;

	g_queue_init(&vm->after);
	while ((ask = g_queue_pop_head(&after))) {
		operation_ask(vm, ask->call, ask->done, ask->data);
		g_free(ask);
	}
}

void operation_finish(Operation *op, const GError *error)
{
	Vm *vm = op->vm;

	g_assert(!op->over);
	op->over = true;
	operation_deadline(op, 0, NULL);
	vm->op = NULL;
	if (op->kind->journalled)
		journal_end(vm->manager->journal, vm->uuid);
	if (error)
		g_message("vm %s: %s failed: %s", vm->uuid, op->kind->name,
			  error->message);
	for (unsigned int i = 0; i < op->waiters->len; i++) {
		const Waiter *waiter = &g_array_index(op->waiters, Waiter, i);

		waiter->done(error, waiter->data);
	}
	ask_again(vm);
	operation_unref(op);
}

/* ---- the monitor ---- */

bool operation_takes_word(Operation *op, VmWord word, int domid)
{
	return op->kind->word && op->kind->word(op, word, domid);
}

bool operation_takes_loss(Operation *op)
{
	g_autoptr(GError) lost = NULL;
	g_autoptr(GError) error = NULL;

	if (op->kind->lost && op->kind->lost(op))
		return true;
	lost = g_error_new(XT_ERROR, XT_ERROR_GONE, "the VM's monitor ended");
	error = operation_explain(op, lost);
	operation_finish(op, error);
	return false;
}

/* ---- asking ---- */

/* clang-format off */
static void (*const begin[_VM_CALL_N])(Vm *vm, OperationDone done, void *data) = {
	[VM_CALL_START]	   = start_vm,
	[VM_CALL_SHUTDOWN] = stop_shutdown,
	[VM_CALL_REBOOT]   = stop_reboot,
	[VM_CALL_DESTROY]  = stop_destroy,
	[VM_CALL_PAUSE]	   = stop_pause,
	[VM_CALL_UNPAUSE]  = stop_unpause,
	[VM_CALL_DELETE]   = remove_vm,
};
/* clang-format on */

static void refuse(const Vm *vm, VmCall call, OperationDone done, void *data)
{
	g_autoptr(GError) error = NULL;

	if (call == VM_CALL_DELETE)
		error = vm_error_new(VM_ERROR_RUNNING, NULL);
	else if (vm->op)
		error = vm_error_new(
			VM_ERROR_STATE,
			"VM is in unexpected state! (%s: it is %s, and its %s is "
			"under way)",
			vm_call_name(call), vm_state_name(vm->state), vm->op->kind->name);
	else
		error = vm_error_new(VM_ERROR_STATE,
				     "VM is in unexpected state! (%s: it is %s)",
				     vm_call_name(call), vm_state_name(vm->state));
	done(error, data);
}

static void ask_later(Vm *vm, VmCall call, OperationDone done, void *data)
{
	Ask *ask = g_new(Ask, 1);

	ask->call = call;
	ask->done = done;
	ask->data = data;
	g_queue_push_tail(&vm->after, ask);
}

/* Destroy does not wait for what it ends. */
static void preempt(Vm *vm)
{
	g_autoptr(GError)
		error = vm_error_new(VM_ERROR_STATE,
				     "VM is in unexpected state! (%s: it was destroyed "
				     "meanwhile)",
				     vm->op->kind->name);

	operation_finish(vm->op, error);
}

static void ask_beside(Vm *vm, VmCall call, VmVerdict verdict, OperationDone done,
		       void *data)
{
	const OperationKind *kind = vm->op->kind;

	if (vm->op->closing) {
		ask_later(vm, call, done, data);
	} else if (kind->call == call) {
		operation_wait(vm->op, done, data);
	} else if (call == VM_CALL_DESTROY && !kind->stubborn) {
		preempt(vm);
		operation_ask(vm, call, done, data);
	} else if (kind->stubborn || kind->call == _VM_CALL_N) {
		ask_later(vm, call, done, data);
	} else if (verdict == VM_VERDICT_NOTHING) {
		done(NULL, data);
	} else {
		refuse(vm, call, done, data);
	}
}

void operation_ask(Vm *vm, VmCall call, OperationDone done, void *data)
{
	VmVerdict verdict = vm_state_verdict(vm->state, call);
	g_autoptr(GError) gone = NULL;

	if (vm->gone) {
		gone = g_error_new(XT_ERROR, XT_ERROR_UNKNOWN_OBJECT,
				   "no vm with uuid %s", vm->uuid);
		done(gone, data);
	} else if (vm->op) {
		ask_beside(vm, call, verdict, done, data);
	} else if (verdict == VM_VERDICT_NOTHING) {
		done(NULL, data);
	} else if (verdict == VM_VERDICT_REFUSE) {
		refuse(vm, call, done, data);
	} else {
		begin[call](vm, done, data);
	}
}

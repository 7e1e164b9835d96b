/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/remove.h"

#include "xenmgr/announce.h"
#include "xenmgr/stop.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vm-xenstore.h"
#include "xenmgr/vms.h"

/* The monitor of a VM that was just stopped may end only now: it is not needed. */
static bool lost_monitor(Operation *op)
{
	return true;
}

static const OperationKind remove_kind = {
	.name = REMOVE_NAME,
	.call = VM_CALL_DELETE,
	.journalled = true,
	.stubborn = true,
	.lost = lost_monitor,
};

static void removed(const GError *error, void *data);

void remove_vm(Vm *vm, OperationDone done, void *data)
{
	Operation *op = operation_begin(vm, &remove_kind, NULL);
	GPtrArray *edits = db_edits_new();

	operation_wait(op, done, data);
	operation_step(op, "database");
	stop_dismiss_monitor(vm);
	/* The VM itself last: with it goes what says that there is something to delete.
	 */
	g_ptr_array_add(edits, db_edit_new(g_strdup_printf("/dom-store/%s", vm->uuid),
					   NULL, NULL));
	g_ptr_array_add(edits, db_edit_new(vm_db_path(vm, ""), NULL, NULL));
	db_apply(vm->manager->db, edits, removed, operation_ref(op));
}

static void removed(const GError *error, void *data)
{
	Operation *op = data;
	Vm *vm = op->vm; /* which the operation keeps */
	g_autoptr(GError) failed = NULL;

	if (operation_is_over(op))
		return;
	if (error) {
		failed = vm_error_from(VM_ERROR_IO, error);
	} else {
		/* It has no monitor any more: what is there was left by one that was killed. */
		monitor_remove_files(vm->uuid, true);
		vm_xenstore_forget(vm);
		vms_remove(vm->manager->vms, vm);
		announce_deleted(vm);
	}
	operation_finish(op, failed);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-policy.h"

#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"

typedef struct {
	Vm *vm; /* referenced */
	OperationDone done;
	void *data;
} Deletion;

static void policy_read(const char *value, const GError *error, void *data)
{
	Deletion *deletion = data;
	g_autoptr(GError) denied = NULL;
	bool disallowed = false;

	if (!error && tree_parse_flag(value, &disallowed) && disallowed)
		denied = vm_error_new(VM_ERROR_POLICY, NULL);
	if (error || denied)
		deletion->done(error ? error : denied, deletion->data);
	else
		operation_ask(deletion->vm, VM_CALL_DELETE, deletion->done,
			      deletion->data);
	vm_unref(deletion->vm);
	g_free(deletion);
}

void vm_policy_delete(Vm *vm, OperationDone done, void *data)
{
	Deletion *deletion = g_new(Deletion, 1);

	deletion->vm = vm_ref(vm);
	deletion->done = done;
	deletion->data = data;
	db_read(vm->manager->db, "/vm-delete-disallowed", policy_read, deletion);
}

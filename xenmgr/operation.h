/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Operation: what is being done to a VM, one at a time: steps, who waits, how it ends.
 *
 * This is the frame; what is done is in start.c, stop.c, recover.c and remove.c, each
 * with an OperationKind.  A step is journalled before it is taken.  Every callback of an
 * operation holds a reference to it and looks first whether it is over: destroy ends any
 * other at once.
 */

#include "xenmgr/vm.h"

typedef void (*OperationDone)(const GError *error, void *data);

typedef struct {
	const char *name;
	VmCall call; /* of a client, which those who come later can join; or _VM_CALL_N */
	bool journalled;
	bool stubborn; /* destroy waits for its end */

	/* The monitor said something: true if vm_follow() must not be told.  May be NULL.
	 */
	bool (*word)(Operation *op, VmWord word, int domid);
	/* The monitor is gone; open calls have failed by themselves.  True if the
	 * operation goes on by itself.  May be NULL: it fails and the VM is looked at. */
	bool (*lost)(Operation *op);
	/* Frees the state of the kind; may be NULL. */
	void (*free)(void *state);
} OperationKind;

struct Operation {
	unsigned int refs;
	const OperationKind *kind;
	Vm *vm;      /* referenced */
	void *state; /* of the kind */
	const char *step;
	bool over;
	bool closing; /* failed, and being undone: later calls wait for its end */
	guint timer;
	GArray *waiters;
};

/* The VM has none in flight.  The reference is the VM's, until operation_finish(). */
Operation *operation_begin(Vm *vm, const OperationKind *kind, void *state);
void operation_wait(Operation *op, OperationDone done,
		    void *data); /* @done may be NULL */

Operation *operation_ref(Operation *op);
void operation_unref(Operation *op);

/* For callbacks: gives up their reference, and says whether the operation is over. */
bool operation_is_over(Operation *op);

void operation_step(Operation *op, const char *step);

/* "199:start: create: <what @error says>" */
GError *operation_explain(const Operation *op, const GError *error);

/* The one deadline of an operation; replaces the one before, 0 takes it away. */
void operation_deadline(Operation *op, unsigned int ms, void (*late)(Operation *op));

/* Ends it, with @error or well, and answers all who wait. */
void operation_finish(Operation *op, const GError *error);

/* From the VM: true if the operation deals with it. */
bool operation_takes_word(Operation *op, VmWord word, int domid);
bool operation_takes_loss(Operation *op);

/*
 * A client asks: by the table of vm-state.c and what is in flight it is done, joined,
 * refused, or waits for the end of what must end first.  @done comes exactly once; at
 * once where nothing is to be done.
 */
void operation_ask(Vm *vm, VmCall call, OperationDone done, void *data);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM life cycle: what a client may ask in which state, and what a monitor's words mean.
 *
 * Pure: no I/O, no allocation.  A monitor's words are facts and are always followed; the
 * table of calls is the policy, and an empty cell of it is a refusal.
 */

#include <stdbool.h>

typedef enum {
	VM_STATE_STOPPED,
	VM_STATE_CREATING,
	VM_STATE_RUNNING,
	VM_STATE_PAUSED,
	VM_STATE_STOPPING,
	VM_STATE_REBOOTING,
	VM_STATE_REBOOTED, /* the old domain is gone, the next is not there yet */
	VM_STATE_SUSPENDING,
	VM_STATE_SUSPENDED,
	VM_STATE_RESTORING,
	VM_STATE_LOCKED, /* stopped, and its disks cannot be read */
	_VM_STATE_N,
} VmState;

/* What a monitor reports, and /state/<uuid>/state in xenstore holds. */
typedef enum {
	VM_WORD_SHUTDOWN,
	VM_WORD_PRE_CREATE,
	VM_WORD_CREATING_DOMAIN,
	VM_WORD_CREATING_DEVICES,
	VM_WORD_CREATED,
	VM_WORD_RUNNING,
	VM_WORD_PAUSED,
	VM_WORD_SHUTDOWNING,
	VM_WORD_REBOOTING,
	VM_WORD_REBOOTED,
	VM_WORD_SUSPENDING,
	VM_WORD_SUSPENDED,
	VM_WORD_RESTORING,
	_VM_WORD_N,
} VmWord;

typedef enum {
	VM_CALL_START,
	VM_CALL_SHUTDOWN,
	VM_CALL_REBOOT,
	VM_CALL_DESTROY,
	VM_CALL_PAUSE,
	VM_CALL_UNPAUSE,
	VM_CALL_DELETE,
	_VM_CALL_N,
} VmCall;

typedef enum {
	VM_VERDICT_REFUSE,
	VM_VERDICT_DO,
	VM_VERDICT_NOTHING, /* it is so already: succeed */
	VM_VERDICT_JOIN,    /* it is being done: wait for that */
} VmVerdict;

const char *vm_state_name(VmState state);
const char *vm_word_name(VmWord word);
const char *vm_call_name(VmCall call);

/* False, and *ret_word untouched, if @name is no such word. */
bool vm_word_parse(const char *name, VmWord *ret_word);

VmState vm_state_of(VmWord word);
VmVerdict vm_state_verdict(VmState state, VmCall call);

/* Is there a domain of that VM, in all that a client may know? */
bool vm_state_has_domain(VmState state);

/* ACPI's S-state as clients count: 0 working, 3 asleep, 5 off. */
int vm_state_acpi(VmState state);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-state.h"

#include <glib.h>

/* clang-format off */

#define DO	VM_VERDICT_DO
#define NOTHING	VM_VERDICT_NOTHING
#define JOIN	VM_VERDICT_JOIN

/* An empty cell refuses.  Destroy is the way out of every state. */
static const unsigned char calls[_VM_STATE_N][_VM_CALL_N] = {
	/*			   START    SHUTDOWN REBOOT   DESTROY  PAUSE    UNPAUSE  DELETE */
	[VM_STATE_STOPPED]    = { DO,      NOTHING, 0,       NOTHING, 0,       0,       DO },
	[VM_STATE_LOCKED]     = { 0,       NOTHING, 0,       NOTHING, 0,       0,       DO },
	[VM_STATE_CREATING]   = { JOIN,    0,       0,       DO,      0,       0,       0 },
	[VM_STATE_RUNNING]    = { NOTHING, DO,      DO,      DO,      DO,      NOTHING, 0 },
	[VM_STATE_PAUSED]     = { NOTHING, 0,       0,       DO,      NOTHING, DO,      0 },
	[VM_STATE_STOPPING]   = { 0,       JOIN,    0,       DO,      0,       0,       0 },
	[VM_STATE_REBOOTING]  = { NOTHING, 0,       NOTHING, DO,      0,       0,       0 },
	[VM_STATE_REBOOTED]   = { JOIN,    0,       NOTHING, DO,      0,       0,       0 },
	[VM_STATE_SUSPENDING] = { 0,       0,       0,       DO,      0,       0,       0 },
	[VM_STATE_SUSPENDED]  = { 0,       0,       0,       DO,      0,       0,       0 },
	[VM_STATE_RESTORING]  = { 0,       0,       0,       DO,      0,       0,       0 },
};

static const struct {
	const char *name;
	bool has_domain;
	int acpi;
} states[_VM_STATE_N] = {
	[VM_STATE_STOPPED]    = { "stopped",	false, 5 },
	[VM_STATE_CREATING]   = { "creating",	true,  0 },
	[VM_STATE_RUNNING]    = { "running",	true,  0 },
	[VM_STATE_PAUSED]     = { "paused",	true,  0 },
	[VM_STATE_STOPPING]   = { "stopping",	true,  0 },
	[VM_STATE_REBOOTING]  = { "rebooting",	true,  0 },
	[VM_STATE_REBOOTED]   = { "rebooted",	false, 0 },
	[VM_STATE_SUSPENDING] = { "suspending",	true,  0 },
	[VM_STATE_SUSPENDED]  = { "suspended",	true,  3 },
	[VM_STATE_RESTORING]  = { "restoring",	true,  0 },
	[VM_STATE_LOCKED]     = { "locked",	false, 5 },
};

static const struct {
	const char *name;
	VmState state;
} words[_VM_WORD_N] = {
	[VM_WORD_SHUTDOWN]	   = { "shutdown",	   VM_STATE_STOPPED },
	[VM_WORD_PRE_CREATE]	   = { "pre-create",	   VM_STATE_CREATING },
	[VM_WORD_CREATING_DOMAIN]  = { "creating-domain",  VM_STATE_CREATING },
	[VM_WORD_CREATING_DEVICES] = { "creating-devices", VM_STATE_CREATING },
	[VM_WORD_CREATED]	   = { "created",	   VM_STATE_CREATING },
	[VM_WORD_RUNNING]	   = { "running",	   VM_STATE_RUNNING },
	[VM_WORD_PAUSED]	   = { "paused",	   VM_STATE_PAUSED },
	[VM_WORD_SHUTDOWNING]	   = { "shutdowning",	   VM_STATE_STOPPING },
	[VM_WORD_REBOOTING]	   = { "rebooting",	   VM_STATE_REBOOTING },
	[VM_WORD_REBOOTED]	   = { "rebooted",	   VM_STATE_REBOOTED },
	[VM_WORD_SUSPENDING]	   = { "suspending",	   VM_STATE_SUSPENDING },
	[VM_WORD_SUSPENDED]	   = { "suspended",	   VM_STATE_SUSPENDED },
	[VM_WORD_RESTORING]	   = { "restoring",	   VM_STATE_RESTORING },
};

static const char *const call_names[_VM_CALL_N] = {
	[VM_CALL_START]	   = "start",
	[VM_CALL_SHUTDOWN] = "shutdown",
	[VM_CALL_REBOOT]   = "reboot",
	[VM_CALL_DESTROY]  = "destroy",
	[VM_CALL_PAUSE]	   = "pause",
	[VM_CALL_UNPAUSE]  = "unpause",
	[VM_CALL_DELETE]   = "delete",
};

/* clang-format on */

const char *vm_state_name(VmState state)
{
	return states[state].name;
}

const char *vm_word_name(VmWord word)
{
	return words[word].name;
}

const char *vm_call_name(VmCall call)
{
	return call_names[call];
}

bool vm_word_parse(const char *name, VmWord *ret_word)
{
	for (unsigned int i = 0; i < _VM_WORD_N; i++)
		if (g_str_equal(words[i].name, name)) {
			*ret_word = i;
			return true;
		}
	return false;
}

VmState vm_state_of(VmWord word)
{
	return words[word].state;
}

VmVerdict vm_state_verdict(VmState state, VmCall call)
{
	return calls[state][call];
}

bool vm_state_has_domain(VmState state)
{
	return states[state].has_domain;
}

int vm_state_acpi(VmState state)
{
	return states[state].acpi;
}

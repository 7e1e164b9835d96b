/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm.h"

#include "xenmgr/announce.h"
#include "xenmgr/operation.h"
#include "xenmgr/recover.h"
#include "xenmgr/start.h"
#include "xenmgr/vm-xenstore.h"

/* ---- what its monitor says ---- */

static void monitor_word(VmWord word, int domid, void *data)
{
	Vm *vm = data;

	/* One that quits when its domain is gone does so after it said that. */
	vm->leaving = word == VM_WORD_SHUTDOWN && vm->word != VM_WORD_SHUTDOWN &&
		      vm->domid >= 0;
	if (vm->op && operation_takes_word(vm->op, word, domid))
		return;
	vm_follow(vm, word, domid);
	if (word == VM_WORD_REBOOTED && !vm->op)
		start_again(vm);
}

static void monitor_trouble(const char *text, void *data)
{
	const Vm *vm = data;

	g_message("vm %s: its monitor says: %s", vm->uuid, text);
}

static void monitor_closed(void *data)
{
	Vm *vm = data;

	vm->leaving = false;
	if (vm->word == VM_WORD_SHUTDOWN && !vm->op)
		monitor_remove_files(vm->uuid, false); /* what it had in use until now */
	vm_lost_monitor(vm);
}

static const MonitorEvents monitor_events = {
	.word = monitor_word,
	.trouble = monitor_trouble,
	.closed = monitor_closed,
};

void vm_lost_monitor(Vm *vm)
{
	if (vm->op && operation_takes_loss(vm->op))
		return;
	if (vm->state != VM_STATE_STOPPED && !vm->op)
		recover_vm(vm, false, NULL, NULL);
}

/* ---- the VM ---- */

Vm *vm_new(Manager *manager, const char *uuid)
{
	Vm *vm = g_new0(Vm, 1);

	vm->manager = manager;
	vm->refs = 1;
	g_strlcpy(vm->uuid, uuid, sizeof vm->uuid);
	vm->path = uuid_to_path(uuid);
	vm->word = VM_WORD_SHUTDOWN;
	vm->state = VM_STATE_STOPPED;
	vm->domid = -1;
	vm->monitor = monitor_new(uuid, manager->spare, &monitor_events, vm);
	vm->edits = serial_new();
	g_queue_init(&vm->after);
	return vm;
}

Vm *vm_ref(Vm *vm)
{
	vm->refs++;
	return vm;
}

void vm_unref(Vm *vm)
{
	if (!vm || --vm->refs > 0)
		return;
	g_clear_handle_id(&vm->config_changed, g_source_remove);
	agent_free(vm->agent);
	monitor_free(vm->monitor);
	serial_free(vm->edits);
	g_free(vm->domain_name);
	g_free(vm->path);
	g_free(vm);
}

char *vm_db_path(const Vm *vm, const char *below)
{
	return g_strdup_printf("/vm/%s%s%s", vm->uuid, *below ? "/" : "", below);
}

static void follow_agent(Vm *vm)
{
	if (vm->state == VM_STATE_RUNNING && vm->domid >= 0 && !vm->agent)
		vm->agent = agent_new(vm, vm->domid);
	if (vm->domid < 0)
		g_clear_pointer(&vm->agent, agent_free);
}

void vm_follow(Vm *vm, VmWord word, int domid)
{
	VmState before = vm->state;
	int domid_before = vm->domid;
	bool over = word == VM_WORD_SHUTDOWN || word == VM_WORD_REBOOTED;

	if (over)
		domid = -1;
	if (vm->word == word && vm->domid == domid)
		return;

	vm->word = word;
	vm->state = vm_state_of(word);
	vm->domid = domid;
	if ((domid < 0 && domid_before >= 0) || (over && vm->described))
		vm_xenstore_release(vm);
	if (word == VM_WORD_SHUTDOWN) {
		g_clear_pointer(&vm->domain_name, g_free);
		monitor_remove_files(vm->uuid, false);
	}
	vm_xenstore_state(vm);
	follow_agent(vm);
	if (vm->domid != domid_before)
		announce_domid(vm);
	if (vm->state != before)
		announce_state(vm);
}

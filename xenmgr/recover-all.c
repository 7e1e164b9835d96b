/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Recovery at xenmgr's start, in the order it happens:
 *
 *   list	the VMs of the database
 *   host	which domains there are
 *   VMs	each that has a domain or a monitor, or had an operation under way
 *   tidy	what xenstore has of VMs that do not run
 */

#include "xenmgr/recover.h"

#include "lib/error.h"
#include "xenmgr/remove.h"
#include "xenmgr/start.h"
#include "xenmgr/vm-xenstore.h"
#include "xenmgr/vms.h"

typedef struct {
	Manager *manager;
	GHashTable *unfinished; /* uuid -> name of the operation */
	GHashTable *wanted;     /* uuids that have a domain or a monitor */
	unsigned int open;
	OperationDone done;
	void *data;
} All;

static void listed(const char *const *names, const GError *error, void *data);
static void domains_known(const GPtrArray *domains, const GError *error, void *data);
static void one_recovered(const GError *error, void *data);

void recover_all(Manager *manager, const GPtrArray *unfinished, OperationDone done,
		 void *data)
{
	All *all = g_new0(All, 1);

	all->manager = manager;
	all->done = done;
	all->data = data;
	all->unfinished = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	all->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (unsigned int i = 0; i < unfinished->len; i++) {
		const JournalEntry *entry = g_ptr_array_index(unfinished, i);

		g_message("vm %s: its %s was under way, at \"%s\"", entry->uuid,
			  entry->op, entry->step);
		g_hash_table_replace(all->unfinished, g_strdup(entry->uuid),
				     g_strdup(entry->op));
	}
	db_list(manager->db, "/vm", listed, all);
}

static void finish(All *all, const GError *error)
{
	all->done(error, all->data);
	g_hash_table_unref(all->unfinished);
	g_hash_table_unref(all->wanted);
	g_free(all);
}

/* ---- list ---- */

static void listed(const char *const *names, const GError *error, void *data)
{
	All *all = data;
	Manager *manager = all->manager;

	if (error) {
		finish(all, error);
		return;
	}
	for (; *names; names++) {
		g_autoptr(Vm) vm = NULL;

		if (!uuid_is_valid(*names)) {
			g_warning("database: /vm/%s is no VM: its name is no uuid, "
				  "ignoring",
				  *names);
			continue;
		}
		vm = vm_new(manager, *names);
		vms_add(manager->vms, vm);
	}
	host_domains(manager->host, domains_known, all);
}

/* ---- host ---- */

static void want(All *all, const char *uuid)
{
	if (uuid && vms_find(all->manager->vms, uuid))
		g_hash_table_add(all->wanted, g_strdup(uuid));
}

static void recover_wanted(All *all)
{
	g_autoptr(GList) uuids = g_hash_table_get_keys(all->wanted);

	all->open = 1;
	for (GList *l = uuids; l; l = l->next) {
		all->open++;
		recover_vm(vms_find(all->manager->vms, l->data),
			   g_hash_table_contains(all->unfinished, l->data), one_recovered,
			   all);
	}
	one_recovered(NULL, all);
}

static void domains_known(const GPtrArray *domains, const GError *error, void *data)
{
	All *all = data;
	g_auto(GStrv) monitors = monitor_list();
	GHashTableIter iter;
	void *uuid;

	if (error) {
		finish(all, error);
		return;
	}
	for (unsigned int i = 0; i < domains->len; i++)
		want(all, ((HostDomain *)g_ptr_array_index(domains, i))->uuid);
	for (char **name = monitors; *name; name++)
		want(all, *name);
	g_hash_table_iter_init(&iter, all->unfinished);
	while (g_hash_table_iter_next(&iter, &uuid, NULL))
		want(all, uuid);
	recover_wanted(all);
}

/* ---- VMs ---- */

static void resumed(const GError *error, void *data)
{
	if (error)
		g_warning("%s", error->message);
}

/* What the one before had begun, and nobody waits for any more, but the VM needs. */
static void resume(All *all, const char *uuid, const char *name)
{
	Vm *vm = vms_find(all->manager->vms, uuid);

	if (!vm) {
		journal_end(all->manager->journal, uuid);
	} else if (g_str_equal(name, REMOVE_NAME)) {
		operation_ask(vm, VM_CALL_DELETE, resumed, NULL);
	} else {
		if (!vm->op)
			journal_end(all->manager->journal, uuid);
		if (g_str_equal(name, START_AGAIN))
			operation_ask(vm, VM_CALL_START, resumed, NULL);
	}
}

/* Files and keys of VMs that went while nobody looked. */
static void tidy(Manager *manager)
{
	const GPtrArray *vms = vms_all(manager->vms);
	g_auto(GStrv) claimed = xstore_list(manager->xs, "/xenmgr/vms");
	g_auto(GStrv) stated = xstore_list(manager->xs, "/state");

	for (unsigned int i = 0; i < vms->len; i++) {
		Vm *vm = g_ptr_array_index(vms, i);

		if (vm->domid >= 0 || vm->op)
			continue;
		monitor_remove_files(vm->uuid, false);
		if (g_strv_contains((const char *const *)claimed, vm->uuid))
			vm_xenstore_release(vm);
		if (g_strv_contains((const char *const *)stated, vm->uuid))
			vm_xenstore_state(vm);
	}
}

static void one_recovered(const GError *error, void *data)
{
	All *all = data;
	GHashTableIter iter;
	void *uuid, *name;

	if (error)
		g_warning("%s", error->message);
	if (--all->open > 0)
		return;
	tidy(all->manager);
	g_hash_table_iter_init(&iter, all->unfinished);
	while (g_hash_table_iter_next(&iter, &uuid, &name))
		resume(all, uuid, name);
	finish(all, NULL);
}

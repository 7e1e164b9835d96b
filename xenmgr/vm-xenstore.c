/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-xenstore.h"

#include "xenmgr/tree.h"

/* clang-format off */
static const struct {
	const char *node; /* below /xenmgr/vms/<uuid> */
	const char *key;  /* in the database */
	const char *fallback;
} claimed[] = {
	{ "name",	  "name",	 "" },
	{ "slot",	  "slot",	 "0" },
	{ "image",	  "image_path",	 "" },
	{ "type",	  "type",	 "svm" },
	{ "hidden",	  "hidden-in-ui", "false" },
	{ "hide-switcher", "hidden",	 "false" },
	{ "seamlessid",	  "seamless-id", "" },
};
/* clang-format on */

static void complain(const Vm *vm, const GError *error)
{
	g_warning("vm %s: xenstore: %s, ignoring", vm->uuid, error->message);
}

static void remove_node(Vm *vm, const char *dir)
{
	g_autofree char *path = g_strconcat(dir, vm->uuid, NULL);
	g_autoptr(GError) error = NULL;

	if (!xstore_remove(vm->manager->xs, path, &error))
		complain(vm, error);
}

/* Plain writes: the domain's start waits for them, and xenstored is busy with the guest. */
static void mirror(Vm *vm, const char *dir, const char *word)
{
	g_autofree char *path = g_strdup_printf("/%s/%s/state", dir, vm->uuid);
	g_autoptr(GError) error = NULL;

	if (!xstore_write(vm->manager->xs, path, word, &error))
		complain(vm, error);
}

void vm_xenstore_state(Vm *vm)
{
	const char *word = vm_word_name(vm->word);
	g_autofree char *path = g_strdup_printf("/state/%s/state", vm->uuid);
	g_autoptr(GError) error = NULL;

	mirror(vm, "state", word);
	if (!vm->state_is_public) /* guests may read it, from its first value on */
		vm->state_is_public = xstore_set_perms(vm->manager->xs, path, "r0", &error);
	if (error)
		complain(vm, error);
	/* libxl makes and removes /vm/<uuid>: the mirror is there while a domain is. */
	if (vm->domid >= 0)
		mirror(vm, "vm", word);
}

bool vm_xenstore_describe(Vm *vm, const json_t *tree, GError **error)
{
	g_autofree char *dir = g_strdup_printf("/xenmgr/vms/%s", vm->uuid);
	XstoreWrite writes[G_N_ELEMENTS(claimed) + 2] = { { dir, "", "r0" } };
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	const char *type = tree_text(tree, "type");
	size_t n = 1;

	for (unsigned int i = 0; i < G_N_ELEMENTS(claimed); i++) {
		const char *value = tree_text(tree, claimed[i].key);

		g_ptr_array_add(paths, g_strdup_printf("%s/%s", dir, claimed[i].node));
		writes[n++] = (XstoreWrite){ g_ptr_array_index(paths, i),
					     value && *value ? value
							     : claimed[i].fallback,
					     NULL };
	}
	/* A service VM is found by its tag. */
	if (type && *type && !strchr(type, '/') && !g_str_equal(type, "svm") &&
	    !g_str_equal(type, "pvm")) {
		g_ptr_array_add(paths, g_strdup_printf("%s/%s", dir, type));
		writes[n++] = (XstoreWrite){ g_ptr_array_index(paths, paths->len - 1),
					     "1", NULL };
	}
	vm->described = true;
	return xstore_write_all(vm->manager->xs, writes, n, error);
}

bool vm_xenstore_claim(Vm *vm, GError **error)
{
	g_autofree char *path = g_strdup_printf("/xenmgr/vms/%s/domid", vm->uuid);
	g_autofree char *domid = g_strdup_printf("%d", vm->domid);

	return xstore_write(vm->manager->xs, path, domid, error);
}

void vm_xenstore_update(Vm *vm, const char *key, const char *value)
{
	for (unsigned int i = 0; vm->domid >= 0 && i < G_N_ELEMENTS(claimed); i++) {
		g_autofree char *path = g_strdup_printf("/xenmgr/vms/%s/%s", vm->uuid,
							claimed[i].node);
		g_autoptr(GError) error = NULL;

		if (g_str_equal(claimed[i].key, key) &&
		    !xstore_write(vm->manager->xs, path, value, &error))
			complain(vm, error);
	}
}

void vm_xenstore_release(Vm *vm)
{
	vm->described = false;
	remove_node(vm, "/xenmgr/vms/");
	/* libxl has done so, but the mirror of a state on the way there made it again */
	remove_node(vm, "/vm/");
}

void vm_xenstore_forget(Vm *vm)
{
	remove_node(vm, "/xenmgr/vms/");
	remove_node(vm, "/state/");
	vm->state_is_public = false;
}

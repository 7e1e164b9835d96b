/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-part.h"

#include <string.h>
#include "xenmgr/tree.h"

static const char *const kinds[] = {
	[VM_PART_DISK] = "disk",
	[VM_PART_NIC] = "nic",
};

static bool parse_id(const char *text, unsigned int *ret_id)
{
	guint64 id;

	if ((text[0] == '0' && text[1]) ||
	    !g_ascii_string_to_unsigned(text, 10, 0, TREE_MAX_ID, &id, NULL))
		return false;
	*ret_id = (unsigned int)id;
	return true;
}

bool vm_part_parse(Vm *vm, const char *rest, VmPart *ret_part)
{
	VmPart part = { .vm = vm, .kind = VM_PART_VM };
	g_auto(GStrv) names = NULL;

	if (!*rest) {
		*ret_part = part;
		return true;
	}
	names = g_strsplit(rest + 1, "/", 3);
	if (g_strv_length(names) != 2 || !parse_id(names[1], &part.id))
		return false;
	for (part.kind = VM_PART_DISK; part.kind <= VM_PART_NIC; part.kind++)
		if (g_str_equal(names[0], kinds[part.kind])) {
			*ret_part = part;
			return true;
		}
	return false;
}

VmPart vm_part_of_call(Vm *vm, const RpcCall *call)
{
	VmPart part;
	bool there = vm_part_parse(vm, rpc_call_path(call) + strlen(vm->path), &part);

	g_assert(there);
	return part;
}

char *vm_part_new_path(Vm *vm, VmPartKind kind, unsigned int id)
{
	return kind == VM_PART_VM
		       ? g_strdup(vm->path)
		       : g_strdup_printf("%s/%s/%u", vm->path, kinds[kind], id);
}

char *vm_part_path(const VmPart *part)
{
	return vm_part_new_path(part->vm, part->kind, part->id);
}

char *vm_part_key(const VmPart *part, const char *key)
{
	const char *slash = *key ? "/" : "";

	if (part->kind == VM_PART_VM)
		return vm_db_path(part->vm, key);
	return g_strdup_printf("/vm/%s/config/%s/%u%s%s", part->vm->uuid,
			       kinds[part->kind], part->id, slash, key);
}

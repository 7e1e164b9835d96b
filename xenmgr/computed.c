/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/computed.h"

#include <string.h>
#include "lib/error.h"
#include "xenmgr/mac.h"
#include "xenmgr/tree.h"
#include "xenmgr/vm-error.h"
#include "xenmgr/vms.h"

/* ---- what xenmgr knows ---- */

static RpcValue *get_uuid(const VmPart *part, const json_t *node)
{
	return rpc_value_new_string(part->vm->uuid);
}

static RpcValue *get_state(const VmPart *part, const json_t *node)
{
	return rpc_value_new_string(vm_state_name(part->vm->state));
}

static RpcValue *get_acpi_state(const VmPart *part, const json_t *node)
{
	return rpc_value_new_int32(vm_state_acpi(part->vm->state));
}

static RpcValue *get_domid(const VmPart *part, const json_t *node)
{
	return rpc_value_new_int32(part->vm->domid);
}

/* ---- what xenstore knows of the domain ---- */

static int64_t domain_number(const Vm *vm, const char *node, int64_t fallback)
{
	g_autofree char *text = NULL;
	int64_t number = fallback;

	if (vm->domid >= 0)
		text = xstore_readf(vm->manager->xs, "/local/domain/%d/%s", vm->domid,
				    node);
	if (text)
		tree_parse_number(text, &number);
	return CLAMP(number, G_MININT32, G_MAXINT32);
}

static RpcValue *get_memory_target(const VmPart *part, const json_t *node)
{
	return rpc_value_new_int32(
		(int32_t)(domain_number(part->vm, "memory/target", 0) / 1024));
}

static RpcValue *get_stub_domid(const VmPart *part, const json_t *node)
{
	return rpc_value_new_int32(
		(int32_t)domain_number(part->vm, "image/device-model-domid", -1));
}

/* ---- what the guest's agent says, else what was set ---- */

static RpcValue *get_pv_addons(const VmPart *part, const json_t *node)
{
	return rpc_value_new_boolean(agent_is_there(part->vm->agent) ||
				     tree_flag(node, "pv-addons-installed", false));
}

static RpcValue *get_pv_addons_version(const VmPart *part, const json_t *node)
{
	const char *set = tree_text(node, "pv-addons-version");

	if (agent_is_there(part->vm->agent))
		return rpc_value_new_string(agent_version(part->vm->agent));
	return rpc_value_new_string(set ? set : "");
}

/* ---- numbers whose default is another key's ---- */

static RpcValue *number_or(const json_t *config, const char *key, const char *other,
			   int64_t fallback)
{
	int64_t number = tree_number(
		config, key, other ? tree_number(config, other, fallback) : fallback);

	return rpc_value_new_int32((int32_t)CLAMP(number, G_MININT32, G_MAXINT32));
}

static RpcValue *get_memory_min(const VmPart *part, const json_t *config)
{
	return number_or(config, "memory-min", "memory", 0);
}

static RpcValue *get_memory_static_max(const VmPart *part, const json_t *config)
{
	return number_or(config, "memory-static-max", "memory", 0);
}

static RpcValue *get_cores_per_socket(const VmPart *part, const json_t *config)
{
	return number_or(config, "cores-per-socket", "vcpus", 1);
}

static RpcValue *get_videoram(const VmPart *part, const json_t *config)
{
	bool hvm = g_strcmp0(tree_text(config, "virt-type"), "hvm") == 0;

	return number_or(config, "videoram", NULL, hvm ? 16 : 0);
}

/* ---- lists that are one text to clients ---- */

static RpcValue *get_list(const json_t *node, const char *path)
{
	g_autofree const char **list = tree_list(node, path);
	g_autofree char *text = g_strjoinv(";", (char **)list);

	return rpc_value_new_string(text);
}

static bool set_list(const VmPart *part, const char *key, const RpcValue *value,
		     GPtrArray *edits, GError **error)
{
	g_auto(GStrv) items = g_strsplit(value->string, ";", -1);
	g_autoptr(json_t) list = json_object();
	unsigned int n = 0;

	for (char **item = items; *item; item++) {
		g_autofree char *name = g_strdup_printf("%u", n);

		if (!**item)
			continue;
		if (n++ > TREE_MAX_ID)
			return xt_fail(error, XT_ERROR_INVALID, "more than %d items",
				       TREE_MAX_ID + 1);
		json_object_set_new(list, name, json_string(*item));
	}
	g_ptr_array_add(edits, db_edit_new(vm_part_key(part, key), NULL,
					   n ? json_incref(list) : NULL));
	return true;
}

static RpcValue *get_extra_hvm(const VmPart *part, const json_t *config)
{
	return get_list(config, "extra-hvm");
}

static bool set_extra_hvm(const VmPart *part, const json_t *config, const char *isos,
			  const RpcValue *value, GPtrArray *edits, GError **error)
{
	return set_list(part, "config/extra-hvm", value, edits, error);
}

static RpcValue *get_extra_xenvm(const VmPart *part, const json_t *config)
{
	return get_list(config, "extra-xenvm");
}

static bool set_extra_xenvm(const VmPart *part, const json_t *config, const char *isos,
			    const RpcValue *value, GPtrArray *edits, GError **error)
{
	return set_list(part, "config/extra-xenvm", value, edits, error);
}

/* ---- a permission that is kept the other way round ---- */

static RpcValue *get_print_screen(const VmPart *part, const json_t *policies)
{
	return rpc_value_new_boolean(
		!tree_flag(policies, "print-screen-disallowed", false));
}

static bool set_print_screen(const VmPart *part, const json_t *policies, const char *isos,
			     const RpcValue *value, GPtrArray *edits, GError **error)
{
	g_ptr_array_add(edits,
			db_edit_new(vm_part_key(part, "policies/print-screen-disallowed"),
				    g_strdup(value->boolean ? "false" : "true"), NULL));
	return true;
}

/* ---- the CD ---- */

#define CD_DEVICE "hdc"

static RpcValue *get_cd(const VmPart *part, const json_t *disks)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(disks, "", ids);

	for (unsigned int i = 0; i < n; i++) {
		const char *path = tree_textf(disks, "%u/path", ids[i]);
		g_autofree char *name = path && *path ? g_path_get_basename(path) : NULL;

		if (g_strcmp0(tree_textf(disks, "%u/device", ids[i]), CD_DEVICE) == 0)
			return rpc_value_new_string(
				name && !g_str_equal(name, "null.iso") ? name : "");
	}
	return rpc_value_new_string("");
}

static bool set_cd(const VmPart *part, const json_t *disks, const char *isos,
		   const RpcValue *value, GPtrArray *edits, GError **error)
{
	const char *name = *value->string ? value->string : "null.iso";
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(disks, "", ids);

	if (strchr(name, '/') || name[0] == '.')
		return xt_fail(error, XT_ERROR_INVALID,
			       "cd: \"%s\" is not the name of a file in %s", name, isos);
	for (unsigned int i = 0; i < n; i++) {
		const VmPart disk = { part->vm, VM_PART_DISK, ids[i] };

		if (g_strcmp0(tree_textf(disks, "%u/device", ids[i]), CD_DEVICE) == 0)
			g_ptr_array_add(edits,
					db_edit_new(vm_part_key(&disk, "path"),
						    g_build_filename(isos, name, NULL),
						    NULL));
	}
	return edits->len > 0 || vm_fail(error, VM_ERROR_NO_DISK, NULL);
}

/* ---- NICs ---- */

static char *mac_of(const Vm *vm, const json_t *nic, unsigned int id)
{
	const char *mac = tree_text(nic, "mac");

	return mac && *mac && !g_str_equal(mac, "auto") ? g_strdup(mac)
							: mac_of_nic(id, vm->uuid);
}

static const json_t *nth_nic(const json_t *nics, unsigned int id)
{
	g_autofree char *name = g_strdup_printf("%u", id);

	return tree_node(nics, name);
}

static RpcValue *get_mac(const VmPart *part, const json_t *nics)
{
	unsigned int ids[TREE_MAX_ID + 1];
	g_autofree char *mac = NULL;

	if (tree_ids(nics, "", ids) == 0)
		return rpc_value_new_string("");
	mac = mac_of(part->vm, nth_nic(nics, ids[0]), ids[0]);
	return rpc_value_new_string(mac);
}

static RpcValue *get_mac_actual(const VmPart *part, const json_t *nic)
{
	g_autofree char *mac = mac_of(part->vm, nic, part->id);

	return rpc_value_new_string(mac);
}

static bool set_mac(const VmPart *part, const json_t *nic, const char *isos,
		    const RpcValue *value, GPtrArray *edits, GError **error)
{
	if (*value->string && !g_str_equal(value->string, "auto") &&
	    !mac_is_valid(value->string))
		return xt_fail(
			error, XT_ERROR_INVALID,
			"mac: \"%s\" is neither \"auto\" nor like 02:00:00:00:00:01",
			value->string);
	g_ptr_array_add(edits, db_edit_new(vm_part_key(part, "mac"),
					   g_strdup(value->string), NULL));
	return true;
}

static RpcValue *get_nic_mac(const VmPart *part, const json_t *nic)
{
	const char *mac = tree_text(nic, "mac");

	return rpc_value_new_string(mac && *mac ? mac : "auto");
}

/* The first NIC that is wireless, or that is not; -1: none. */
static int first_nic(const json_t *nics, bool wireless)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(nics, "", ids);

	for (unsigned int i = 0; i < n; i++)
		if (tree_flag(nth_nic(nics, ids[i]), "wireless-driver", false) ==
		    wireless)
			return (int)ids[i];
	return -1;
}

static RpcValue *get_network(const json_t *nics, bool wireless)
{
	int id = first_nic(nics, wireless);
	const char *network = id < 0 ? "" : tree_textf(nics, "%d/network", id);

	return rpc_value_new_string(network ? network : "/wired/0/bridged");
}

static bool set_network(const VmPart *part, const json_t *nics, bool wireless,
			const RpcValue *value, GPtrArray *edits, GError **error)
{
	int id = first_nic(nics, wireless);
	const VmPart nic = { part->vm, VM_PART_NIC, (unsigned int)id };

	if (id < 0)
		return vm_fail(error, VM_ERROR_NO_NIC, NULL);
	g_ptr_array_add(edits, db_edit_new(vm_part_key(&nic, "network"),
					   g_strdup(value->string), NULL));
	return true;
}

static RpcValue *get_wired(const VmPart *part, const json_t *nics)
{
	return get_network(nics, false);
}

static bool set_wired(const VmPart *part, const json_t *nics, const char *isos,
		      const RpcValue *value, GPtrArray *edits, GError **error)
{
	return set_network(part, nics, false, value, edits, error);
}

static RpcValue *get_wireless(const VmPart *part, const json_t *nics)
{
	return get_network(nics, true);
}

static bool set_wireless(const VmPart *part, const json_t *nics, const char *isos,
			 const RpcValue *value, GPtrArray *edits, GError **error)
{
	return set_network(part, nics, true, value, edits, error);
}

/* The VMs that its NICs need. */
static RpcValue *get_dependencies(const VmPart *part, const json_t *nics)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	RpcValue *paths = rpc_value_new_container("ao");
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(nics, "", ids);

	for (unsigned int i = 0; i < n; i++) {
		const char *uuid = tree_textf(nics, "%u/backend-uuid", ids[i]);
		Vm *backend = uuid ? vms_get(part->vm->manager->vms, uuid, NULL) : NULL;

		if (backend && g_hash_table_add(seen, backend))
			rpc_value_take(paths, rpc_value_new_object_path(backend->path));
	}
	return paths;
}

/* ---- the table ---- */

/* clang-format off */
static const Computed table[] = {
	{ "acpi-state",	       VM_PART_VM,  NULL,	   get_acpi_state },
	{ "cd",		       VM_PART_VM,  "config/disk", get_cd, set_cd },
	{ "cores-per-socket",  VM_PART_VM,  "config",	   get_cores_per_socket },
	{ "dependencies",      VM_PART_VM,  "config/nic",  get_dependencies },
	{ "domid",	       VM_PART_VM,  NULL,	   get_domid },
	{ "extra-hvm",	       VM_PART_VM,  "config",	   get_extra_hvm, set_extra_hvm },
	{ "extra-xenvm",       VM_PART_VM,  "config",	   get_extra_xenvm, set_extra_xenvm },
	{ "mac",	       VM_PART_VM,  "config/nic",  get_mac },
	{ "memory-min",	       VM_PART_VM,  "config",	   get_memory_min },
	{ "memory-static-max", VM_PART_VM,  "config",	   get_memory_static_max },
	{ "memory-target",     VM_PART_VM,  NULL,	   get_memory_target },
	{ "policy-print-screen", VM_PART_VM, "policies",   get_print_screen, set_print_screen },
	{ "pv-addons",	       VM_PART_VM,  "",		   get_pv_addons },
	{ "pv-addons-version", VM_PART_VM,  "",		   get_pv_addons_version },
	{ "state",	       VM_PART_VM,  NULL,	   get_state },
	{ "stub_domid",	       VM_PART_VM,  NULL,	   get_stub_domid },
	{ "uuid",	       VM_PART_VM,  NULL,	   get_uuid },
	{ "videoram",	       VM_PART_VM,  "config",	   get_videoram },
	{ "wired-network",     VM_PART_VM,  "config/nic",  get_wired, set_wired },
	{ "wireless-network",  VM_PART_VM,  "config/nic",  get_wireless, set_wireless },
	{ "mac",	       VM_PART_NIC, "",		   get_nic_mac, set_mac },
	{ "mac-actual",	       VM_PART_NIC, "",		   get_mac_actual },
};
/* clang-format on */

const Computed *computed_find(VmPartKind kind, const char *property)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(table); i++)
		if (table[i].kind == kind && g_str_equal(table[i].property, property))
			return &table[i];
	return NULL;
}

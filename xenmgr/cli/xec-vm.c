/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xec-vm: the table of VMs, and xec on one of them or its disks and NICs. */

#include "idl/xenmgr_client.h"
#include "lib/error.h"
#include "lib/uuid.h"
#include "xenmgr/cli/command.h"
#include "xenmgr/cli/front.h"
#include "xenmgr/cli/vms.h"

/* clang-format off */
static const char usage[] =
"Usage: xec-vm [VM] [OPTION...] [get PROPERTY | set PROPERTY VALUE | getall | METHOD ARG...]\n"
"Without a VM it shows the table of VMs, without a command what the VM has.\n"
"\n"
"  -n, --name NAME            the VM of that name, the first if there are several\n"
"  -u, --uuid UUID            the VM of that uuid\n"
"  -d, --domid DOMID          the VM that runs as that domain\n"
"  -o, --object, --path PATH  the VM at that object path\n"
"  -k, --disk ID              its disk\n"
"  -c, --nic ID               its network interface\n"
"      --list-disks           list the object paths of its disks\n"
"      --list-nics            list the object paths of its network interfaces\n"
"  -i, --interface INTERFACE  look in this interface only\n"
"  -g, --get PROPERTY         as the command get\n"
"  -x, --set PROPERTY VALUE   as the command set\n"
"      --list-interfaces      list the names of interfaces\n"
"      --list-methods         list the names of methods\n"
"      --list-properties      list the names of properties\n"
"      --session              use the session bus\n"
"  -q, --query                accepted and ignored\n"
"  -h, --help                 show this\n";
/* clang-format on */

static bool list_vms(Bus *bus, const XecArgs *args, XenmgrQueryRpcListOut *ret_list,
		     GError **error)
{
	RpcTarget to = { bus, args->service, "/" };

	return xenmgr_query_rpc_list(&to, &ret_list->vms, error) || command_from_bus(error);
}

static bool not_found(GError **error, const char *what)
{
	g_clear_error(error);
	return xt_fail(error, XT_ERROR_NOT_FOUND, "vm '%s' not found", what);
}

/* Object path of the VM that was asked for.  By uuid no question is needed: if there is
 * no such object the command's own call says so. */
static char *find_vm(Bus *bus, const XecArgs *args, const XecVmArgs *which, GError **error)
{
	XenmgrQueryRpcListOut list = {};
	const VmsItem *vm;
	char *path;

	if (args->object)
		return g_strdup(args->object);
	if (which->uuid) {
		g_autofree char *uuid = uuid_normalize(which->uuid);

		if (!uuid)
			not_found(error, which->uuid);
		return uuid ? uuid_to_path(uuid) : NULL;
	}

	if (!list_vms(bus, args, &list, error))
		return NULL;
	vm = which->name ? vms_find_name(&list.vms, which->name) :
			   vms_find_domid(&list.vms, which->domid);
	path = vm ? uuid_to_path(vm->uuid) : NULL;
	if (!vm)
		not_found(error, which->name ?: which->domid);
	xenmgr_query_rpc_list_out_clear(&list);
	return path;
}

static char *device_path(const char *vm, const XecVmArgs *which)
{
	if (which->disk)
		return g_strdup_printf("%s/disk/%s", vm, which->disk);
	if (which->nic)
		return g_strdup_printf("%s/nic/%s", vm, which->nic);
	return g_strdup(vm);
}

static bool run_on_vm(Bus *bus, const XecArgs *args, const XecVmArgs *which, GString *out,
		      GError **error)
{
	static const char *const list_disks[] = { "list_disks", NULL };
	static const char *const list_nics[] = { "list_nics", NULL };
	g_autofree char *vm = find_vm(bus, args, which, error);
	g_autofree char *object = vm ? device_path(vm, which) : NULL;
	XecArgs command = *args;

	if (!vm)
		return false;

	command.object = object;
	if (which->list_disks || which->list_nics) {
		command.object = vm;
		command.words = which->list_disks ? list_disks : list_nics;
	}
	if (command_run(bus, &command, out, error))
		return true;
	if (which->uuid && g_str_equal(command.object, vm) &&
	    g_error_matches(*error, XT_ERROR, XT_ERROR_UNKNOWN_OBJECT))
		return not_found(error, which->uuid);
	return false;
}

static bool run_table(Bus *bus, const XecArgs *args, GString *out, GError **error)
{
	XenmgrQueryRpcListOut list = {};

	if (!list_vms(bus, args, &list, error))
		return false;
	vms_print(out, &list.vms);
	xenmgr_query_rpc_list_out_clear(&list);
	return true;
}

/* Without a VM everything that needs one is a mistake, not a table. */
static bool check_selection(const XecArgs *args, const XecVmArgs *which, bool *ret_selected,
			    GError **error)
{
	int n = !!args->object + !!which->name + !!which->uuid + !!which->domid;

	*ret_selected = n > 0;
	if (n > 1)
		return xt_fail(error, XT_ERROR_INVALID, "give one of -n, -u, -d, -o");
	if (which->disk && which->nic)
		return xt_fail(error, XT_ERROR_INVALID, "give one of -k, -c");
	if (!n && (args->words[0] || args->get || args->set || args->interface ||
		   args->list_interfaces || args->list_methods || args->list_properties ||
		   which->disk || which->nic || which->list_disks || which->list_nics))
		return xt_fail(error, XT_ERROR_INVALID,
			       "which VM? Give one of -n, -u, -d, -o before the command");
	return true;
}

int main(int argc, char **argv)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Bus) bus = NULL;
	bool selected = false;
	XecVmArgs which;
	XecArgs args;

	front_args((const char *const *)argv + 1, usage, &args, &which);
	if (!args.service)
		args.service = FRONT_SERVICE;

	if (check_selection(&args, &which, &selected, &error))
		bus = front_open(&args, &error);
	if (bus && selected)
		run_on_vm(bus, &args, &which, out, &error);
	else if (bus)
		run_table(bus, &args, out, &error);
	return front_end(out, error);
}

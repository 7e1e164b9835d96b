/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include "tests/bus/manager.h"

/* What a VM is meant to be: creation, properties, keys, disks and NICs, deletion. */

#define UUID   "c7a7a3a0-1d3f-4c56-9ad2-7a0e0d7e2a11"
#define UUID_P "/vm/c7a7a3a0_1d3f_4c56_9ad2_7a0e0d7e2a11"
#define DISK   "com.citrix.xenclient.vmdisk"
#define NIC    "com.citrix.xenclient.vmnic"

static void is(char *got, const char *expected)
{
	g_assert_cmpstr(got, ==, expected);
	g_free(got);
}

static void ends(char *got, const char *suffix)
{
	if (!g_str_has_suffix(got, suffix))
		g_error("\"%s\" does not end with \"%s\"", got, suffix);
	g_free(got);
}

static char *db(Host *h, const char *key)
{
	g_autofree char *path = g_strconcat("/vm/" UUID "/", key, NULL);

	return host_db_read(h, path);
}

static void make(Host *h)
{
	is(host_call(h, "/", XENMGR, "create_vm_with_template_and_uuid", "new-vm-pv",
		     UUID, NULL),
	   UUID_P);
	host_assert_seen(h, "created;");
}

/* ---- creation ---- */

static void test_created_as_the_template_says(Host *h, gconstpointer unused)
{
	make(h);
	is(host_call(h, "/", XENMGR, "list_vms", NULL), UUID_P);
	is(db(h, "name"), "name-" UUID);
	is(db(h, "uuid"), UUID);
	is(db(h, "seamless-id"), UUID);
	is(db(h, "slot"), "1");
	is(db(h, "config/virt-type"), "pv");
	is(host_call(h, "/", XENMGR, "find_vm_by_uuid", UUID, NULL), UUID_P);
	is(host_call(h, "/", XENMGR ".query", "list", NULL),
	   UUID ",name-" UUID ",stopped,-1");
}

static void test_what_the_creator_adds(Host *h, gconstpointer unused)
{
	g_autofree char *path = host_call(
		h, "/", XENMGR, "create_vm_with_template_and_json", "new-vm-pv",
		"{\"uuid\":\"" UUID "\",\"slot\":-1,\"config\":{\"memory\":128,"
		"\"cmdline\":\"id=${UUID}\"}}",
		NULL);

	g_assert_cmpstr(path, ==, UUID_P);
	is(db(h, "slot"), "-1");
	is(db(h, "config/memory"), "128");
	is(db(h, "config/vcpus"), "1");
	is(db(h, "config/cmdline"), "id=" UUID);
}

static void test_creation_for_a_user_interface(Host *h, gconstpointer unused)
{
	g_autofree char *path = host_call(h, "/", XENMGR, "create_vm_with_ui",
					  "new-vm-pvh", "web", "serves pages",
					  "images/web.png", NULL);

	is(host_get(h, path, XENMGR_VM, "name"), "web");
	is(host_get(h, path, XENMGR_VM, "description"), "serves pages");
	is(host_get(h, path, XENMGR_VM, "image-path"), "images/web.png");
	is(host_get(h, path, XENMGR_VM, "virt-type"), "pvh");
}

static void test_nine_slots(Host *h, gconstpointer unused)
{
	for (unsigned int i = 0; i < 9; i++)
		g_free(host_new_vm(h, ""));
	is(host_call(h, "/", XENMGR, "create_vm", NULL), "Failed: 205:Too many VMS");
	g_free(host_new_vm(h, "{\"slot\":0}"));
}

static void test_policy_of_creation_and_deletion(Host *h, gconstpointer unused)
{
	make(h);
	host_db_write(h, "/vm-create-disallowed", "true");
	host_db_write(h, "/vm-delete-disallowed", "true");
	is(host_call(h, "/", XENMGR, "create_vm", NULL),
	   "Failed: 220:Action suppressed by policy");
	host_call_is(h, UUID_P, XENMGR_VM, "delete",
		     "Failed: 220:Action suppressed by policy");
	g_free(host_call(h, "/", XENMGR ".unrestricted", "unrestricted_create_vm", NULL));
	is(host_call(h, "/", XENMGR ".unrestricted", "unrestricted_delete_vm", UUID,
		     NULL),
	   "ok");
	host_assert_seen(h, "created;deleted;");
}

/* Nothing is made of what is wrong, and what is wrong is said. */
static void test_bad_input_of_creation(Host *h, gconstpointer unused)
{
	static const struct {
		const char *template, *json, *error;
	} cases[] = {
		{ "nope", "", "NotFound: no template \"nope\" in " },
		{ "../new-vm", "", "NotFound: no template \"../new-vm\" in " },
		{ "new-vm-pv", "{memory", "InvalidArgs: json:1:" },
		{ "new-vm-pv", "[]", "InvalidArgs: json: must be a JSON object" },
		{ "new-vm-pv", "{\"config\":{\"memory\":-5}}",
		  "InvalidArgs: json: \"config/memory\": " },
		{ "new-vm-pv", "{\"config\":{\"memory\":\"lots\"}}",
		  "InvalidArgs: json: \"config/memory\": memory: \"lots\" is not a "
		  "number" },
		{ "new-vm-pv", "{\"config\":{\"memory\":{\"a\":1}}}",
		  "InvalidArgs: json: \"config/memory\": must be a value, not an "
		  "object" },
		{ "new-vm-pv", "{\"config\":\"x\"}",
		  "InvalidArgs: json: \"config\": must be an object" },
		{ "new-vm-pv", "{\"stubdom\":\"maybe\"}",
		  "InvalidArgs: json: \"stubdom\": stubdom: \"maybe\" is not true "
		  "or "
		  "false" },
		{ "new-vm-pv", "{\"config\":{\"virt-type\":\"kvm\"}}",
		  "InvalidArgs: json: \"config/virt-type\": " },
		{ "new-vm-pv", "{\"config\":{\"disk\":{\"a\":{}}}}",
		  "InvalidArgs: json: \"config/disk/a\": its name must be a number, "
		  "0 to "
		  "255" },
		{ "new-vm-pv", "{\"config\":{\"disk\":{\"0\":{\"mode\":\"x\"}}}}",
		  "InvalidArgs: json: \"config/disk/0/mode\": " },
		{ "new-vm-pv", "{\"config\":{\"nic\":{\"0\":{\"mac\":\"zz\"}}}}",
		  "InvalidArgs: json: \"config/nic\": a mac is neither" },
		{ "new-vm-pv", "{\"rpc-firewall-rules\":[\"allow all\"]}",
		  "InvalidArgs: json: \"rpc-firewall-rules\" is a list; " },
		{ "new-vm-pv", "{\"name\":null}",
		  "InvalidArgs: json: \"name\" is null; " },
		{ "new-vm-pv", "{\"uuid\":\"1\"}", "InvalidArgs: \"1\" is no uuid" },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = host_call(h, "/", XENMGR,
						 "create_vm_with_template_and_json",
						 cases[i].template, cases[i].json, NULL);

		if (!g_str_has_prefix(got, cases[i].error))
			g_error("%s: \"%s\" does not begin with \"%s\"", cases[i].json,
				got, cases[i].error);
	}
	is(host_call(h, "/", XENMGR, "list_vms", NULL), "");
	host_assert_seen(h, "");
	make(h);
	is(host_call(h, "/", XENMGR, "create_vm_with_template_and_uuid", "new-vm-pv",
		     UUID, NULL),
	   "InvalidArgs: there is a vm with uuid " UUID " already");
	is(host_call(h, "/", XENMGR, "find_vm_by_uuid", "zz", NULL),
	   "Failed: no vm with uuid zz");
}

static void test_templates_are_listed(Host *h, gconstpointer unused)
{
	is(host_call(h, "/", XENMGR, "list_templates", NULL),
	   "new-vm,new-vm-empty,new-vm-linux,new-vm-pv,new-vm-pvh");
}

/* ---- properties ---- */

static void test_properties_are_kept(Host *h, gconstpointer unused)
{
	make(h);
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_int32(96)), "ok");
	is(db(h, "config/memory"), "96");
	host_assert_property(h, UUID_P, "memory", "96");
	host_assert_property(h, UUID_P, "memory-static-max", "96");
	host_assert_property(h, UUID_P, "usb-enabled", "true");
	is(host_set(h, UUID_P, XENMGR_VM, "stubdom", rpc_value_new_boolean(true)), "ok");
	is(db(h, "stubdom"), "true");
	is(host_set(h, UUID_P, XENMGR_VM, "extra-hvm", rpc_value_new_string("usb;m=1")),
	   "ok");
	is(db(h, "config/extra-hvm/1"), "m=1");
	host_assert_property(h, UUID_P, "extra-hvm", "usb;m=1");
	is(host_set(h, UUID_P, XENMGR_VM, "policy-print-screen",
		    rpc_value_new_boolean(false)),
	   "ok");
	is(db(h, "policies/print-screen-disallowed"), "true");
	host_assert_property(h, UUID_P, "policy-print-screen", "false");
	is(host_get(h, UUID_P, XENMGR_FREE, "stubdom-memory"), "96");
	host_assert_property(h, UUID_P, "uuid", UUID);
}

static void test_bad_values_change_nothing(Host *h, gconstpointer unused)
{
	make(h);
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_int32(-5)),
	   "InvalidArgs: property \"memory\" must be between 0 and 16777215");
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_string("64")),
	   "InvalidArgs: property \"memory\" has the type \"i\", not \"s\"");
	is(host_set(h, UUID_P, XENMGR_VM, "virt-type", rpc_value_new_string("kvm")),
	   "InvalidArgs: property \"virt-type\" cannot be \"kvm\"; it is one of: pv, "
	   "pvh, "
	   "hvm");
	is(host_set(h, UUID_P, XENMGR_VM, "state", rpc_value_new_string("running")),
	   "PropertyReadOnly: property \"state\" can only be read");
	is(host_set(h, UUID_P, XENMGR_VM, "nope", rpc_value_new_string("")),
	   "UnknownProperty: interface \"" XENMGR_VM "\" has no property \"nope\"");
	is(db(h, "config/memory"), "128");
	is(db(h, "config/virt-type"), "pv");
	host_assert_property(h, UUID_P, "state", "stopped");
	host_assert_seen(h, "");
}

/* What others put into the database does not stop xenmgr. */
static void test_bad_database_reads_as_default(Host *h, gconstpointer unused)
{
	make(h);
	host_db_write(h, "/vm/" UUID "/config/memory", "lots");
	host_db_write(h, "/vm/" UUID "/stubdom", "perhaps");
	host_assert_property(h, UUID_P, "memory", "0");
	host_assert_property(h, UUID_P, "stubdom", "false");
	is(host_call(h, UUID_P, XENMGR_VM, "start", NULL),
	   "Failed: 199:start: check: config/memory: \"lots\" is no number");
}

static void test_changes_are_told_once(Host *h, gconstpointer unused)
{
	make(h);
	is(host_set(h, UUID_P, XENMGR_VM, "name", rpc_value_new_string("web")), "ok");
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_int32(96)), "ok");
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_int32(96)), "ok");
	host_wait_seen(h, "config;");
	host_assert_seen(h, "name;config;");
}

static void test_locked_properties(Host *h, gconstpointer unused)
{
	make(h);
	host_db_write(h, "/vm/" UUID "/policies/modify-vm-settings", "false");
	is(host_set(h, UUID_P, XENMGR_VM, "memory", rpc_value_new_int32(96)),
	   "Failed: 202:VM properties are locked by policy");
	is(host_set(h, UUID_P, XENMGR_FREE, "memory", rpc_value_new_int32(96)), "ok");
	is(db(h, "config/memory"), "96");
	is(host_call(h, UUID_P, XENMGR_VM, "set_db_key", "config.memory", "128", NULL),
	   "ok");
	host_assert_property(h, UUID_P, "memory", "128");
}

static void test_keys(Host *h, gconstpointer unused)
{
	make(h);
	is(host_call(h, UUID_P, XENMGR_VM, "set_db_key", "a.b", "1", NULL), "ok");
	is(db(h, "a/b"), "1");
	is(host_call(h, UUID_P, XENMGR_VM, "get_db_key", "a.b", NULL), "1");
	is(host_call(h, UUID_P, XENMGR_VM, "get_db_key", "none", NULL), "");
	is(host_call(h, UUID_P, XENMGR_VM, "get_db_key", "..b", NULL),
	   "InvalidArgs: \"..b\" is no key");
	is(host_call(h, UUID_P, XENMGR_VM, "set_db_key", "uuid", "x", NULL),
	   "PropertyReadOnly: the uuid of a VM is for ever");
	is(host_call(h, UUID_P, XENMGR_VM, "set_domstore_key", "color", "blue", NULL),
	   "ok");
	is(host_call(h, UUID_P, XENMGR_VM, "get_domstore_key", "color", NULL), "blue");
	is(host_db_read(h, "/dom-store/" UUID "/color"), "blue");
}

/* ---- disks and NICs ---- */

static void test_disks(Host *h, gconstpointer unused)
{
	make(h);
	is(host_call(h, UUID_P, XENMGR_VM, "list_disks", NULL), "");
	is(host_call(h, UUID_P, XENMGR_VM, "add_disk", NULL), UUID_P "/disk/0");
	is(host_call(h, UUID_P, XENMGR_VM, "add_disk", NULL), UUID_P "/disk/1");
	is(host_get(h, UUID_P "/disk/1", DISK, "virt-path"), "xvdb");
	is(host_call(h, UUID_P "/disk/0", DISK, "attach_phy", "/dev/vg/web", NULL), "ok");
	is(host_get(h, UUID_P "/disk/0", DISK, "phys-path"), "/dev/vg/web");
	is(host_get(h, UUID_P "/disk/0", DISK, "phys-type"), "phy");
	is(host_call(h, UUID_P "/disk/0", DISK, "attach_vhd", "web.vhd", NULL),
	   "InvalidArgs: \"web.vhd\" is not an absolute path");
	is(host_set(h, UUID_P "/disk/0", DISK, "mode", rpc_value_new_string("r")), "ok");
	is(db(h, "config/disk/0/mode"), "r");
	is(host_call(h, UUID_P "/disk/0", DISK, "delete", NULL), "ok");
	is(host_call(h, UUID_P, XENMGR_VM, "list_disks", NULL), UUID_P "/disk/1");
	is(host_get(h, UUID_P "/disk/0", DISK, "mode"), "Failed: 206:No such disk");
	is(host_set(h, UUID_P "/disk/0", DISK, "mode", rpc_value_new_string("w")),
	   "Failed: 206:No such disk");
	is(host_call(h, UUID_P "/disk/0", DISK, "delete", NULL),
	   "Failed: 206:No such disk");
	is(host_call(h, UUID_P, XENMGR_VM, "add_disk", NULL), UUID_P "/disk/2");
	is(host_get(h, UUID_P "/disk/2", DISK, "virt-path"), "xvda");
}

static void test_nics(Host *h, gconstpointer unused)
{
	make(h);
	host_assert_property(h, UUID_P, "mac", "");
	is(host_call(h, UUID_P, XENMGR_VM, "add_nic", NULL), UUID_P "/nic/0");
	is(host_get(h, UUID_P "/nic/0", NIC, "mac"), "auto");
	is(host_get(h, UUID_P "/nic/0", NIC, "mac-actual"), "46:31:88:cb:dc:2d");
	host_assert_property(h, UUID_P, "mac", "46:31:88:cb:dc:2d");
	ends(host_set(h, UUID_P "/nic/0", NIC, "mac", rpc_value_new_string("zz")),
	     "is neither \"auto\" nor like 02:00:00:00:00:01");
	is(host_set(h, UUID_P "/nic/0", NIC, "mac",
		    rpc_value_new_string("02:00:00:00:00:01")),
	   "ok");
	host_assert_property(h, UUID_P, "mac", "02:00:00:00:00:01");
	is(host_set(h, UUID_P, XENMGR_VM, "wired-network",
		    rpc_value_new_string("/wired/1")),
	   "ok");
	is(host_get(h, UUID_P "/nic/0", NIC, "network"), "/wired/1");
	is(host_set(h, UUID_P, XENMGR_VM, "wireless-network", rpc_value_new_string("/x")),
	   "Failed: 222:No such NIC");
	is(host_call(h, UUID_P "/nic/0", NIC, "delete", NULL), "ok");
	is(host_get(h, UUID_P "/nic/0", NIC, "mac"), "Failed: 222:No such NIC");
}

/* ---- deletion, and the rest ---- */

static void test_deletion(Host *h, gconstpointer unused)
{
	make(h);
	is(host_call(h, UUID_P, XENMGR_VM, "set_domstore_key", "a", "1", NULL), "ok");
	host_call_is(h, UUID_P, XENMGR_VM, "start", "ok");
	host_call_is(h, UUID_P, XENMGR_VM, "delete",
		     "Failed: 204:Cannot remove running VM");
	host_call_is(h, UUID_P, XENMGR_VM, "destroy", "ok");
	host_call_is(h, UUID_P, XENMGR_VM, "delete", "ok");
	host_assert_seen(h, "state creating;state running;state stopped;deleted;");
	is(host_call(h, "/", XENMGR, "list_vms", NULL), "");
	is(host_db_read(h, "/vm/" UUID "/name"), "");
	is(host_db_read(h, "/dom-store/" UUID "/a"), "");
	is(host_get(h, UUID_P, XENMGR_VM, "name"),
	   "UnknownObject: no object \"" UUID_P "\"");
	g_assert_null(xstore_read(h->xs, "/state/" UUID "/state"));
	make(h);
}

static void test_vms_survive_xenmgr(Host *h, gconstpointer unused)
{
	make(h);
	fixture_stop(h->xenmgr);
	host_restart_xenmgr(h);
	is(host_call(h, "/", XENMGR, "list_vms", NULL), UUID_P);
	host_assert_property(h, UUID_P, "state", "stopped");
}

static void test_host(Host *h, gconstpointer unused)
{
	is(host_get(h, "/host", XENMGR ".host", "total-mem"), "4096");
	is(host_get(h, "/host", XENMGR ".host", "cpu-count"), "8");
	is(host_get(h, "/host", XENMGR ".host", "state"), "idle");
}

#define ADD(name, fn)                                                                    \
	g_test_add("/xenmgr/config/" name, Host, NULL, host_up, fn, host_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("created-as-the-template-says", test_created_as_the_template_says);
	ADD("what-the-creator-adds", test_what_the_creator_adds);
	ADD("creation-for-a-user-interface", test_creation_for_a_user_interface);
	ADD("nine-slots", test_nine_slots);
	ADD("policy-of-creation-and-deletion", test_policy_of_creation_and_deletion);
	ADD("bad-input-of-creation", test_bad_input_of_creation);
	ADD("templates-are-listed", test_templates_are_listed);
	ADD("properties-are-kept", test_properties_are_kept);
	ADD("bad-values-change-nothing", test_bad_values_change_nothing);
	ADD("bad-database-reads-as-default", test_bad_database_reads_as_default);
	ADD("changes-are-told-once", test_changes_are_told_once);
	ADD("locked-properties", test_locked_properties);
	ADD("keys", test_keys);
	ADD("disks", test_disks);
	ADD("nics", test_nics);
	ADD("deletion", test_deletion);
	ADD("vms-survive-xenmgr", test_vms_survive_xenmgr);
	ADD("host", test_host);
	return g_test_run();
}

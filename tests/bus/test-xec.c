/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fake-xenmgr.h"
#include "tests/bus/fixture.h"

/* What xec and xec-vm print, byte for byte: scripts parse it. */

#define WEB "/vm/00000000_0000_0000_0000_00000000000a"
#define ODD "/vm/00000000_0000_0000_0000_00000000000b"
#define NAIVE "/vm/00000000_0000_0000_0000_00000000000c"
#define FAILED "org.freedesktop.DBus.Error.Failed: "

typedef struct {
	const char *line; /* for sh; %% is a % */
	int status;
	const char *output; /* standard output, then standard error */
} Case;

static void run_cases(const Case *cases, size_t n)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	FixtureDaemon *manager = fixture_serve(f, fake_xenmgr_serve, NULL, FAKE_XENMGR);

	for (size_t i = 0; i < n; i++) {
		g_autofree char *output = NULL;
		int status;

		g_test_message("%s", cases[i].line);
		status = fixture_run(f, -1, &output, "sh", "-c", cases[i].line, NULL);
		g_assert_cmpstr(output, ==, cases[i].output);
		g_assert_cmpint(status, ==, cases[i].status);
	}
	fixture_stop(manager);
}

static void test_calls(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "xec list-vms", 0, WEB "\n" ODD "\n" NAIVE "\n" },
		{ "xec list_vms", 0, WEB "\n" ODD "\n" NAIVE "\n" },
		{ "xec -i " FAKE_XENMGR " list-vms", 0, WEB "\n" ODD "\n" NAIVE "\n" },
		{ "xec -s " FAKE_OTHER " list-vms", 0, WEB "\n" ODD "\n" NAIVE "\n" },
		{ "xec list-templates", 0, "\n" },
		{ "xec create-vm-with-template new-vm-pv", 0, "/vm/new\n" },
		{ "xec find-vm-by-domid 3", 0, NAIVE "\n" },
		{ "xec list-ui-templates", 0,
		  "{\n"
		  "  \"template\"                     = new-vm\n"
		  "  \"description\"                  = Windows\n"
		  "}\n"
		  "{\n"
		  "  \"template\"                     = new-vm-linux\n"
		  "}\n" },
		{ "xec -i com.citrix.xenclient.xenmgr.query list", 0,
		  FAKE_WEB "\nweb\nrunning\n12\n"
		  FAKE_ODD_NAME "\na|b\nc\nstopped\n-1\n"
		  FAKE_OTHER_RUNS "\nna\303\257ve\npaused\n3\n" },
		{ "xec -o " WEB " read-icon", 0, "137\n80\n" },
		{ "xec -o " WEB " start", 0, "" },
		{ "xec -o /odd mount /mnt 1", 1, FAILED "/mnt 1\n" },
		{ "xec -o / -i org.freedesktop.DBus.Peer Ping", 0, "" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void test_properties(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "xec -o " WEB " get name", 0, "web\n" },
		{ "xec -o " WEB " -g domid", 0, "12\n" },
		{ "xec -o " WEB " set name 'new name' && xec -o " WEB " get name", 0, "new name\n" },
		{ "xec -o " WEB " -x memory 96 && xec -o " WEB " get memory", 0, "96\n" },
		{ "xec -o " WEB " -i com.citrix.xenclient.xenmgr.vm set acpi 1 && "
		  "xec -o " WEB " -i com.citrix.xenclient.xenmgr.vm get acpi", 0, "true\n" },
		{ "xec -o " WEB " getall", 0,
		  "com.citrix.xenclient.xenmgr.vm\n"
		  "{\n"
		  "  \"acpi\"                              = true\n"
		  "  \"domid\"                             = 12\n"
		  "  \"memory\"                            = 96\n"
		  "  \"name\"                              = new name\n"
		  "  \"state\"                             = running\n"
		  "  \"uuid\"                              = " FAKE_WEB "\n"
		  "}\n" },
		{ "xec -o /odd set shared true && xec -o /odd get shared && xec -o /odd getall", 0,
		  "true\n"
		  "com.citrix.xenclient.vmdisk\n"
		  "{\n"
		  "  \"shared\"                            = true\n"
		  "}\n" },
		{ "xec -o " WEB "/disk/0 getall", 0,
		  "com.citrix.xenclient.vmdisk\n"
		  "{\n"
		  "  \"shared\"                            = true\n"
		  "}\n" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void test_errors(void)
{
	/* clang-format off */
	static const Case cases[] = {
		/* nothing of it on standard output */
		{ "xec create-vm-with-template nope 2>/dev/null", 1, "" },
		{ "xec create-vm-with-template nope", 1, FAILED "223:no template \"nope\"\n" },
		{ "xec -o " WEB " delete", 1, FAILED "204:Cannot remove running VM\n" },
		{ "xec -o " WEB " get videoram", 1, FAILED "223:IO error: videoram\n" },
		{ "xec no-such-method 2>&1 | head -n 1", 0,
		  "method no_such_method not found in any of the interfaces\n" },
		{ "xec get nothing", 1, "property nothing not found in any of the interfaces\n" },
		{ "xec -i a.b list-vms", 1, "interface a.b not found\n" },
		{ "xec -i " FAKE_XENMGR " nothing", 1,
		  "method com.citrix.xenclient.xenmgr.nothing not found\n" },
		{ "xec create-vm-with-template", 1,
		  "method create_vm_with_template expects 1 args, but 0 were given\n" },
		{ "xec find-vm-by-domid 3x", 1,
		  "error parsing argument 1: '3x' is not a number\n" },
		{ "xec -o " WEB " set memory 9999999999", 1,
		  "error parsing argument 1: '9999999999' is out of range: "
		  "int32 is -2147483648 to 2147483647\n" },
		{ "xec get", 1, "get expects 1 args, but 0 were given\n" },
		{ "xec set a", 1, "set expects 2 args, but 1 were given\n" },
		{ "xec -t 3 list-vms", 1, "-t: there is no way to another domain's bus\n" },
		{ "xec -s no.such.service list-vms >/dev/null 2>&1", 1, "" },
		{ "xec -o not/a/path list-vms >/dev/null 2>&1", 1, "" },
		{ "xec -s 'not a name' list-vms >/dev/null 2>&1", 1, "" },
		{ "xec --bogus 2>&1 | head -n 1", 0, "unknown option '--bogus'\n" },
		{ "xec --bogus >/dev/null 2>&1", 1, "" },
		{ "xec -h | head -n 1", 0,
		  "Usage: xec [OPTION...] [get PROPERTY | set PROPERTY VALUE | getall | "
		  "METHOD ARG...]\n" },
		{ "xec list-vms >/dev/full", 1, "standard output: No space left on device\n" },
		{ "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere xec list-vms >/dev/null 2>&1", 1, "" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void test_listings(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "xec --list-interfaces | grep citrix", 0,
		  "com.citrix.xenclient.xenmgr\ncom.citrix.xenclient.xenmgr.query\n" },
		{ "xec -o /odd -i com.citrix.xenclient.vmdisk --list-methods", 0,
		  "attach-phy\nattach-vhd\ndelete\ngenerate-crypto-key\n"
		  "generate-crypto-key-in\nmount\numount\n" },
		{ "xec -o /odd --list-properties", 0,
		  "backend-name\nbackend-uuid\ndevtype\nenabled\nencryption-key-set\n"
		  "managed-disktype\nmode\nphys-path\nphys-type\nshared\nsnapshot\n"
		  "utilization-bytes\nvirt-path\nvirtual-size-mb\n" },
		{ "xec -o /odd | sed -n '/vmdisk/,/^$/p' | grep -e ---- -e mount -e mode", 0,
		  "/------- com.citrix.xenclient.vmdisk\n"
		  "|     -  mode                         readwrite:s\n"
		  "|     +  mount                        ( dirpath:s, readonly:b )\n"
		  "|     +  umount                       (  )\n" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void test_table(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "xec-vm", 0,
		  " ID  | Name               | UUID                                 | State     \n"
		  "-----+--------------------+--------------------------------------+--------\n"
		  "   3 | na\303\257ve              | " FAKE_OTHER_RUNS " | paused    \n"
		  "  12 | web                | " FAKE_WEB " | running   \n"
		  "     | a?b?c              | " FAKE_ODD_NAME " | stopped   \n" },
		{ "xec-vm get state", 1,
		  "which VM? Give one of -n, -u, -d, -o before the command\n" },
		{ "xec-vm --list-disks", 1,
		  "which VM? Give one of -n, -u, -d, -o before the command\n" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void test_vm(void)
{
	/* clang-format off */
	static const Case cases[] = {
		{ "xec-vm -n web get state", 0, "running\n" },
		{ "xec-vm --name=web -g uuid", 0, FAKE_WEB "\n" },
		{ "xec-vm -u " FAKE_OTHER_RUNS " get name", 0, "na\303\257ve\n" },
		{ "xec-vm -u 00000000-0000-0000-0000-00000000000A get name", 0, "web\n" },
		{ "xec-vm -d 3 get state", 0, "paused\n" },
		{ "xec-vm -o " WEB " get name", 0, "web\n" },
		{ "xec-vm -n web set-domstore-key color blue", 0, "" },
		{ "xec-vm -n web get-domstore-key color", 0, "blue\n" },
		{ "xec-vm -n web start", 0, "" },
		{ "xec-vm -n web --list-disks", 0, WEB "/disk/0\n" WEB "/disk/1\n" },
		{ "xec-vm -n web --list-nics", 0, "\n" },
		{ "xec-vm -n web -k 0 attach-phy /dev/null", 0, "" },
		{ "xec-vm -n web -k 0 set mode r && xec-vm -n web -k 0 get mode", 0, "r\n" },
		{ "xec-vm -n web -i com.citrix.xenclient.xenmgr.vm get domid", 0, "12\n" },

		{ "xec-vm -n nobody start", 1, "vm 'nobody' not found\n" },
		{ "xec-vm -d 99 start", 1, "vm '99' not found\n" },
		{ "xec-vm -d -1 start", 1, "vm '-1' not found\n" },
		{ "xec-vm -d x start", 1, "vm 'x' not found\n" },
		{ "xec-vm -u x start", 1, "vm 'x' not found\n" },
		{ "xec-vm -u 00000000-0000-0000-0000-0000000000ff start", 1,
		  "vm '00000000-0000-0000-0000-0000000000ff' not found\n" },
		{ "xec-vm -n web -k 7 attach-phy /dev/null >/dev/null 2>&1", 1, "" },
		{ "xec-vm -n web delete", 1, FAILED "204:Cannot remove running VM\n" },
		{ "xec-vm -n web -u x start", 1, "give one of -n, -u, -d, -o\n" },
		{ "xec-vm -n web -k 0 -c 0 get mac", 1, "give one of -k, -c\n" },
	};
	/* clang-format on */

	run_cases(cases, G_N_ELEMENTS(cases));
}

static void path_add(const char *dir)
{
	g_autofree char *path =
		g_strdup_printf("%s/%s:%s", g_getenv("XENMGR_BUILD_DIR"), dir, g_getenv("PATH"));

	g_setenv("PATH", path, true);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	path_add("xenmgr/cli");
	g_test_add_func("/xec/calls", test_calls);
	g_test_add_func("/xec/properties", test_properties);
	g_test_add_func("/xec/errors-on-standard-error", test_errors);
	g_test_add_func("/xec/listings", test_listings);
	g_test_add_func("/xec-vm/table", test_table);
	g_test_add_func("/xec-vm/on-a-vm", test_vm);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/config.h"

#include "lib/error.h"
#include "xenmgr/tree.h"

#define UUID "00000000-0000-0000-0000-000000000001"

static const ConfigFacts facts = {
	.uuid = UUID,
	.domain_name = "web",
	.channel = "unix:/run/xenmgr/guest/" UUID "/bus",
	.kernel = "/boot/default",
	.initrd = "/boot/default-initrd",
};

static json_t *tree(const char *text)
{
	GError *error = NULL;
	json_t *json = tree_parse(text, "test", &error);

	g_assert_no_error(error);
	return json;
}

static bool has_line(const char *text, const char *line)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	return g_strv_contains((const char *const *)lines, line);
}

static void test_full_vm(void)
{
	static const char *const expected[] = {
		"uuid = " UUID,
		"name = web",
		"virt-type = pv",
		"memory = 64",
		"memory-max = 128",
		"vcpus = 2",
		"kernel = /boot/k",
		"cmdline = console=hvc0 root=/dev/xvda",
		"startup = shutdown",
		"quit-on-halt = true",
		"on_halt = destroy",
		"on_reboot = restart",
		"on_crash = preserve",
		"channel = unix:/run/xenmgr/guest/" UUID "/bus",
		"disk = /dev/disk/by-path/pci-0000:00:1f.2:phy:xvda:w:disk",
		"nic = id=0,network=/wired/0/bridged,mac=4e:1c:b4:98:ed:0a",
		"nic = id=2,network=br0,mac=02:00:00:00:00:01,model=e1000",
	};
	g_autoptr(json_t) vm = tree(
		"{\"config\":{\"virt-type\":\"pv\",\"memory\":\"64\",\"memory-static-"
		"max\":128,"
		"\"vcpus\":2,\"kernel\":\"/boot/k\",\"on-crash\":\"preserve\","
		"\"cmdline\":\"console=hvc0 root=/dev/xvda\",\"disk\":{"
		"\"1\":{\"path\":\"/off\",\"enable\":\"false\"},"
		"\"0\":{\"path\":\"/dev/disk/by-path/pci-0000:00:1f.2\",\"type\":\"phy\","
		"\"device\":\"xvda\",\"mode\":\"w\",\"devtype\":\"disk\"}},"
		"\"nic\":{\"2\":{\"network\":\"br0\",\"mac\":\"02:00:00:00:00:01\","
		"\"model\":\"e1000\"},\"0\":{\"id\":\"0\"}}}}");
	g_autoptr(GError) error = NULL;
	g_autofree char *text = config_text(vm, &facts, &error);

	g_assert_no_error(error);
	for (unsigned int i = 0; i < G_N_ELEMENTS(expected); i++)
		if (!has_line(text, expected[i]))
			g_error("no line \"%s\" in:\n%s", expected[i], text);
	g_assert_null(strstr(text, "initrd"));
	g_assert_null(strstr(text, "/off"));
}

static void test_default_kernel(void)
{
	g_autoptr(json_t) pv = tree("{\"config\":{\"memory\":\"64\"}}");
	g_autoptr(json_t)
		hvm = tree("{\"config\":{\"memory\":\"64\",\"virt-type\":\"hvm\"}}");

	g_assert_cmpstr(config_kernel(pv, &facts), ==, "/boot/default");
	g_assert_cmpstr(config_initrd(pv, &facts), ==, "/boot/default-initrd");
	g_assert_null(config_kernel(hvm, &facts));
	g_assert_null(config_initrd(hvm, &facts));
}

static void test_bad_values(void)
{
	static const struct {
		const char *config, *error;
	} cases[] = {
		{ "{}", "config/memory: 0 is not between 1 and 16777216" },
		{ "{\"memory\":\"-5\"}",
		  "config/memory: -5 is not between 1 and 16777216" },
		{ "{\"memory\":\"lots\"}", "config/memory: \"lots\" is no number" },
		{ "{\"memory\":64,\"vcpus\":\"0\"}",
		  "config/vcpus: 0 is not between 1 and 512" },
		{ "{\"memory\":64,\"acpi\":\"maybe\"}",
		  "config/acpi: \"maybe\" is no boolean" },
		{ "{\"memory\":64,\"on-crash\":\"explode\"}",
		  "config/on-crash: \"explode\" is none of destroy, restart, preserve" },
		{ "{\"memory\":64,\"cmdline\":\"a\\nkernel = /evil\"}",
		  "config/cmdline: has a control character in it" },
		{ "{\"memory\":64,\"kernel\":\"/k\\r\"}",
		  "config/kernel: has a control character in it" },
		{ "{\"memory\":64,\"disk\":{\"0\":{\"path\":\"/a\",\"device\":\"x:y\"}}}",
		  "config/disk/0: \"x:y\" is no type, device or mode of a disk" },
		{ "{\"memory\":64,\"disk\":{\"0\":{\"path\":\"/a\"}}}",
		  "config/disk/0: \"\" is no type, device or mode of a disk" },
		{ "{\"memory\":64,\"nic\":{\"1\":{\"mac\":\"zz\"}}}",
		  "config/nic/1: \"zz\" is no MAC address" },
		{ "{\"memory\":64,\"nic\":{\"1\":{\"network\":\"a,script=/x\"}}}",
		  "config/nic/1: \"a,script=/x\" is no network" },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *whole = g_strdup_printf("{\"config\":%s}",
							 cases[i].config);
		g_autoptr(json_t) vm = tree(whole);
		g_autoptr(GError) error = NULL;

		g_assert_null(config_text(vm, &facts, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_cmpstr(error->message, ==, cases[i].error);
	}
}

static void test_name_makes_no_line(void)
{
	ConfigFacts odd = facts;
	g_autoptr(json_t) vm = tree("{\"config\":{\"memory\":64}}");
	g_autoptr(GError) error = NULL;

	odd.domain_name = "a\nkernel = /evil";
	g_assert_null(config_text(vm, &odd, &error));
	g_assert_cmpstr(error->message, ==, "name: has a control character in it");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenmgr/config/full-vm", test_full_vm);
	g_test_add_func("/xenmgr/config/default-kernel", test_default_kernel);
	g_test_add_func("/xenmgr/config/bad-values", test_bad_values);
	g_test_add_func("/xenmgr/config/name-makes-no-line", test_name_makes_no_line);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-config.h"

#include "idl/xenmgr_vm_types.h"
#include "lib/error.h"
#include "xenmgr/tree.h"

#define UUID "00000000-0000-0000-0000-000000000001"

static const VmConfigFacts facts = {
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
		"disk = /dev/vg/web:phy:xvda:w:disk",
		"nic = id=0,network=/wired/0/bridged,mac=4e:1c:b4:98:ed:0a",
		"nic = id=2,network=br0,mac=02:00:00:00:00:01,model=e1000",
	};
	g_autoptr(json_t) vm = tree(
		"{\"config\":{\"virt-type\":\"pv\",\"memory\":\"64\",\"memory-static-"
		"max\":128,"
		"\"vcpus\":2,\"kernel\":\"/boot/k\",\"on-crash\":\"preserve\","
		"\"cmdline\":\"console=hvc0 root=/dev/xvda\",\"disk\":{"
		"\"1\":{\"path\":\"/off\",\"enable\":\"false\"},"
		"\"0\":{\"path\":\"/dev/vg/web\",\"type\":\"phy\","
		"\"device\":\"xvda\",\"mode\":\"w\",\"devtype\":\"disk\"}},"
		"\"nic\":{\"2\":{\"network\":\"br0\",\"mac\":\"02:00:00:00:00:01\","
		"\"model\":\"e1000\"},\"0\":{\"id\":\"0\"}}}}");
	g_autoptr(GError) error = NULL;
	g_autofree char *text = vm_config_text(vm, &facts, &error);

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

	g_assert_cmpstr(vm_config_kernel(pv, &facts), ==, "/boot/default");
	g_assert_cmpstr(vm_config_initrd(pv, &facts), ==, "/boot/default-initrd");
	g_assert_null(vm_config_kernel(hvm, &facts));
	g_assert_null(vm_config_initrd(hvm, &facts));
}

static void test_bad_values(void)
{
	static const struct {
		const char *config, *error;
	} cases[] = {
		{ "{}", "config/memory: 0 is not between 1 and 16777215" },
		{ "{\"memory\":\"-5\"}",
		  "config/memory: -5 is not between 1 and 16777215" },
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
		{ "{\"memory\":64,\"disk\":{\"0\":{\"path\":\"/"
		  "a:b\",\"device\":\"hda\"}}}",
		  "config/disk/0: \"/a:b\" has a colon in it: a link without one would "
		  "be "
		  "right" },
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

		g_assert_null(vm_config_text(vm, &facts, &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_cmpstr(error->message, ==, cases[i].error);
	}
}

static void test_name_makes_no_line(void)
{
	VmConfigFacts odd = facts;
	g_autoptr(json_t) vm = tree("{\"config\":{\"memory\":64}}");
	g_autoptr(GError) error = NULL;

	odd.domain_name = "a\nkernel = /evil";
	g_assert_null(vm_config_text(vm, &odd, &error));
	g_assert_cmpstr(error->message, ==, "name: has a control character in it");
}

static bool is_web(const char *name, void *data)
{
	return g_str_equal(name, "web");
}

static void test_domain_name(void)
{
	static const struct {
		const char *name, *domain;
	} cases[] = {
		{ "db", "db" }, { "web", "web~00000000" }, { "", UUID },
		{ NULL, UUID }, { "7", "7~00000000" },     { "a/b\nc", "a_b_c" },
	};
	g_autofree char *many = g_strnfill(1000, 'x');
	g_autofree char *cut = vm_config_domain_name(many, UUID, is_web, NULL);

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = vm_config_domain_name(cases[i].name, UUID, is_web,
							     NULL);

		g_assert_cmpstr(got, ==, cases[i].domain);
	}
	g_assert_cmpuint(strlen(cut), <, 256);
}

static void test_lists_and_display(void)
{
	static const char *const expected[] = { "cpuid = 1:ecx=0", "cpuid = 2:eax=1",
						"extra-hvm = usb", "extra-hvm = m=1",
						"display = none",  "guest-key = booted" };
	g_autoptr(json_t) vm = tree(
		"{\"cpuid\":\"1:ecx=0;2:eax=1\",\"boot-sentinel\":\"booted\",\"config\":{"
		"\"memory\":64,\"display\":\"nogfx\",\"extra-hvm\":{\"0\":\"usb\","
		"\"1\":\"m=1\"}}}");
	g_autofree char *text = vm_config_text(vm, &facts, NULL);

	for (unsigned int i = 0; i < G_N_ELEMENTS(expected); i++)
		if (!has_line(text, expected[i]))
			g_error("no line \"%s\" in:\n%s", expected[i], text);
}

/* What a property can be set to does not keep the VM from being started. */
static void test_ranges_of_properties(void)
{
	const RpcInterface *iface = &xenmgr_vm_unrestricted_rpc_interface;
	unsigned int n = 0;

	for (unsigned int i = 0; i < iface->n_properties; i++) {
		const RpcProperty *property = &iface->properties[i];
		g_autoptr(json_t) vm = tree("{\"config\":{\"memory\":64}}");
		g_autofree char *most = g_strdup_printf("%" G_GINT64_FORMAT,
							(gint64)property->max);
		g_autofree char *text = NULL;
		GError *error = NULL;

		if (!property->key || !property->max)
			continue;
		tree_set(vm, property->key, most);
		text = vm_config_text(vm, &facts, &error);
		g_assert_no_error(error);
		n++;
	}
	g_assert_cmpuint(n, >, 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenmgr/config/full-vm", test_full_vm);
	g_test_add_func("/xenmgr/config/default-kernel", test_default_kernel);
	g_test_add_func("/xenmgr/config/bad-values", test_bad_values);
	g_test_add_func("/xenmgr/config/name-makes-no-line", test_name_makes_no_line);
	g_test_add_func("/xenmgr/config/domain-name", test_domain_name);
	g_test_add_func("/xenmgr/config/lists-and-display", test_lists_and_display);
	g_test_add_func("/xenmgr/config/ranges-of-properties", test_ranges_of_properties);
	return g_test_run();
}

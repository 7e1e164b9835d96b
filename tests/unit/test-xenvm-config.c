/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/config.h"

#include <string.h>

#define HEAD "uuid = 00000000-0000-0000-0000-000000000001\nmemory = 64\nkernel = /k\n"

static char *joined(GPtrArray *lines)
{
	GString *all = g_string_new(NULL);

	for (guint i = 0; i < lines->len; i++)
		g_string_append_printf(all, "%s\n", (const char *)lines->pdata[i]);
	return g_string_free(all, FALSE);
}

/* NULL if it is wrong; *@ret_said is all errors, then all notes. */
static Config *parse(const char *text, char **ret_said)
{
	g_autofree char *errors = NULL, *notes = NULL;
	ConfigMessages messages;
	Config *config;

	config_messages_init(&messages);
	config = config_parse(text, strlen(text), "f", &messages);
	errors = joined(messages.errors);
	notes = joined(messages.notes);
	*ret_said = g_strconcat(errors, notes, NULL);
	config_messages_fini(&messages);
	return config;
}

static void test_documented_examples(void)
{
	g_autofree char *said = NULL, *said_hvm = NULL;
	g_autoptr(Config) pv = parse("uuid = 00000000-0000-0000-0000-000000000001\n"
				     "hvm = false\n"
				     "kernel = /boot/vmlinuz-2.6.18-xenU\n"
				     "cmdline = root=/dev/sda1 ro\n"
				     "memory = 64\n"
				     "disk = /dev/vg/test:phy:sda:w:disk\n"
				     "vif = \n",
				     &said);
	g_autoptr(Config) hvm = parse("uuid = 00000000-0000-0000-0000-000000000002\n"
				      "hvm = true\n"
				      "memory = 256\n"
				      "disk = /dev/vg/testhvm:phy:hda:w:disk\n"
				      "disk = /iso/w2k3.iso:file:hdd:r:cdrom\n"
				      "boot = dc\n"
				      "pae = true\n"
				      "acpi = true\n"
				      "apic = true\n",
				      &said_hvm);
	const ConfigDisk *disk;
	const ConfigNic *nic;

	g_assert_cmpstr(said, ==, "");
	g_assert_cmpint(pv->virt, ==, CONFIG_VIRT_PV);
	g_assert_cmpstr(pv->name, ==, "00000000-0000-0000-0000-000000000001");
	g_assert_cmpstr(pv->cmdline, ==, "root=/dev/sda1 ro");
	g_assert_cmpuint(pv->memory_max, ==, 64);
	disk = pv->disks->pdata[0];
	g_assert_cmpstr(disk->path, ==, "/dev/vg/test");
	g_assert_true(disk->writable);
	nic = pv->nics->pdata[0];
	g_assert_cmpuint(nic->id, ==, 0);
	g_assert_cmpuint(nic->mac[0] & 3, ==, 2);
	g_assert_cmpint(pv->on_reboot, ==, CONFIG_ACTION_RESTART);

	g_assert_cmpstr(said_hvm, ==, "");
	g_assert_cmpint(hvm->virt, ==, CONFIG_VIRT_HVM);
	g_assert_cmpint(hvm->pae, ==, CONFIG_TRUE);
	g_assert_cmpint(hvm->hap, ==, CONFIG_DEFAULT);
	disk = hvm->disks->pdata[1];
	g_assert_true(disk->cdrom);
	g_assert_cmpint(disk->type, ==, CONFIG_DISK_FILE);
}

static void test_values(void)
{
	g_autofree char *said = NULL;
	g_autoptr(Config) config = parse(
		"# a comment\n\n"
		"  UUID=00000000-0000-0000-0000-00000000000A\r\n"
		"name = two words\n"
		"virt-type = pvh\n"
		"memory = 16777215\n"
		"vcpus = 128\n"
		"kernel = /k\n"
		"cmdline = a=b # not a comment\n"
		"on_restart = preserve\n"
		"on-crash = reboot\n"
		"startup = started\n"
		"channel = unix:/run/c\n"
		"quit_on_halt = yes\n"
		"guest-key = boot-sentinel\n"
		"guest-key = acpi-state = s0\n"
		"cpuid = 1+0:ecx=xx0x\n"
		"extra-hvm = device=vga\n"
		"extra-hvm = nographic\n"
		"disk = /d:vhd:xvda:r:disk:none:cipher=aes:backend-domid=3\n"
		"disk = ::hdc:r:cdrom\n"
		"nic = id=1,network=br1,mac=00:16:3e:00:00:01,model=e1000\n"
		"nic = network=/wired/0/bridged,bridge=br2\n"
		"stubdom = x\n"
		"time-offset = -3600",
		&said);
	const ConfigGuestKey *key;
	const ConfigDisk *disk;
	const ConfigNic *nic;

	/* An empty drive needs no type, but a word there is checked. */
	g_assert_null(config);
	g_assert_cmpstr(
		said, ==,
		"f:21: disk: \"\" is no type of a disk: phy, file, aio, vhd, qcow or "
		"qcow2 would be\n"
		"f:24: stubdom: has no effect here, ignoring it\n");
	g_free(said);

	config = parse(HEAD "virt-type = pvh\n"
			    "on_restart = preserve\n"
			    "on-crash = reboot\n"
			    "channel = unix:/run/c\n"
			    "quit_on_halt = yes\n"
			    "cmdline = a=b # not a comment\n"
			    "guest-key = boot-sentinel\n"
			    "guest-key = acpi-state = s0\n"
			    "extra-hvm = device=vga\n"
			    "cpuid = 1+0:ecx=xx0x\n"
			    "disk = /d:vhd:xvda:r:disk:none:cipher=aes:backend-domid=3\n"
			    "disk = :file:hdc:r:cdrom\n"
			    "nic = id=1,network=br1,mac=00:16:3e:00:00:01,model=e1000\n"
			    "nic = network=/wired/0/bridged,bridge=br2\n"
			    "time-offset = -3600",
		       &said);
	g_assert_cmpstr(said, ==, "");
	g_assert_cmpint(config->on_reboot, ==, CONFIG_ACTION_PRESERVE);
	g_assert_cmpint(config->on_crash, ==, CONFIG_ACTION_RESTART);
	g_assert_cmpstr(config->channel, ==, "/run/c");
	g_assert_cmpstr(config->cmdline, ==, "a=b # not a comment");
	g_assert_true(config->quit_on_halt);
	key = config->guest_keys->pdata[1];
	g_assert_cmpstr(key->name, ==, "acpi-state");
	g_assert_cmpstr(key->value, ==, "s0");
	g_assert_cmpstr(config->extra_hvm->pdata[0], ==, "-device");
	g_assert_cmpstr(config->extra_hvm->pdata[1], ==, "vga");
	g_assert_cmpstr(config->cpuid->pdata[0], ==, "1,0:ecx=xx0x");
	disk = config->disks->pdata[0];
	g_assert_cmpuint(disk->backend_domid, ==, 3);
	g_assert_false(disk->writable);
	nic = config->nics->pdata[0];
	g_assert_cmpstr(nic->bridge, ==, "br1");
	g_assert_cmpuint(nic->mac[5], ==, 1);
	nic = config->nics->pdata[1];
	g_assert_cmpuint(nic->id, ==, 0);
	g_assert_cmpstr(nic->bridge, ==, "br2");
	g_assert_cmpint(config->time_offset, ==, -3600);
}

static void test_errors(void)
{
	/* clang-format off */
	static const struct { const char *text, *said; } rows[] = {
		{ "", "f: memory: missing: memory = MIB would be right\n"
		      "f: kernel: missing: a PV or PVH guest needs one\n" },
		{ "memory = -5\nkernel = k\n",
		  "f:1: memory: \"-5\" is not right: a number from 1 to 16777215 MiB would be\n"
		  "f:2: kernel: \"k\" is not an absolute path\n"
		  "f: kernel: missing: a PV or PVH guest needs one\n" },
		{ HEAD "memory = 65\n", "f:4: memory: given before, on line 2\n" },
		{ HEAD "on_reboot = destroy\non-restart = destroy\n",
		  "f:5: on-restart: given before, on line 4\n" },
		{ HEAD "color = blue\n", "f:4: color: unknown key\n" },
		{ HEAD "just words\n", "f:4: not a setting: key = value would be right\n" },
		{ HEAD "= 5\n", "f:4: not a setting: key = value would be right\n" },
		{ HEAD "name = a/b\n",
		  "f:4: name: \"a/b\" is not a name: at most 255 bytes without \"/\" would be\n" },
		{ HEAD "name = a\x01z\n", "f:4: a control character\n" },
		{ HEAD "name = \xff\n", "f:4: not UTF-8\n" },
		{ HEAD "hvm = maybe\n", "f:4: hvm: \"maybe\" is neither true nor false\n" },
		{ HEAD "hvm = true\nvirt-type = pv\n",
		  "f: hvm: given beside virt-type: one of them would be right\n" },
		{ HEAD "virt-type = kvm\n",
		  "f:4: virt-type: \"kvm\" is not right: pv, pvh or hvm would be\n" },
		{ HEAD "vcpus = 129\nvirt-type = pvh\n",
		  "f: vcpus: more than 128, which is the most that is not PV\n" },
		{ HEAD "memory-max = 32\n", "f: memory-max: less than memory\n" },
		{ HEAD "on_crash = panic\n",
		  "f:4: on_crash: \"panic\" is not right: destroy, restart, preserve or reboot would be\n" },
		{ HEAD "channel = tcp:1\n",
		  "f:4: channel: \"tcp:1\" is not right: unix:PATH, absolute and at most 107 bytes long, would be\n" },
		{ HEAD "disk = a:phy:xvda:w\n",
		  "f:4: disk: 4 fields: path:type:device:mode:kind, as /dev/vg/web:phy:xvda:w:disk, would be right\n" },
		{ HEAD "disk = /a:phy:xvda:x:disk\n",
		  "f:4: disk: \"x\" is no mode of a disk: r or w would be\n" },
		{ HEAD "disk = /a:phy:xvda:w:tape\n",
		  "f:4: disk: \"tape\" is no kind of device: disk or cdrom would be\n" },
		{ HEAD "disk = /a:phy:xv/da:w:disk\n",
		  "f:4: disk: \"xv/da\" is no name of a disk in the guest: xvda, hda or sda would be\n" },
		{ HEAD "disk = :phy:xvda:w:disk\n", "f:4: disk: no path: only a cdrom may be empty\n" },
		{ HEAD "disk = /a:phy:xvda:w:disk:x:colour=red\n",
		  "f:4: disk: \"colour\" is no option of a disk: backend-domid and script would be\n" },
		{ HEAD "disk = /a:phy:xvda:w:disk\ndisk = /b:phy:xvda:w:disk\n",
		  "f:5: disk: xvda is given to two disks\n" },
		{ HEAD "nic = mac=1:2:3\n",
		  "f:4: nic: \"1:2:3\" is no hardware address: 00:16:3e:01:02:03 would be\n" },
		{ HEAD "nic = mac=01:16:3e:01:02:03\n",
		  "f:4: nic: 01:16:3e:01:02:03 is an address of many (its first byte is odd)\n" },
		{ HEAD "nic = id=32\n", "f:4: nic: \"32\" is not right: a number from 0 to 31 would be\n" },
		{ HEAD "nic = id=1\nvif = id=1\n", "f: nic: id 1 is given to two nics\n" },
		{ HEAD "nic = speed=9\n",
		  "f:4: nic: \"speed\" is no option of a nic: id, bridge, network, mac, model, backend-domid "
		  "and script, each with =VALUE, would be\n" },
		{ HEAD "guest-key = /abs\n",
		  "f:4: guest-key: \"/abs\" is no node below the guest's home: NAME or NAME=VALUE would be\n" },
		{ HEAD "display = vga\n", "f:4: display: \"vga\" is no display: none, vnc or sdl would be\n" },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *said = NULL;

		g_assert_null(parse(rows[i].text, &said));
		g_assert_cmpstr(said, ==, rows[i].said);
	}
}

static void test_bounds(void)
{
	g_autofree char *long_value = g_strnfill(CONFIG_LINE_MAX, 'x');
	g_autofree char *long_line = g_strdup_printf(HEAD "cmdline = %s\n", long_value);
	g_autoptr(GString) many = g_string_new(HEAD), nics = g_string_new(HEAD);
	g_autofree char *said = NULL;
	g_auto(GStrv) lines = NULL;

	g_assert_null(parse(long_line, &said));
	g_assert_cmpstr(said, ==, "f:4: a line of more than 4096 bytes\n");

	for (unsigned int i = 0; i < 1000; i++)
		g_string_append(many, "wrong = 1\n");
	g_free(said);
	g_assert_null(parse(many->str, &said));
	lines = g_strsplit(said, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, CONFIG_MESSAGES_MAX + 2);
	g_assert_cmpstr(lines[CONFIG_MESSAGES_MAX], ==, "f: there is more, not shown");

	for (unsigned int i = 0; i <= CONFIG_NICS_MAX; i++)
		g_string_append(nics, "nic =\n");
	g_free(said);
	g_assert_null(parse(nics->str, &said));
	g_assert_cmpstr(said, ==, "f:36: nic: more than 32 nics\n");
}

/* The address of a nic must stay as it was: guests remember it. */
static void test_mac_is_stable(void)
{
	static const uint8_t mac[] = { 0xae, 0x8c, 0xe3, 0xb2, 0x69, 0x1f };
	g_autofree char *said = NULL;
	g_autoptr(Config) config = parse(HEAD "nic = id=3\n", &said);
	const ConfigNic *nic = config->nics->pdata[0];

	g_assert_cmpmem(nic->mac, sizeof(nic->mac), mac, sizeof(mac));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenvm/config/documented-examples", test_documented_examples);
	g_test_add_func("/xenvm/config/values", test_values);
	g_test_add_func("/xenvm/config/errors-name-line-and-key", test_errors);
	g_test_add_func("/xenvm/config/bounds", test_bounds);
	g_test_add_func("/xenvm/config/mac-is-stable", test_mac_is_stable);
	return g_test_run();
}

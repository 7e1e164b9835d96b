/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/config-parse.h"

#include <stddef.h>
#include <string.h>

#define FIELD(type) (*(type *)((char *)config + key->offset))

bool config_wrong(char **wrong, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*wrong = g_strdup_vprintf(format, args);
	va_end(args);
	return false;
}

/* ---- values ---- */

bool config_read_bool(const char *text, bool *ret_value, char **wrong)
{
	static const char *const words[] = { "false", "true", "no", "yes",
					     "n",     "y",    "0",  "1" };

	for (unsigned int i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!g_ascii_strcasecmp(text, words[i])) {
			*ret_value = i & 1;
			return true;
		}
	}
	return config_wrong(wrong, "\"%s\" is neither true nor false", text);
}

bool config_read_number(const char *text, uint64_t min, uint64_t max, const char *unit,
			unsigned int *ret_value, char **wrong)
{
	uint64_t value;

	if (!g_ascii_string_to_unsigned(text, 10, min, max, &value, NULL))
		return config_wrong(
			wrong,
			"\"%s\" is not right: a number from %" G_GUINT64_FORMAT
			" to %" G_GUINT64_FORMAT "%s%s would be",
			text, min, max, *unit ? " " : "", unit);
	*ret_value = value;
	return true;
}

static bool set_number(Config *config, const ConfigKey *key, const char *value,
		       char **wrong)
{
	return config_read_number(value, key->min, key->max, key->unit ? key->unit : "",
				  &FIELD(unsigned int), wrong);
}

static bool set_bool(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	return config_read_bool(value, &FIELD(bool), wrong);
}

static bool set_maybe(Config *config, const ConfigKey *key, const char *value,
		      char **wrong)
{
	bool yes = false;

	if (!config_read_bool(value, &yes, wrong))
		return false;
	FIELD(ConfigBool) = yes ? CONFIG_TRUE : CONFIG_FALSE;
	return true;
}

static bool set_text(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	g_free(FIELD(char *));
	FIELD(char *) = *value ? g_strdup(value) : NULL;
	return true;
}

static bool set_path(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	if (*value && *value != '/')
		return config_wrong(wrong, "\"%s\" is not an absolute path", value);
	return set_text(config, key, value, wrong);
}

/* ---- values with words of their own ---- */

typedef struct {
	const char *word;
	int value;
} Word;

static bool read_word(const Word *words, size_t n, const char *text, int *ret_value,
		      char **wrong)
{
	g_autoptr(GString) right = g_string_new(NULL);

	for (size_t i = 0; i < n; i++) {
		if (g_str_equal(text, words[i].word)) {
			*ret_value = words[i].value;
			return true;
		}
		g_string_append_printf(right, "%s%s",
				       i == 0       ? ""
				       : i + 1 == n ? " or "
						    : ", ",
				       words[i].word);
	}
	return config_wrong(wrong, "\"%s\" is not right: %s would be", text, right->str);
}

static bool set_virt(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	static const Word words[] = { { "pv", CONFIG_VIRT_PV },
				      { "pvh", CONFIG_VIRT_PVH },
				      { "hvm", CONFIG_VIRT_HVM } };
	int virt = 0;

	if (!read_word(words, G_N_ELEMENTS(words), value, &virt, wrong))
		return false;
	config->virt = virt;
	return true;
}

static bool set_hvm(Config *config, const ConfigKey *key, const char *value, char **wrong)
{
	bool hvm = false;

	if (!config_read_bool(value, &hvm, wrong))
		return false;
	config->virt = hvm ? CONFIG_VIRT_HVM : CONFIG_VIRT_PV;
	return true;
}

static bool set_action(Config *config, const ConfigKey *key, const char *value,
		       char **wrong)
{
	static const Word words[] = { { "destroy", CONFIG_ACTION_DESTROY },
				      { "restart", CONFIG_ACTION_RESTART },
				      { "preserve", CONFIG_ACTION_PRESERVE },
				      { "reboot", CONFIG_ACTION_RESTART } };
	int action = 0;

	if (!read_word(words, G_N_ELEMENTS(words), value, &action, wrong))
		return false;
	FIELD(ConfigAction) = action;
	return true;
}

static bool set_startup(Config *config, const ConfigKey *key, const char *value,
			char **wrong)
{
	static const Word words[] = { { "started", CONFIG_STARTUP_STARTED },
				      { "start", CONFIG_STARTUP_STARTED },
				      { "paused", CONFIG_STARTUP_PAUSED },
				      { "shutdown", CONFIG_STARTUP_SHUTDOWN },
				      { "poweroff", CONFIG_STARTUP_SHUTDOWN } };
	int startup = 0;

	if (!read_word(words, G_N_ELEMENTS(words), value, &startup, wrong))
		return false;
	config->startup = startup;
	return true;
}

static bool set_uuid(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	g_autofree char *uuid = uuid_normalize(value);

	if (!uuid)
		return config_wrong(
			wrong,
			"\"%s\" is not a uuid: 32 hexadecimal digits with dashes, "
			"as 00000000-0000-0000-0000-000000000001, would be",
			value);
	g_strlcpy(config->uuid, uuid, sizeof(config->uuid));
	return true;
}

/* What xl, too, can address: no number and no slash, for it goes into paths. */
static bool set_name(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	if (strlen(value) > 255 || strchr(value, '/'))
		return config_wrong(wrong,
				    "\"%.64s\" is not a name: at most 255 bytes without "
				    "\"/\" would be",
				    value);
	return set_text(config, key, value, wrong);
}

static bool set_channel(Config *config, const ConfigKey *key, const char *value,
			char **wrong)
{
	static const ConfigKey path = { "channel", .offset = offsetof(Config, channel) };
	const char *at = value + strlen("unix:");

	if (!*value || g_str_equal(value, "none"))
		return true;
	if (!g_str_has_prefix(value, "unix:") || *at != '/' || strlen(at) > 107)
		return config_wrong(
			wrong,
			"\"%s\" is not right: unix:PATH, absolute and at most "
			"107 bytes long, would be",
			value);
	return set_text(config, &path, at, wrong);
}

static bool set_time_offset(Config *config, const ConfigKey *key, const char *value,
			    char **wrong)
{
	gint64 offset;

	if (!g_ascii_string_to_signed(value, 10, G_MININT32, G_MAXINT32, &offset, NULL))
		return config_wrong(wrong, "\"%s\" is no offset in seconds", value);
	config->time_offset = offset;
	return true;
}

/* none | vnc[:key=value,...] | sdl */
static bool set_display(Config *config, const ConfigKey *key, const char *value,
			char **wrong)
{
	g_auto(GStrv) parts = g_strsplit(value, ":", 2);
	g_auto(GStrv) options = g_strsplit(parts[0] && parts[1] ? parts[1] : "", ",", 16);

	config->vnc = parts[0] && g_str_equal(parts[0], "vnc");
	config->sdl = parts[0] && g_str_equal(parts[0], "sdl");
	if (!config->vnc && !config->sdl && *value && !g_str_equal(parts[0], "none"))
		return config_wrong(
			wrong, "\"%s\" is no display: none, vnc or sdl would be", value);
	if (!config->vnc)
		return true;
	for (char **option = options; *option; option++) {
		if (g_str_equal(*option, "use-port-unused")) {
			config->vnc_port_unused = true;
		} else if (g_str_has_prefix(*option, "port=")) {
			if (!config_read_number(*option + 5, 5900, 65535, "",
						&config->vnc_port, wrong))
				return false;
		} else if (g_str_has_prefix(*option, "keymap=")) {
			g_free(config->keymap);
			config->keymap = g_strdup(*option + 7);
		} else {
			return config_wrong(wrong,
					    "\"%s\" is no option of vnc: "
					    "use-port-unused, port=N and keymap=K would "
					    "be",
					    *option);
		}
	}
	return true;
}

/* ---- lists ---- */

static bool add_disk(Config *config, const ConfigKey *key, const char *value,
		     char **wrong)
{
	ConfigDisk *disk;

	if (!config_read_disk(value, &disk, wrong))
		return false;
	for (guint i = 0; i < config->disks->len; i++) {
		const ConfigDisk *other = config->disks->pdata[i];

		if (g_str_equal(other->vdev, disk->vdev)) {
			config_wrong(wrong, "%s is given to two disks", disk->vdev);
			config_disk_free(disk);
			return false;
		}
	}
	g_ptr_array_add(config->disks, disk);
	return true;
}

static bool add_nic(Config *config, const ConfigKey *key, const char *value, char **wrong)
{
	ConfigNic *nic;

	if (config->nics->len >= CONFIG_NICS_MAX)
		return config_wrong(wrong, "more than %d nics", CONFIG_NICS_MAX);
	if (!config_read_nic(value, &nic, wrong))
		return false;
	g_ptr_array_add(config->nics, nic);
	return true;
}

/* k[=v] is "-k v" on the device model's command line. */
static bool add_extra_hvm(Config *config, const ConfigKey *key, const char *value,
			  char **wrong)
{
	const char *equals = strchr(value, '=');
	int len = equals ? equals - value : (int)strlen(value);

	if (len == 0)
		return config_wrong(wrong, "no name: k or k=v would be right");
	g_ptr_array_add(config->extra_hvm, g_strdup_printf("-%.*s", len, value));
	if (equals)
		g_ptr_array_add(config->extra_hvm, g_strdup(equals + 1));
	return true;
}

/* leaf[+sub]:reg=bits,... : libxl has a comma where this has a plus. */
static bool add_cpuid(Config *config, const ConfigKey *key, const char *value,
		      char **wrong)
{
	char *text = g_strdelimit(g_strdup(value), "+", ',');

	for (const char *p = text; *p; p++) {
		if (!g_ascii_isalnum(*p) && !strchr(",:=", *p)) {
			g_free(text);
			return config_wrong(wrong,
					    "\"%s\" is not right: LEAF:REG=BITS, as "
					    "1:ecx=xx0x, would be",
					    value);
		}
	}
	g_ptr_array_add(config->cpuid, text);
	return true;
}

static bool add_guest_key(Config *config, const ConfigKey *key, const char *value,
			  char **wrong)
{
	g_auto(GStrv) parts = g_strsplit(value, "=", 2);
	const char *name = parts[0] ? g_strstrip(parts[0]) : "";
	bool ok = *name && strlen(name) <= 256 && !strstr(name, "//");
	ConfigGuestKey *guest_key;

	if (!*value)
		return true;
	for (const char *p = name; *p; p++)
		ok = ok && (g_ascii_isalnum(*p) || strchr("-_/@", *p));
	if (!ok || *name == '/' || g_str_has_suffix(name, "/"))
		return config_wrong(wrong,
				    "\"%s\" is no node below the guest's home: NAME or "
				    "NAME=VALUE would be",
				    value);
	guest_key = g_new0(ConfigGuestKey, 1);
	guest_key->name = g_strdup(name);
	guest_key->value = g_strdup(parts[1] ? g_strstrip(parts[1]) : "");
	g_ptr_array_add(config->guest_keys, guest_key);
	return true;
}

/* ---- the keys ---- */

#define AT(field) .offset = offsetof(Config, field)

/* clang-format off */
static const ConfigKey config_keys[] = {
	{ "acpi",	  set_maybe,	AT(acpi) },
	{ "apic",	  set_maybe,	AT(apic) },
	{ "boot",	  set_text,	AT(boot) },
	{ "channel",	  set_channel },
	{ "cmdline",	  set_text,	AT(cmdline) },
	{ "debug",	  set_bool,	AT(debug) },
	{ "display",	  set_display },
	{ "hap",	  set_maybe,	AT(hap) },
	{ "hpet",	  set_maybe,	AT(hpet) },
	{ "hvm",	  set_hvm },
	{ "initrd",	  set_path,	AT(initrd) },
	{ "kernel",	  set_path,	AT(kernel) },
	{ "memory",	  set_number,	AT(memory),	1, CONFIG_MEMORY_MAX, "MiB" },
	{ "memory-max",	  set_number,	AT(memory_max),	1, CONFIG_MEMORY_MAX, "MiB" },
	{ "name",	  set_name,	AT(name) },
	{ "nested",	  set_maybe,	AT(nested) },
	{ "nx",		  set_maybe,	AT(nx) },
	{ "on-crash",	  set_action,	AT(on_crash) },
	{ "on-halt",	  set_action,	AT(on_halt) },
	{ "on-reboot",	  set_action,	AT(on_reboot) },
	{ "pae",	  set_maybe,	AT(pae) },
	{ "qemu-dm-path", set_path,	AT(device_model) },
	{ "quit-on-halt", set_bool,	AT(quit_on_halt) },
	{ "serial",	  set_text,	AT(serial) },
	{ "startup",	  set_startup },
	{ "time-offset",  set_time_offset },
	{ "usb",	  set_maybe,	AT(usb) },
	{ "uuid",	  set_uuid },
	{ "vcpus",	  set_number,	AT(vcpus),	1, 512, "" },
	{ "videoram",	  set_number,	AT(videoram),	0, 2048, "MiB" },
	{ "viridian",	  set_maybe,	AT(viridian) },
	{ "virt-type",	  set_virt },
};

/* Those that may stand more than once. */
static const ConfigKey config_lists[] = {
	{ "cpuid",	add_cpuid },
	{ "disk",	add_disk },
	{ "extra-hvm",	add_extra_hvm },
	{ "guest-key",	add_guest_key },
	{ "nic",	add_nic },
};

static const struct { const char *other, *name; } config_aliases[] = {
	{ "on-restart",	"on-reboot" },
	{ "timeoffset",	"time-offset" },
	{ "type",	"virt-type" },
	{ "vif",	"nic" },
};

/* Keys of OpenXT's monitor that name what stock Xen, or this monitor, does not have. */
static const char *const config_ignored[] = {
	"acpi-pt", "cdrom-pt", "cores-per-socket", "cpus-affinity", "disable-migrate",
	"diskinfo-pt", "extra-local-watch", "extra-maxmem", "extra-vm-watch", "flask-label",
	"inject-sci", "no-mem-check", "notify", "oem-features", "output",
	"passthrough-io", "passthrough-mmio", "pci", "pci-msitranslate",
	"pci-power-management", "pci-script", "platform", "power-management", "qemu-dm-timeout",
	"qemu-pv", "smbios-oem-type-pt", "smbios-oem-types-pt", "smbios-pt", "sound", "stubdom",
	"stubdom-cmdline", "stubdom-initrd", "stubdom-kernel", "stubdom-memory", "timer-mode",
	"v4v", "vfb", "vkbd", "vpt-align", "vsnd", "vtpm-backend", "vtpm-instance",
	"xci-cpuid-signature", "xci-service",
};
/* clang-format on */

static const ConfigKey *find_in(const ConfigKey *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (g_str_equal(keys[i].name, name))
			return &keys[i];
	return NULL;
}

const ConfigKey *config_find_key(const char *name, bool *ret_is_list)
{
	const ConfigKey *key;

	for (size_t i = 0; i < G_N_ELEMENTS(config_aliases); i++)
		if (g_str_equal(name, config_aliases[i].other))
			name = config_aliases[i].name;

	key = find_in(config_keys, G_N_ELEMENTS(config_keys), name);
	*ret_is_list = !key;
	return key ? key : find_in(config_lists, G_N_ELEMENTS(config_lists), name);
}

bool config_key_is_ignored(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(config_ignored); i++)
		if (g_str_equal(config_ignored[i], name))
			return true;
	return false;
}

void config_free_texts(Config *config)
{
	for (size_t i = 0; i < G_N_ELEMENTS(config_keys); i++) {
		const ConfigKey *key = &config_keys[i];

		if (key->set == set_text || key->set == set_path || key->set == set_name)
			g_free(FIELD(char *));
	}
}

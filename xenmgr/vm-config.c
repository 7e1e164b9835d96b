/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-config.h"

#include <string.h>

#include "lib/error.h"
#include "xenmgr/mac.h"
#include "xenmgr/tree.h"

/* ---- lines of the configuration that are one key each ---- */

typedef enum { TEXT, FLAG, NUMBER, DEATH, DISPLAY } Kind;

/* clang-format off */
static const struct {
	const char *line;
	const char *key;
	Kind kind;
	const char *fallback; /* NULL: no line where the key is missing */
	int64_t min, max;     /* of a number */
} lines[] = {
	{ "virt-type",	  "config/virt-type",	       TEXT,   "pv" },
	{ "memory",	  "config/memory",	       NUMBER, "0", 1, 16777215 },
	{ "memory-max",	  "config/memory-static-max",  NUMBER, NULL, 1, 16777215 },
	{ "vcpus",	  "config/vcpus",	       NUMBER, "1", 1, 512 },
	{ "cmdline",	  "config/cmdline",	       TEXT },
	{ "boot",	  "config/boot",	       TEXT },
	{ "serial",	  "config/serial",	       TEXT },
	{ "display",	  "config/display",	       DISPLAY },
	{ "acpi",	  "config/acpi",	       FLAG },
	{ "apic",	  "config/apic",	       FLAG },
	{ "pae",	  "config/pae",		       FLAG },
	{ "nx",		  "config/nx",		       FLAG },
	{ "hap",	  "config/hap",		       FLAG },
	{ "viridian",	  "config/viridian",	       FLAG },
	{ "hpet",	  "config/hpet",	       FLAG },
	{ "nested",	  "config/nestedhvm",	       FLAG },
	{ "videoram",	  "config/videoram",	       NUMBER, NULL, 0, 2048 },
	{ "time-offset",  "time-offset",	       NUMBER, NULL, G_MININT32, G_MAXINT32 },
	{ "guest-key",	  "boot-sentinel",	       TEXT },
	{ "on_halt",	  "config/on-halt",	       DEATH,  "destroy" },
	{ "on_reboot",	  "config/on-reboot",	       DEATH,  "restart" },
	{ "on_crash",	  "config/on-crash",	       DEATH,  "destroy" },
};
/* clang-format on */

static bool bad(GError **error, const char *key, const char *text, const char *what)
{
	return xt_fail(error, XT_ERROR_INVALID, "%s: \"%s\" %s", key, text, what);
}

static bool is_one_line(const char *text)
{
	for (; *text; text++)
		if (g_ascii_iscntrl(*text) && *text != '\t')
			return false;
	return true;
}

/* Every value goes through here. */
static bool add_line(GString *out, const char *line, const char *key, const char *value,
		     GError **error)
{
	if (!is_one_line(value))
		return xt_fail(error, XT_ERROR_INVALID,
			       "%s: has a control character in it", key);
	g_string_append_printf(out, "%s = %s\n", line, value);
	return true;
}

static bool check_kind(unsigned int i, const char *text, GError **error)
{
	static const char *const deaths[] = { "destroy", "restart", "preserve", NULL };
	const char *key = lines[i].key;
	int64_t number;
	bool flag;

	switch (lines[i].kind) {
	case FLAG:
		return tree_parse_flag(text, &flag) ||
		       bad(error, key, text, "is no boolean");
	case NUMBER:
		if (!tree_parse_number(text, &number))
			return bad(error, key, text, "is no number");
		if (number < lines[i].min || number > lines[i].max)
			return xt_fail(error, XT_ERROR_INVALID,
				       "%s: %s is not between %" G_GINT64_FORMAT
				       " and %" G_GINT64_FORMAT,
				       key, text, (gint64)lines[i].min,
				       (gint64)lines[i].max);
		return true;
	case DEATH:
		return g_strv_contains(deaths, text) ||
		       bad(error, key, text, "is none of destroy, restart, preserve");
	case TEXT:
	case DISPLAY:
		break;
	}
	return true;
}

/* OpenXT's other displays are other machines' screens: such a VM has none here. */
static const char *display_of(const char *text)
{
	return g_str_has_prefix(text, "vnc") || g_str_equal(text, "sdl") ? text : "none";
}

static bool add_keys(GString *out, const json_t *vm, GError **error)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(lines); i++) {
		const char *text = tree_text(vm, lines[i].key);

		if (!text || !*text)
			text = lines[i].fallback;
		if (!text)
			continue;
		if (lines[i].kind == DISPLAY)
			text = display_of(text);
		if (!check_kind(i, text, error) ||
		    !add_line(out, lines[i].line, lines[i].key, text, error))
			return false;
	}
	return true;
}

/* ---- kernel ---- */

static bool is_hvm(const json_t *vm)
{
	return g_strcmp0(tree_text(vm, "config/virt-type"), "hvm") == 0;
}

static const char *text_or_null(const json_t *vm, const char *key)
{
	const char *text = tree_text(vm, key);

	return text && *text ? text : NULL;
}

const char *vm_config_kernel(const json_t *vm, const VmConfigFacts *facts)
{
	const char *kernel = text_or_null(vm, "config/kernel");

	return kernel || is_hvm(vm) ? kernel : facts->kernel;
}

const char *vm_config_initrd(const json_t *vm, const VmConfigFacts *facts)
{
	const char *initrd = text_or_null(vm, "config/initrd");

	/* The default initrd belongs to the default kernel. */
	if (initrd || is_hvm(vm) || text_or_null(vm, "config/kernel"))
		return initrd;
	return facts->initrd;
}

static bool add_kernel(GString *out, const json_t *vm, const VmConfigFacts *facts,
		       GError **error)
{
	const char *kernel = vm_config_kernel(vm, facts);
	const char *initrd = vm_config_initrd(vm, facts);

	return (!kernel || add_line(out, "kernel", "config/kernel", kernel, error)) &&
	       (!initrd || add_line(out, "initrd", "config/initrd", initrd, error));
}

/* ---- disks and NICs ---- */

static const char *text_or(const char *text, const char *fallback)
{
	return text && *text ? text : fallback;
}

unsigned int vm_config_disks(const json_t *vm, VmDisk *ret_disks)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(vm, "config/disk", ids);
	unsigned int used = 0;

	for (unsigned int i = 0; i < n; i++) {
		const json_t *disks = tree_node(vm, "config/disk");
		g_autofree char *name = g_strdup_printf("%u", ids[i]);
		const json_t *disk = json_object_get(disks, name);

		if (!tree_flag(disk, "enable", true))
			continue;
		ret_disks[used++] = (VmDisk){
			.id = ids[i],
			.path = text_or(tree_text(disk, "path"), ""),
			.type = text_or(tree_text(disk, "type"), "vhd"),
			.mode = text_or(tree_text(disk, "mode"), "w"),
			.device = text_or(tree_text(disk, "device"), ""),
			.devtype = text_or(tree_text(disk, "devtype"), "disk"),
		};
	}
	return used;
}

static bool add_disks(GString *out, const json_t *vm, GError **error)
{
	VmDisk disks[TREE_MAX_ID + 1];
	unsigned int n = vm_config_disks(vm, disks);

	for (unsigned int i = 0; i < n; i++) {
		const VmDisk *d = &disks[i];
		const char *const rest[] = { d->type, d->device, d->mode, d->devtype };
		g_autofree char *key = g_strdup_printf("config/disk/%u", d->id);
		g_autofree char *line = g_strdup_printf("%s:%s:%s:%s:%s", d->path,
							d->type, d->device, d->mode,
							d->devtype);

		if (strchr(d->path, ':'))
			return bad(error, key, d->path,
				   "has a colon in it: a link without "
				   "one would be right");
		for (unsigned int r = 0; r < G_N_ELEMENTS(rest); r++)
			if (!*rest[r] || strchr(rest[r], ':'))
				return bad(error, key, rest[r],
					   "is no type, device or mode of a disk");
		if (!add_line(out, "disk", key, line, error))
			return false;
	}
	return true;
}

static bool add_nic(GString *out, const json_t *nic, unsigned int id, const char *uuid,
		    GError **error)
{
	g_autofree char *key = g_strdup_printf("config/nic/%u", id);
	const char *given = tree_text(nic, "mac");
	bool automatic = !given || !*given || g_str_equal(given, "auto");
	g_autofree char *mac = automatic ? mac_of_nic(id, uuid) : g_strdup(given);
	const char *network = text_or(tree_text(nic, "network"), "/wired/0/bridged");
	const char *model = text_or(tree_text(nic, "model"), "");
	g_autofree char *line = NULL;

	if (!mac_is_valid(mac))
		return bad(error, key, mac, "is no MAC address");
	if (strchr(network, ','))
		return bad(error, key, network, "is no network");
	if (strchr(model, ','))
		return bad(error, key, model, "is no model of a NIC");
	line = g_strdup_printf("id=%u,network=%s,mac=%s%s%s", id, network, mac,
			       *model ? ",model=" : "", model);
	return add_line(out, "nic", key, line, error);
}

static bool add_nics(GString *out, const json_t *vm, const char *uuid, GError **error)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(vm, "config/nic", ids);

	for (unsigned int i = 0; i < n; i++) {
		g_autofree char *path = g_strdup_printf("config/nic/%u", ids[i]);
		const json_t *nic = tree_node(vm, path);

		if (tree_flag(nic, "enable", true) &&
		    !add_nic(out, nic, ids[i], uuid, error))
			return false;
	}
	return true;
}

/* ---- lists ---- */

static bool add_list(GString *out, const char *line, const char *key,
		     const char *const *values, GError **error)
{
	for (; *values; values++)
		if (**values && !add_line(out, line, key, *values, error))
			return false;
	return true;
}

static bool add_lists(GString *out, const json_t *vm, GError **error)
{
	g_autofree const char **extra = tree_list(vm, "config/extra-hvm");
	const char *cpuid = tree_text(vm, "cpuid");
	g_auto(GStrv) cpuids = g_strsplit(cpuid ? cpuid : "", ";", -1);

	return add_list(out, "extra-hvm", "config/extra-hvm", extra, error) &&
	       add_list(out, "cpuid", "cpuid", (const char *const *)cpuids, error);
}

/* ---- the name of the domain ---- */

#define NAME_MAX_BYTES 200

static bool is_number(const char *name)
{
	return strspn(name, "0123456789") == strlen(name);
}

char *vm_config_domain_name(const char *name, const char *uuid,
			    bool (*taken)(const char *name, void *data), void *data)
{
	g_autofree char *base = g_utf8_make_valid(name ? name : "", -1);

	/* It goes into paths, and a number would be a domid to those who look for it. */
	for (char *p = base; *p; p++)
		if (g_ascii_iscntrl(*p) || *p == '/')
			*p = '_';
	g_strstrip(base);
	if (strlen(base) > NAME_MAX_BYTES)
		*g_utf8_find_prev_char(base, base + NAME_MAX_BYTES) = '\0';
	if (!*base)
		return g_strdup(uuid);
	if (is_number(base) || (taken && taken(base, data)))
		return g_strdup_printf("%s~%.8s", base, uuid);
	return g_steal_pointer(&base);
}

/* ---- the whole ---- */

char *vm_config_text(const json_t *vm, const VmConfigFacts *facts, GError **error)
{
	g_autoptr(GString) out = g_string_new("# Made by xenmgr at every start.\n");

	g_string_append(out, "startup = shutdown\nquit-on-halt = true\n");
	if (!add_line(out, "uuid", "uuid", facts->uuid, error) ||
	    !add_line(out, "name", "name", facts->domain_name, error) ||
	    !add_keys(out, vm, error) || !add_kernel(out, vm, facts, error) ||
	    !add_disks(out, vm, error) || !add_nics(out, vm, facts->uuid, error) ||
	    !add_lists(out, vm, error))
		return NULL;
	if (facts->channel && !add_line(out, "channel", "channel", facts->channel, error))
		return NULL;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *vm_config_stub(const char *uuid)
{
	/* HVM because it needs no kernel; nothing is ever made of it. */
	return g_strdup_printf("# Until xenmgr has read what the VM is.\n"
			       "startup = shutdown\nquit-on-halt = true\n"
			       "uuid = %s\nvirt-type = hvm\nmemory = 1\n",
			       uuid);
}

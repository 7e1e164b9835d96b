/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/config-parse.h"

#include <stdio.h>
#include <string.h>

/* ---- disks: physpath:phystype:virtpath:mode:devtype[:snapshot][:k=v...] ---- */

enum { DISK_PATH, DISK_TYPE, DISK_VDEV, DISK_MODE, DISK_DEVTYPE, DISK_FIELDS };

static const struct {
	const char *word;
	ConfigDiskType type;
} disk_types[] = {
	{ "phy", CONFIG_DISK_PHY },   { "file", CONFIG_DISK_FILE },
	{ "aio", CONFIG_DISK_FILE },  { "vhd", CONFIG_DISK_VHD },
	{ "qcow", CONFIG_DISK_QCOW }, { "qcow2", CONFIG_DISK_QCOW2 },
};

void config_disk_free(ConfigDisk *disk)
{
	g_free(disk->path);
	g_free(disk->vdev);
	g_free(disk->script);
	g_free(disk);
}

static bool disk_type(ConfigDisk *disk, const char *text, char **wrong)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(disk_types); i++) {
		if (g_str_equal(text, disk_types[i].word)) {
			disk->type = disk_types[i].type;
			return true;
		}
	}
	return config_wrong(wrong,
			    "\"%s\" is no type of a disk: phy, file, aio, vhd, qcow "
			    "or qcow2 would be",
			    text);
}

static bool disk_vdev(ConfigDisk *disk, const char *text, char **wrong)
{
	bool ok = *text && strlen(text) <= 16;

	for (const char *p = text; *p; p++)
		ok = ok && g_ascii_isalnum(*p);
	if (!ok)
		return config_wrong(wrong,
				    "\"%s\" is no name of a disk in the guest: "
				    "xvda, hda or sda would be",
				    text);
	disk->vdev = g_strdup(text);
	return true;
}

static bool disk_mode(ConfigDisk *disk, const char *text, char **wrong)
{
	disk->writable = g_str_equal(text, "w") || g_str_equal(text, "rw");
	return disk->writable || g_str_equal(text, "r") || g_str_equal(text, "ro") ||
	       config_wrong(wrong, "\"%s\" is no mode of a disk: r or w would be", text);
}

static bool disk_devtype(ConfigDisk *disk, const char *text, char **wrong)
{
	disk->cdrom = g_str_equal(text, "cdrom");
	return disk->cdrom || g_str_equal(text, "disk") ||
	       config_wrong(wrong, "\"%s\" is no kind of device: disk or cdrom would be",
			    text);
}

/* The words of encryption belong to another tap: they are taken, as the original's. */
static bool disk_option(ConfigDisk *disk, const char *key, const char *value,
			char **wrong)
{
	static const char *const taken[] = { "key-file", "key-dir", "key-size",
					     "cipher" };

	if (g_str_equal(key, "backend-domid"))
		return config_read_number(value, 0, 32751, "", &disk->backend_domid,
					  wrong);
	if (g_str_equal(key, "script")) {
		g_free(disk->script);
		disk->script = g_strdup(value);
		return true;
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(taken); i++)
		if (g_str_equal(key, taken[i]))
			return true;
	return config_wrong(wrong,
			    "\"%s\" is no option of a disk: backend-domid and script "
			    "would be",
			    key);
}

/* From the sixth field on: a word about snapshots, which stands alone, and options. */
static bool disk_rest(ConfigDisk *disk, char **fields, char **wrong)
{
	for (unsigned int i = DISK_FIELDS; fields[i]; i++) {
		char *equals = strchr(fields[i], '=');

		if (!equals && i == DISK_FIELDS)
			continue;
		if (!equals)
			return config_wrong(wrong,
					    "\"%s\" is no option: key=value would be",
					    fields[i]);
		*equals = '\0';
		if (!disk_option(disk, fields[i], equals + 1, wrong))
			return false;
	}
	return true;
}

static bool disk_has_path(const ConfigDisk *disk, char **wrong)
{
	return disk->cdrom || *disk->path ||
	       config_wrong(wrong, "no path: only a cdrom may be empty");
}

bool config_read_disk(const char *text, ConfigDisk **ret_disk, char **wrong)
{
	g_auto(GStrv) fields = g_strsplit(text, ":", 32);
	unsigned int n = g_strv_length(fields);
	ConfigDisk *disk;

	if (n < DISK_FIELDS)
		return config_wrong(wrong,
				    "%u fields: path:type:device:mode:kind, as "
				    "/dev/vg/web:phy:xvda:w:disk, would be right",
				    n);

	disk = g_new0(ConfigDisk, 1);
	disk->path = g_strdup(fields[DISK_PATH]);
	if (!disk_type(disk, fields[DISK_TYPE], wrong) ||
	    !disk_vdev(disk, fields[DISK_VDEV], wrong) ||
	    !disk_mode(disk, fields[DISK_MODE], wrong) ||
	    !disk_devtype(disk, fields[DISK_DEVTYPE], wrong) ||
	    !disk_rest(disk, fields, wrong) || !disk_has_path(disk, wrong)) {
		config_disk_free(disk);
		return false;
	}
	*ret_disk = disk;
	return true;
}

/* ---- nics: key=value,... ---- */

void config_nic_free(ConfigNic *nic)
{
	g_free(nic->bridge);
	g_free(nic->model);
	g_free(nic->script);
	g_free(nic);
}

static bool nic_mac(ConfigNic *nic, const char *text, char **wrong)
{
	uint8_t *mac = nic->mac;
	int end = 0;

	if (!*text || g_str_equal(text, "vm"))
		return true; /* left open */
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5], &end) != 6 ||
	    text[end] || end != 17)
		return config_wrong(wrong,
				    "\"%s\" is no hardware address: "
				    "00:16:3e:01:02:03 would be",
				    text);
	if (mac[0] & 1)
		return config_wrong(
			wrong, "%s is an address of many (its first byte is odd)", text);
	return true;
}

static bool nic_id(ConfigNic *nic, const char *text, char **wrong)
{
	return config_read_number(text, 0, CONFIG_NICS_MAX - 1, "", &nic->id, wrong);
}

static bool nic_backend(ConfigNic *nic, const char *text, char **wrong)
{
	return config_read_number(text, 0, 32751, "", &nic->backend_domid, wrong);
}

static void set_text(char **field, const char *text)
{
	g_free(*field);
	*field = *text ? g_strdup(text) : NULL;
}

static bool nic_bridge(ConfigNic *nic, const char *text, char **wrong)
{
	set_text(&nic->bridge, text);
	return true;
}

/* A network is a bridge's name, unless it is a path of the network daemon's. */
static bool nic_network(ConfigNic *nic, const char *text, char **wrong)
{
	if (!nic->bridge && !strchr(text, '/'))
		set_text(&nic->bridge, text);
	return true;
}

static bool nic_model(ConfigNic *nic, const char *text, char **wrong)
{
	set_text(&nic->model, text);
	return true;
}

static bool nic_script(ConfigNic *nic, const char *text, char **wrong)
{
	set_text(&nic->script, text);
	return true;
}

static bool nic_nothing(ConfigNic *nic, const char *text, char **wrong)
{
	return true;
}

static const struct {
	const char *key;
	bool (*set)(ConfigNic *nic, const char *text, char **wrong);
} nic_keys[] = {
	{ "id", nic_id },           { "bridge", nic_bridge },
	{ "network", nic_network }, { "mac", nic_mac },
	{ "model", nic_model },     { "backend-domid", nic_backend },
	{ "script", nic_script },   { "wireless", nic_nothing },
};

static bool nic_option(ConfigNic *nic, char *field, char **wrong)
{
	char *equals = strchr(field, '=');

	if (equals)
		*equals = '\0';
	g_strstrip(field);
	for (unsigned int i = 0; equals && i < G_N_ELEMENTS(nic_keys); i++)
		if (g_str_equal(field, nic_keys[i].key))
			return nic_keys[i].set(nic, g_strstrip(equals + 1), wrong);
	return config_wrong(wrong,
			    "\"%s\" is no option of a nic: id, bridge, network, mac, "
			    "model, backend-domid and script, each with =VALUE, "
			    "would be",
			    field);
}

bool config_read_nic(const char *text, ConfigNic **ret_nic, char **wrong)
{
	g_auto(GStrv) fields = g_strsplit(text, ",", 32);
	ConfigNic *nic = g_new0(ConfigNic, 1);

	nic->id = CONFIG_NIC_ID_OPEN;
	for (char **field = fields; *field; field++) {
		/* "nic =" alone is a nic with everything left open. */
		if (fields[1] == NULL && !**field)
			break;
		if (!nic_option(nic, *field, wrong)) {
			config_nic_free(nic);
			return false;
		}
	}
	*ret_nic = nic;
	return true;
}

/* The address is the same whenever the VM starts: of its id and the VM's uuid. */
static void nic_make_mac(ConfigNic *nic, const char *uuid)
{
	static const uint8_t digits[] = { 0, 2, 1, 7, 6, 4 };
	g_autofree char *text = g_strdup_printf("%u %s", nic->id, uuid);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);

	for (unsigned int i = 0; i < G_N_ELEMENTS(digits); i++)
		nic->mac[i] = g_ascii_xdigit_value(sum[digits[i]]) << 4 |
			      g_ascii_xdigit_value(sum[digits[i] + 12]);
	nic->mac[0] = (nic->mac[0] & 0xfe) | 2;
}

char *config_complete_nics(Config *config)
{
	static const uint8_t open[6];
	uint32_t used = 0;

	for (guint i = 0; i < config->nics->len; i++) {
		const ConfigNic *nic = config->nics->pdata[i];

		if (nic->id == CONFIG_NIC_ID_OPEN)
			continue;
		if (used & (1u << nic->id))
			return g_strdup_printf("id %u is given to two nics", nic->id);
		used |= 1u << nic->id;
	}
	for (guint i = 0; i < config->nics->len; i++) {
		ConfigNic *nic = config->nics->pdata[i];

		if (nic->id == CONFIG_NIC_ID_OPEN) {
			nic->id = g_bit_nth_lsf(~used, -1);
			used |= 1u << nic->id;
		}
		if (!memcmp(nic->mac, open, sizeof(open)))
			nic_make_mac(nic, config->uuid);
	}
	return NULL;
}

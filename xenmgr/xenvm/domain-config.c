/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/domain-config.h"

#include <errno.h>
#include <libxl_uuid.h>
#include <libxl_utils.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/error.h"

/* What libxl disposes of must come from malloc(). */
static char *copy(const char *text)
{
	char *c = text ? strdup(text) : NULL;

	g_assert(!text || c);
	return c;
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	g_assert(p);
	return p;
}

static void set_maybe(libxl_defbool *to, ConfigBool value)
{
	if (value != CONFIG_DEFAULT)
		libxl_defbool_set(to, value == CONFIG_TRUE);
}

/* ---- the domain ---- */

static const libxl_domain_type virt_types[] = {
	[CONFIG_VIRT_PV] = LIBXL_DOMAIN_TYPE_PV,
	[CONFIG_VIRT_PVH] = LIBXL_DOMAIN_TYPE_PVH,
	[CONFIG_VIRT_HVM] = LIBXL_DOMAIN_TYPE_HVM,
};

static bool build_create_info(const Config *config, const char *unique_id,
			      libxl_domain_create_info *info, GError **error)
{
	info->type = virt_types[config->virt];
	info->name = copy(config->name);
	if (libxl_uuid_from_string(&info->uuid, config->uuid))
		return xt_fail(error, XT_ERROR_INVALID,
			       "uuid: libxl does not take \"%s\"", config->uuid);
	if (config->virt != CONFIG_VIRT_PV)
		set_maybe(&info->hap, config->hap);
	if (unique_id) {
		info->xsdata = zeroed(5, sizeof(char *));
		info->xsdata[0] = copy("unique-domain-id");
		info->xsdata[1] = copy(unique_id);
		info->xsdata[2] = copy(DOMAIN_HALF_MADE);
		info->xsdata[3] = copy("1");
	}
	return true;
}

static bool build_vcpus(libxl_ctx *ctx, const Config *config,
			libxl_domain_build_info *info, GError **error)
{
	info->max_vcpus = config->vcpus;
	if (libxl_cpu_bitmap_alloc(ctx, &info->avail_vcpus, config->vcpus))
		return xt_fail(error, XT_ERROR_FAILED, "vcpus: cannot make a map of %u",
			       config->vcpus);
	for (unsigned int i = 0; i < config->vcpus; i++)
		libxl_bitmap_set(&info->avail_vcpus, i);
	return true;
}

static bool build_cpuid(const Config *config, libxl_domain_build_info *info,
			GError **error)
{
	for (guint i = 0; i < config->cpuid->len; i++) {
		const char *text = config->cpuid->pdata[i];

		if (libxl_cpuid_parse_config_xend(&info->cpuid, text))
			return xt_fail(error, XT_ERROR_INVALID,
				       "cpuid: libxl does not take \"%s\"", text);
	}
	return true;
}

static void build_display(const Config *config, libxl_domain_build_info *info)
{
	libxl_defbool_set(&info->u.hvm.vnc.enable, config->vnc);
	libxl_defbool_set(&info->u.hvm.sdl.enable, config->sdl);
	if (config->vnc) {
		libxl_defbool_set(&info->u.hvm.vnc.findunused,
				  config->vnc_port_unused || !config->vnc_port);
		if (config->vnc_port)
			info->u.hvm.vnc.display = config->vnc_port - 5900;
		info->u.hvm.keymap = copy(config->keymap);
	}
}

static void build_hvm(const Config *config, libxl_domain_build_info *info)
{
	set_maybe(&info->u.hvm.pae, config->pae);
	set_maybe(&info->u.hvm.viridian, config->viridian);
	set_maybe(&info->u.hvm.hpet, config->hpet);
	set_maybe(&info->u.hvm.usb, config->usb);
	set_maybe(&info->u.hvm.nx, config->nx);
	info->u.hvm.boot = copy(config->boot);
	info->u.hvm.serial = copy(config->serial);
	info->device_model_version = LIBXL_DEVICE_MODEL_VERSION_QEMU_XEN;
	info->device_model = copy(config->device_model);
	if (config->videoram)
		info->video_memkb = config->videoram * UINT64_C(1024);
	build_display(config, info);

	/* The original's "kernel" of such a guest is its firmware. */
	if (config->kernel && g_str_has_suffix(config->kernel, "/hvmloader")) {
		info->u.hvm.firmware = info->kernel;
		info->kernel = NULL;
	}
	if (config->extra_hvm->len) {
		info->extra_hvm = zeroed(config->extra_hvm->len + 1, sizeof(char *));
		for (guint i = 0; i < config->extra_hvm->len; i++)
			info->extra_hvm[i] = copy(config->extra_hvm->pdata[i]);
	}
}

static bool build_info(libxl_ctx *ctx, const Config *config,
		       libxl_domain_build_info *info, GError **error)
{
	libxl_domain_build_info_init_type(info, virt_types[config->virt]);
	if (!build_vcpus(ctx, config, info, error) || !build_cpuid(config, info, error))
		return false;
	info->target_memkb = config->memory * UINT64_C(1024);
	info->max_memkb = config->memory_max * UINT64_C(1024);
	info->kernel = copy(config->kernel);
	info->ramdisk = copy(config->initrd);
	info->cmdline = copy(config->cmdline);
	info->rtc_timeoffset = config->time_offset;
	if (config->virt != CONFIG_VIRT_PV) {
		set_maybe(&info->acpi, config->acpi);
		set_maybe(&info->apic, config->apic);
		set_maybe(&info->nested_hvm, config->nested);
	}
	if (config->virt == CONFIG_VIRT_HVM)
		build_hvm(config, info);
	return true;
}

/* ---- its devices ---- */

static const struct {
	libxl_disk_format format;
	libxl_disk_backend backend; /* UNKNOWN: libxl finds one */
} disk_types[] = {
	[CONFIG_DISK_PHY] = { LIBXL_DISK_FORMAT_RAW, LIBXL_DISK_BACKEND_PHY },
	[CONFIG_DISK_FILE] = { LIBXL_DISK_FORMAT_RAW, LIBXL_DISK_BACKEND_UNKNOWN },
	[CONFIG_DISK_QCOW] = { LIBXL_DISK_FORMAT_QCOW, LIBXL_DISK_BACKEND_UNKNOWN },
	[CONFIG_DISK_QCOW2] = { LIBXL_DISK_FORMAT_QCOW2, LIBXL_DISK_BACKEND_UNKNOWN },
	[CONFIG_DISK_VHD] = { LIBXL_DISK_FORMAT_VHD, LIBXL_DISK_BACKEND_UNKNOWN },
};

static void build_disk(const ConfigDisk *disk, libxl_device_disk *to)
{
	bool empty = !*disk->path;

	libxl_device_disk_init(to);
	to->pdev_path = copy(disk->path);
	to->vdev = copy(disk->vdev);
	to->format = empty ? LIBXL_DISK_FORMAT_EMPTY : disk_types[disk->type].format;
	to->backend = empty ? LIBXL_DISK_BACKEND_UNKNOWN : disk_types[disk->type].backend;
	to->script = copy(disk->script);
	to->readwrite = disk->writable && !disk->cdrom;
	to->is_cdrom = disk->cdrom;
	to->removable = disk->cdrom;
	to->backend_domid = disk->backend_domid;
}

static void build_nic(const Config *config, const ConfigNic *nic, libxl_device_nic *to)
{
	libxl_device_nic_init(to);
	to->devid = nic->id;
	memcpy(to->mac, nic->mac, sizeof(to->mac));
	to->bridge = copy(nic->bridge);
	to->script = copy(nic->script);
	to->backend_domid = nic->backend_domid;
	if (config->virt == CONFIG_VIRT_HVM) {
		to->model = copy(nic->model);
		to->nictype = nic->model ? LIBXL_NIC_TYPE_VIF_IOEMU : LIBXL_NIC_TYPE_VIF;
	}
}

static void build_devices(const Config *config, libxl_domain_config *to)
{
	to->num_disks = config->disks->len;
	to->disks = zeroed(config->disks->len + 1, sizeof(*to->disks));
	for (guint i = 0; i < config->disks->len; i++)
		build_disk(config->disks->pdata[i], &to->disks[i]);

	to->num_nics = config->nics->len;
	to->nics = zeroed(config->nics->len + 1, sizeof(*to->nics));
	for (guint i = 0; i < config->nics->len; i++)
		build_nic(config, config->nics->pdata[i], &to->nics[i]);
}

/* ---- the whole ---- */

/* libxl only keeps these, for xl to show: the policy is the monitor's. */
static const libxl_action_on_shutdown actions[] = {
	[CONFIG_ACTION_DESTROY] = LIBXL_ACTION_ON_SHUTDOWN_DESTROY,
	[CONFIG_ACTION_RESTART] = LIBXL_ACTION_ON_SHUTDOWN_RESTART,
	[CONFIG_ACTION_PRESERVE] = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE,
};

bool domain_config_build(libxl_ctx *ctx, const Config *config, const char *unique_id,
			 libxl_domain_config *ret, GError **error)
{
	libxl_domain_config_init(ret);
	if (!build_create_info(config, unique_id, &ret->c_info, error) ||
	    !build_info(ctx, config, &ret->b_info, error))
		return false;
	build_devices(config, ret);
	ret->on_poweroff = actions[config->on_halt];
	ret->on_reboot = actions[config->on_reboot];
	ret->on_crash = ret->on_watchdog = actions[config->on_crash];
	return true;
}

static bool check_file(const char *key, const char *path, GError **error)
{
	if (path && access(path, R_OK))
		return xt_fail(error, XT_ERROR_INVALID, "%s: \"%s\": %s", key, path,
			       g_strerror(errno));
	return true;
}

static bool check_disk(const ConfigDisk *disk, GError **error)
{
	struct stat st;

	/* What a script or another domain makes of a path is theirs. */
	if (!*disk->path || disk->script || disk->backend_domid)
		return true;
	if (stat(disk->path, &st))
		return xt_fail(error, XT_ERROR_INVALID, "disk %s: \"%s\": %s", disk->vdev,
			       disk->path, g_strerror(errno));
	if (disk->type == CONFIG_DISK_PHY && !S_ISBLK(st.st_mode))
		return xt_fail(
			error, XT_ERROR_INVALID,
			"disk %s: \"%s\" is not a block device, as its type phy says; "
			"file would be right for a file",
			disk->vdev, disk->path);
	return true;
}

bool domain_config_check_files(const Config *config, GError **error)
{
	if (!check_file("kernel", config->kernel, error) ||
	    !check_file("initrd", config->initrd, error))
		return false;
	for (guint i = 0; i < config->disks->len; i++)
		if (!check_disk(config->disks->pdata[i], error))
			return false;
	return true;
}

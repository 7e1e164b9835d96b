/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Config: a VM's configuration file, xenvm.conf(5), as a struct.
 *
 * Pure: text in, struct and messages out.  It knows neither libxl nor whether a file
 * that is named exists.  Every number in it is in its bounds.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "lib/uuid.h"

#define CONFIG_FILE_MAX     (256 * 1024)
#define CONFIG_LINE_MAX     4096
#define CONFIG_MESSAGES_MAX 50

#define CONFIG_MEMORY_MAX (16 * 1024 * 1024 - 1) /* MiB: below 16 TiB */
#define CONFIG_NICS_MAX   32

typedef enum {
	CONFIG_VIRT_PV,
	CONFIG_VIRT_PVH,
	CONFIG_VIRT_HVM,
} ConfigVirt;

typedef enum {
	CONFIG_ACTION_DESTROY,
	CONFIG_ACTION_RESTART,
	CONFIG_ACTION_PRESERVE,
} ConfigAction;

typedef enum {
	CONFIG_STARTUP_SHUTDOWN,
	CONFIG_STARTUP_STARTED,
	CONFIG_STARTUP_PAUSED,
} ConfigStartup;

/* A boolean that may be left to libxl. */
typedef enum {
	CONFIG_DEFAULT,
	CONFIG_FALSE,
	CONFIG_TRUE,
} ConfigBool;

typedef enum {
	CONFIG_DISK_PHY,
	CONFIG_DISK_FILE,
	CONFIG_DISK_QCOW,
	CONFIG_DISK_QCOW2,
	CONFIG_DISK_VHD,
} ConfigDiskType;

typedef struct {
	char *path; /* "" is an empty drive */
	ConfigDiskType type;
	char *vdev;
	bool writable;
	bool cdrom;
	uint32_t backend_domid;
	char *script; /* NULL: libxl's */
} ConfigDisk;

typedef struct {
	unsigned int id;
	char *bridge; /* NULL: libxl's default */
	uint8_t mac[6];
	uint32_t backend_domid;
	char *model;  /* NULL: paravirtual alone, or libxl's default for HVM */
	char *script; /* NULL: libxl's */
} ConfigNic;

typedef struct {
	char *name, *value; /* a node of the guest's own, below its home */
} ConfigGuestKey;

typedef struct {
	char uuid[UUID_LEN + 1];
	char *name;
	ConfigVirt virt;
	unsigned int memory, memory_max; /* MiB */
	unsigned int vcpus;
	char *kernel, *initrd, *cmdline;
	GPtrArray *disks;      /* of ConfigDisk */
	GPtrArray *nics;       /* of ConfigNic */
	GPtrArray *guest_keys; /* of ConfigGuestKey */
	GPtrArray *extra_hvm;  /* of char *: arguments for the device model */
	GPtrArray *cpuid;      /* of char *: as libxl's "xend" syntax */
	ConfigAction on_halt, on_reboot, on_crash;
	ConfigStartup startup;
	char *channel; /* path of the unix socket; NULL: no channel */
	bool quit_on_halt, debug;
	/* for HVM, mostly */
	char *boot, *serial, *device_model;
	ConfigBool pae, acpi, apic, nx, hap, viridian, nested, hpet, usb;
	unsigned int videoram; /* MiB; 0: libxl's */
	int time_offset;       /* s */
	bool vnc, sdl, vnc_port_unused;
	unsigned int vnc_port; /* 0: libxl's */
	char *keymap;
} Config;

/*
 * What was said while reading, "file:line: key: ..." each, at most CONFIG_MESSAGES_MAX
 * of either.  Notes are about keys that have no effect here.
 */
typedef struct {
	GPtrArray *errors, *notes; /* of char * */
} ConfigMessages;

void config_messages_init(ConfigMessages *messages);
void config_messages_fini(ConfigMessages *messages);

/* NULL if there was any error.  @where names the text in messages. */
Config *config_parse(const char *text, size_t len, const char *where,
		     ConfigMessages *messages);

/* Read a file.  All errors are in @error, a line each; notes are logged. */
Config *config_read(const char *path, GError **error);

void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

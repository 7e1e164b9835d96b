/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The pieces of the configuration parser: private to config*.c.
 *
 * A setter reads one value into the config; on failure it says in @wrong what is wrong
 * and what would be right.
 */

#include <stddef.h>
#include "xenmgr/xenvm/config.h"

typedef struct ConfigKey ConfigKey;
typedef bool (*ConfigSetter)(Config *config, const ConfigKey *key, const char *value,
			     char **wrong);

struct ConfigKey {
	const char *name; /* with dashes */
	ConfigSetter set; /* NULL: of no effect here */
	size_t offset;    /* of the field in Config */
	unsigned int min, max;
	const char *unit;
};

/* @name has dashes.  NULL: unknown. */
const ConfigKey *config_find_key(const char *name, bool *ret_is_list);
bool config_key_is_ignored(const char *name);
void config_free_texts(Config *config); /* what the table's setters allocated */

bool config_wrong(char **wrong, const char *format, ...) G_GNUC_PRINTF(2, 3);

bool config_read_bool(const char *text, bool *ret_value, char **wrong);
bool config_read_number(const char *text, uint64_t min, uint64_t max, const char *unit,
			unsigned int *ret_value, char **wrong);

/* "k=v" of a device: @value is NULL if there is no "=". */
bool config_read_disk(const char *text, ConfigDisk **ret_disk, char **wrong);
bool config_read_nic(const char *text, ConfigNic **ret_nic, char **wrong);
void config_disk_free(ConfigDisk *disk);
void config_nic_free(ConfigNic *nic);

/* Ids and addresses that were left open, once the whole file is read; NULL, or what is
 * wrong with them. */
#define CONFIG_NIC_ID_OPEN G_MAXUINT
char *config_complete_nics(Config *config);

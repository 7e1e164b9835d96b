/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Config: a VM's part of the database as the configuration of its monitor
 * (xenvm.conf(5)).
 *
 * Pure.  A value ends at the end of its line, so one that has a control character in it
 * is refused: nothing in the database can make a line of its own.
 */

#include <stdbool.h>
#include "lib/json.h"

/* What does not stand in the VM's part of the database. */
typedef struct {
	const char *uuid;
	const char *domain_name;
	const char *channel;         /* of the guest's bus, "unix:<path>"; NULL: none */
	const char *kernel, *initrd; /* where the VM says none; may be NULL */
} ConfigFacts;

/* Free with g_free(); NULL with an @error that names the key. */
char *config_text(const json_t *vm, const ConfigFacts *facts, GError **error);

/* The kernel and initrd that the VM boots; NULL if none.  Borrowed. */
const char *config_kernel(const json_t *vm, const ConfigFacts *facts);
const char *config_initrd(const json_t *vm, const ConfigFacts *facts);

/* A disk that the guest gets; all texts borrowed from the tree, never NULL. */
typedef struct {
	unsigned int id;
	const char *path, *type, *mode, *device, *devtype;
} ConfigDisk;

/* The VM's enabled disks, ascending, in @ret_disks of TREE_MAX_ID + 1; how many. */
unsigned int config_disks(const json_t *vm, ConfigDisk *ret_disks);

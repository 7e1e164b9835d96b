/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM config: a VM's part of the database as the configuration of its monitor
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
} VmConfigFacts;

/* Free with g_free(); NULL with an @error that names the key. */
char *vm_config_text(const json_t *vm, const VmConfigFacts *facts, GError **error);

/* What a monitor comes up with before there is more to say; free with g_free(). */
char *vm_config_stub(const char *uuid);

/* The kernel and initrd that the VM boots; NULL if none.  Borrowed. */
const char *vm_config_kernel(const json_t *vm, const VmConfigFacts *facts);
const char *vm_config_initrd(const json_t *vm, const VmConfigFacts *facts);

/* A disk that the guest gets; all texts borrowed from the tree, never NULL. */
typedef struct {
	unsigned int id;
	const char *path, *type, *mode, *device, *devtype;
} VmDisk;

/* The VM's enabled disks, ascending, in @ret_disks of TREE_MAX_ID + 1; how many. */
unsigned int vm_config_disks(const json_t *vm, VmDisk *ret_disks);

/*
 * The name of its domain: @name, made what Xen takes, or "<name>~<8 digits of @uuid>" if
 * @taken says that somebody has that.  @taken may be NULL.
 */
char *vm_config_domain_name(const char *name, const char *uuid,
			    bool (*taken)(const char *name, void *data), void *data);

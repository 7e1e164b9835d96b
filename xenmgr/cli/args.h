/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Args: the command lines of xec and xec-vm.
 *
 * Options stand before the command; from its first word on everything is the command's,
 * so that "switch-focus -1 false" is what it looks like.
 */

#include <glib.h>
#include <stdbool.h>

/* What is asked of an object, of xec and of xec-vm alike. */
typedef struct {
	const char *service, *object; /* NULL: not given */
	const char *interface;
	bool session;

	/* at most one of these; else the words */
	bool list_interfaces, list_methods, list_properties;
	const char *get;
	const char *set, *set_value;

	const char *const *words; /* the command and its arguments, NULL-terminated */

	bool help;
	const char *target_domid;
} XecArgs;

/* Which VM, and which of its devices. */
typedef struct {
	const char *name, *uuid, *domid;
	const char *disk, *nic;
	bool list_disks, list_nics;
} XecVmArgs;

/* @argv without the program's name; everything returned points into it.  @ret_vm is NULL
 * for xec, which does not have those options. */
bool args_parse(const char *const *argv, XecArgs *ret_args, XecVmArgs *ret_vm,
		GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * VM errors: the numbered errors that clients of xenmgr know.
 *
 * On the bus each is org.freedesktop.DBus.Error.Failed with the one text "number:text".
 */

#include <glib.h>
#include <stdbool.h>

typedef enum {
	VM_ERROR_MEMORY = 101,
	VM_ERROR_STATE = 102,
	VM_ERROR_SHUTDOWN_REFUSED = 103, /* the guest did not acknowledge */
	VM_ERROR_SHUTDOWN_TIMEOUT = 104, /* it did, and went on running */
	VM_ERROR_MONITOR = 199,
	VM_ERROR_LOCKED = 202, /* modify-vm-settings is off */
	VM_ERROR_RUNNING = 204,
	VM_ERROR_NO_SLOT = 205,
	VM_ERROR_NO_DISK = 206,
	VM_ERROR_DISK_TYPE = 207,
	VM_ERROR_POLICY = 220,
	VM_ERROR_NO_NIC = 222,
	VM_ERROR_IO = 223,
	VM_ERROR_BACKEND = 232,
} VmErrorNumber;

/* Always false: "return vm_fail(error, VM_ERROR_STATE, ...)".  @format NULL: its own
 * text. */
bool vm_fail(GError **error, VmErrorNumber number, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* The same, not through a GError **. */
GError *vm_error_new(VmErrorNumber number, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* @error as a numbered one: itself if it has a number already, else with @number. */
GError *vm_error_from(VmErrorNumber number, const GError *error);

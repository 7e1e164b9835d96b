/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-error.h"

#include "lib/error.h"

static const struct {
	VmErrorNumber number;
	const char *text;
} texts[] = {
	{ VM_ERROR_MEMORY, "Not enough memory!" },
	{ VM_ERROR_STATE, "VM is in unexpected state!" },
	{ VM_ERROR_SHUTDOWN_REFUSED, "VM didn't shutdown as expected." },
	{ VM_ERROR_SHUTDOWN_TIMEOUT, "VM didn't shutdown!" },
	{ VM_ERROR_LOCKED, "VM properties are locked by policy" },
	{ VM_ERROR_RUNNING, "Cannot remove running VM" },
	{ VM_ERROR_NO_SLOT, "Too many VMS" },
	{ VM_ERROR_NO_DISK, "No such disk" },
	{ VM_ERROR_DISK_TYPE, "Incorrect disk type" },
	{ VM_ERROR_POLICY, "Action suppressed by policy" },
	{ VM_ERROR_NO_NIC, "No such NIC" },
};

static const char *text_of(VmErrorNumber number)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i].number == number)
			return texts[i].text;
	return "failed";
}

static GError *error_new(VmErrorNumber number, const char *format, va_list args)
{
	g_autofree char *text = format ? g_strdup_vprintf(format, args) : NULL;

	return g_error_new(XT_ERROR, XT_ERROR_FAILED, "%d:%s", (int)number,
			   text ? text : text_of(number));
}

GError *vm_error_new(VmErrorNumber number, const char *format, ...)
{
	va_list args;
	GError *error;

	va_start(args, format);
	error = error_new(number, format, args);
	va_end(args);
	return error;
}

bool vm_fail(GError **error, VmErrorNumber number, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error)
		*error = error_new(number, format, args);
	va_end(args);
	return false;
}

static bool is_numbered(const char *message)
{
	return g_ascii_isdigit(message[0]) && g_ascii_isdigit(message[1]) &&
	       g_ascii_isdigit(message[2]) && message[3] == ':';
}

GError *vm_error_from(VmErrorNumber number, const GError *error)
{
	if (is_numbered(error->message))
		return g_error_copy(error);
	return vm_error_new(number, "%s", error->message);
}

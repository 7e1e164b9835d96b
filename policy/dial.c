/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/dial.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"

#define SYSTEM_BUS_DEFAULT "unix:path=/var/run/dbus/system_bus_socket"

/* The socket's address from one entry of the bus's; its length, or 0 if it is no socket
 * of this machine. */
static socklen_t read_entry(DBusAddressEntry *entry, struct sockaddr_un *ret_address)
{
	const char *path = dbus_address_entry_get_value(entry, "path");
	const char *abstract = dbus_address_entry_get_value(entry, "abstract");
	const char *name = path ? path : abstract;
	size_t len;

	if (!name || strcmp(dbus_address_entry_get_method(entry), "unix") != 0)
		return 0;
	len = strlen(name);
	if (len + 1 >= sizeof(ret_address->sun_path))
		return 0;

	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret_address->sun_path + !path, name, len);
	return offsetof(struct sockaddr_un, sun_path) + len + 1;
}

static int dial_entry(DBusAddressEntry *entry, const char *address, GError **error)
{
	struct sockaddr_un sun;
	socklen_t len = read_entry(entry, &sun);
	int fd, code;

	if (!len) {
		xt_fail(error, XT_ERROR_FAILED, "%s: not a socket of this machine",
			address);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sun, len) == 0)
		return fd;

	code = errno;
	if (fd >= 0)
		close(fd);
	xt_fail(error, code == EAGAIN ? XT_ERROR_BUSY : XT_ERROR_FAILED, "%s: %s",
		address, g_strerror(code));
	return -1;
}

int dial_bus(GError **error)
{
	const char *address = g_getenv("DBUS_SYSTEM_BUS_ADDRESS");
	DBusAddressEntry **entries;
	DBusError failed = DBUS_ERROR_INIT;
	int n, fd = -1;

	if (!address || !*address)
		address = SYSTEM_BUS_DEFAULT;
	if (!dbus_parse_address(address, &entries, &n, &failed)) {
		xt_fail(error, XT_ERROR_INVALID, "%s: %s", address, failed.message);
		dbus_error_free(&failed);
		return -1;
	}

	for (int i = 0; fd < 0 && i < n; i++) {
		g_clear_error(error);
		fd = dial_entry(entries[i], address, error);
	}
	dbus_address_entries_free(entries);
	if (fd >= 0)
		g_clear_error(error);
	return fd;
}

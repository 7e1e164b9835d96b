/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"

#define BACKLOG 64

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool is_served(const struct sockaddr_un *address)
{
	int fd = new_socket();
	bool served = fd >= 0 && connect(fd, (const struct sockaddr *)address,
					 sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return served;
}

static bool make_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_mkdir_with_parents(folder, 0755) == 0)
		return true;
	return xt_fail(error, XT_ERROR_FAILED, "%s: %s", folder, g_strerror(errno));
}

static bool listen_at(int fd, const struct sockaddr_un *address)
{
	mode_t mask = umask(0177);
	bool bound;

	unlink(address->sun_path);
	bound = bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
	umask(mask);
	return bound && listen(fd, BACKLOG) == 0;
}

int control_bind(const char *path, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		xt_fail(error, XT_ERROR_INVALID, "%s: too long for a socket", path);
		return -1;
	}
	strcpy(address.sun_path, path);
	if (!make_folder(path, error))
		return -1;
	if (is_served(&address)) {
		xt_fail(error, XT_ERROR_BUSY, "%s: somebody serves it already", path);
		return -1;
	}

	fd = new_socket();
	if (fd >= 0 && listen_at(fd, &address))
		return fd;
	xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

bool control_check(int fd, GError **error)
{
	int listens = 0, type = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return xt_fail(error, XT_ERROR_INVALID, "descriptor %d: %s", fd,
			       g_strerror(errno));
	if (!listens || type != SOCK_SEQPACKET)
		return xt_fail(error, XT_ERROR_INVALID,
			       "descriptor %d: not a SOCK_SEQPACKET socket that listens",
			       fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return true;
}

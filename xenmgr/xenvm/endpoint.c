/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/paths.h"

#define BACKLOG 32

struct Endpoint {
	char *path, *lock_path;
	int fd, lock_fd;
};

/* The one who had it may have removed the file between our open and our lock. */
static bool lock_is_current(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

static int take_lock(const char *path, const char *name, GError **error)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0) {
			xt_fail(error, XT_ERROR_FAILED, "%s: %s", path,
				g_strerror(errno));
			return -1;
		}
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			bool busy = errno == EWOULDBLOCK;

			xt_fail(error, busy ? XT_ERROR_BUSY : XT_ERROR_FAILED, "%s: %s",
				name,
				busy ? "there is a monitor already" : g_strerror(errno));
			close(fd);
			return -1;
		}
		if (lock_is_current(fd, path))
			return fd;
		close(fd);
	}
}

static int listen_at(const char *path, GError **error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = -1;

	if (g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path)) >=
	    sizeof(addr.sun_path)) {
		xt_fail(error, XT_ERROR_FAILED, "%s: too long for a socket's path", path);
		return -1;
	}
	if ((unlink(path) && errno != ENOENT) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0600) ||
	    listen(fd, BACKLOG)) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

Endpoint *endpoint_claim(const char *name, GError **error)
{
	g_autofree char *dir = g_build_filename(paths_run(), "xenvm", NULL);
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *lock_path = g_strconcat(path, ".lock", NULL);
	Endpoint *endpoint;
	int lock_fd, fd;

	if (g_mkdir_with_parents(dir, 0700)) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", dir, g_strerror(errno));
		return NULL;
	}
	lock_fd = take_lock(lock_path, name, error);
	if (lock_fd < 0)
		return NULL;
	fd = listen_at(path, error);
	if (fd < 0) {
		close(lock_fd);
		return NULL;
	}

	endpoint = g_new0(Endpoint, 1);
	endpoint->path = g_steal_pointer(&path);
	endpoint->lock_path = g_steal_pointer(&lock_path);
	endpoint->fd = fd;
	endpoint->lock_fd = lock_fd;
	return endpoint;
}

int endpoint_fd(const Endpoint *endpoint)
{
	return endpoint->fd;
}

void endpoint_free(Endpoint *endpoint)
{
	if (!endpoint)
		return;
	unlink(endpoint->path);
	unlink(endpoint->lock_path);
	close(endpoint->lock_fd);
	g_free(endpoint->path);
	g_free(endpoint->lock_path);
	g_free(endpoint);
}

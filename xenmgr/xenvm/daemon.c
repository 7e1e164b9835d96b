/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/error.h"

/* A log that is longer gives way to a new one, and is kept as <log>.old. */
#define LOG_MAX (1024 * 1024)

/* What the daemon says to the one who waits: this, or why it failed. */
static const char ready[] = "ready";

static int tell_fd = -1; /* in the daemon */
static bool logs;

void daemon_close_inherited(void)
{
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

static int open_log(const char *path)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *old = g_strconcat(path, ".old", NULL);
	struct stat st;

	if (g_mkdir_with_parents(dir, 0750))
		return -1;
	if (!stat(path, &st) && st.st_size > LOG_MAX)
		rename(path, old);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* The first process: until the last one has said what became of it. */
static G_GNUC_NORETURN void wait_for(int fd, pid_t child)
{
	char text[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0 ||
	       (n < 0 && errno == EINTR))
		len += n > 0 ? n : 0;
	text[len] = '\0';
	waitpid(child, NULL, 0);
	if (!strcmp(text, ready))
		_exit(0);
	fprintf(stderr, "%s\n", len ? text : "the monitor ended at its start");
	_exit(1);
}

bool daemon_fork(GError **error)
{
	int fds[2];
	pid_t child;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC) || (child = fork()) < 0)
		return xt_fail(error, XT_ERROR_FAILED, "cannot start a daemon: %s",
			       g_strerror(errno));
	if (child) {
		close(fds[1]);
		wait_for(fds[0], child);
	}

	close(fds[0]);
	tell_fd = fds[1];
	setsid();
	child = fork();
	if (child < 0)
		return xt_fail(error, XT_ERROR_FAILED, "cannot start a daemon: %s",
			       g_strerror(errno));
	if (child)
		_exit(0);
	if (chdir("/"))
		g_warning("cannot change to /: %s", g_strerror(errno));
	return true;
}

bool daemon_log(const char *path, GError **error)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log_fd = open_log(path);

	if (log_fd < 0) {
		xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
		close(null_fd);
		return false;
	}
	dup2(null_fd, STDIN_FILENO);
	dup2(log_fd, STDOUT_FILENO);
	dup2(log_fd, STDERR_FILENO);
	close(null_fd);
	close(log_fd);
	logs = true;
	return true;
}

static void tell(const char *text)
{
	if (tell_fd < 0)
		return;
	if (write(tell_fd, text, strlen(text)) < 0)
		g_warning("nobody waits any more: %s", g_strerror(errno));
	close(tell_fd);
	tell_fd = -1;
}

void daemon_ready(void)
{
	tell(ready);
}

bool daemon_failed(const char *message)
{
	bool told = tell_fd >= 0;

	tell(message);
	return told && !logs;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lab-ns [--bind FROM TO]... COMMAND... - run COMMAND as the first process of a private
 * machine: its own processes, mounts, network, IPC.  What libxenlight, xl, xenstored and
 * dbus-daemon write to is memory of that machine, so nothing of it outlives COMMAND, not
 * even when lab-ns is killed hard.
 *
 * Needs no root: an ordinary user is root in a user namespace of its own.  A signal that
 * would end lab-ns ends the machine, with status 128 + its number; Ctrl-C on a terminal
 * is left to COMMAND, which gets it too.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_BINDS 8

typedef struct {
	const char *from, *to;
	int fd; /* opened before /run is hidden */
} Bind;

static Bind binds[MAX_BINDS];
static int n_binds;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(125, "%s", path);
	close(fd);
}

static void new_namespaces(void)
{
	const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
	unsigned uid = geteuid(), gid = getegid();
	char map[64];

	if (uid == 0 && unshare(flags) == 0)
		return;
	if (unshare(flags | CLONE_NEWUSER))
		err(125, "cannot make namespaces (are user namespaces allowed?)");
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "0 %u 1", uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %u 1", gid);
	put("/proc/self/gid_map", map);
}

static void private_tmpfs(const char *path)
{
	if (mount("none", path, "tmpfs", 0, "mode=755") && errno != ENOENT)
		err(125, "tmpfs on %s", path);
}

static void make_path(const char *path)
{
	char p[256];

	snprintf(p, sizeof p, "%s", path);
	for (char *s = strchr(p + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = 0;
		mkdir(p, 0755);
		*s = '/';
	}
	mkdir(p, 0755);
}

static void mounts(void)
{
	char from[32];

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		err(125, "mount namespace");
	for (int i = 0; i < n_binds; i++) {
		binds[i].fd = open(binds[i].from, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (binds[i].fd < 0)
			err(125, "%s", binds[i].from);
	}
	private_tmpfs("/run");
	private_tmpfs("/var/lib/xen");
	private_tmpfs("/var/log/xen");
	for (int i = 0; i < n_binds; i++) {
		make_path(binds[i].to);
		snprintf(from, sizeof from, "/proc/self/fd/%d", binds[i].fd);
		if (mount(from, binds[i].to, NULL, MS_BIND, NULL))
			err(125, "bind on %s", binds[i].to);
		close(binds[i].fd);
	}
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		err(125, "/proc");
	/* the interfaces of this network namespace, where that is allowed */
	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) &&
	    errno != EPERM && errno != EBUSY)
		err(125, "/sys");
}

static void child(char **argv, const sigset_t *mask, const int alive[2])
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(alive[1]);
	if (read(alive[0], &c, 1) == 0) /* the parent had died before that */
		_exit(125);
	close(alive[0]);
	mounts();
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* Wait for @pid; a signal that is meant for us alone ends it. */
static int supervise(pid_t pid, const sigset_t *set)
{
	siginfo_t si;
	int status, ended_by = 0;

	for (;;) {
		if (sigwaitinfo(set, &si) < 0)
			continue;
		if (si.si_signo != SIGCHLD) {
			if (si.si_code == SI_KERNEL &&
			    (si.si_signo == SIGINT || si.si_signo == SIGQUIT))
				continue;
			ended_by = si.si_signo;
			kill(pid, SIGKILL);
			continue;
		}
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		if (ended_by)
			return 128 + ended_by;
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static char **options(char **argv)
{
	argv++;
	while (argv[0] && !strcmp(argv[0], "--bind") && argv[1] && argv[2]) {
		if (n_binds == MAX_BINDS)
			errx(125, "more than %d directories", MAX_BINDS);
		binds[n_binds++] = (Bind){ .from = argv[1], .to = argv[2] };
		argv += 3;
	}
	if (!argv[0])
		errx(125, "usage: lab-ns [--bind FROM TO]... COMMAND...");
	return argv;
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t set, mask;
	int alive[2];
	pid_t pid;

	argv = options(argv);
	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &mask);
	new_namespaces();
	if (pipe2(alive, O_CLOEXEC | O_NONBLOCK))
		err(125, "pipe");
	pid = fork();
	if (pid < 0)
		err(125, "fork");
	if (pid == 0)
		child(argv, &mask, alive);
	return supervise(pid, &set);
}

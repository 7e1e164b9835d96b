/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest-enter DOMID COMMAND... - run COMMAND as a program inside that guest.
 *
 * In a mount namespace of its own the host's /run is hidden: what is at
 * /run/xenstored/socket is the guest's ring, as that unprivileged domain, and what is at
 * /run/dbus/system_bus_socket is the guest's bus.  The host's state and logs are hidden
 * likewise, but not the programs ($LAB_ROOT): the guest has the same ones.  The
 * environment of the host is taken away.
 */
#include "hv.h"

#include <err.h>
#include <sched.h>
#include <sys/mount.h>
#include <xenstore.h>

#define HERE "/run/guest" /* what of the host the guest needs, bound here */

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		err(125, "%s", path);
}

static void bind_dir(const char *from, const char *to)
{
	make_dir(to);
	if (mount(from, to, NULL, MS_BIND, NULL))
		err(125, "bind %s to %s", from, to);
}

/* <run>/guest/<uuid> of the domain, if it has a channel there. */
static int bus_dir(const char *domid, char *path, size_t n)
{
	const char *run = getenv("XENMGR_RUN_DIR");
	char key[64], sock[256], *vm, *uuid;
	struct xs_handle *xs;
	unsigned len;

	/* asked through its own ring: the host's store may be out of reach */
	hv_path(sock, sizeof sock, "dom%s.sock", domid);
	setenv("XENSTORED_PATH", sock, 1);
	xs = xs_open(0);
	if (!xs)
		err(125, "domain %s: %s", domid, sock);
	snprintf(key, sizeof key, "vm");
	vm = xs_read(xs, XBT_NULL, key, &len);
	xs_close(xs);
	uuid = vm ? strrchr(vm, '/') : NULL;
	snprintf(path, n, "%s/guest/%s", run && *run ? run : "/run/xenmgr",
		 uuid ? uuid + 1 : "none");
	free(vm);
	return access(path, F_OK) == 0;
}

/* A view of the directories with the sockets, taken before /run is hidden. */
static void hide_host(const char *bus)
{
	static const char *const hidden[] = { "/var/lib/xen", "/var/lib/xenmgr",
					      "/var/log/xen", "/var/log/xenmgr" };
	const char *view = "/mnt", *root = getenv("LAB_ROOT");

	if (mount("none", view, "tmpfs", 0, "mode=755"))
		err(125, "%s", view);
	bind_dir(hv_dir(), "/mnt/hv");
	if (bus)
		bind_dir(bus, "/mnt/bus");
	if (root && *root)
		bind_dir(root, "/mnt/root");
	if (mount("none", "/run", "tmpfs", 0, "mode=755"))
		err(125, "/run");
	make_dir(HERE);
	make_dir("/run/dbus");
	make_dir("/run/xenstored");
	make_dir("/run/lock");
	if (bus)
		bind_dir("/mnt/bus", HERE "/bus");
	if (root && *root) {
		make_dir("/run/lab");
		bind_dir("/mnt/root", root);
	}
	for (unsigned i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (access(hidden[i], F_OK) == 0 &&
		    mount("none", hidden[i], "tmpfs", 0, "mode=755"))
			err(125, "%s", hidden[i]);
}

static void place_sockets(const char *domid)
{
	char from[64];
	int fd = open("/run/xenstored/socket", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		err(125, "/run/xenstored/socket");
	close(fd);
	snprintf(from, sizeof from, "/mnt/hv/dom%s.sock", domid);
	if (mount(from, "/run/xenstored/socket", NULL, MS_BIND, NULL))
		err(125, "bind %s", from);
	if (symlink(HERE "/bus/bus", "/run/dbus/system_bus_socket"))
		err(125, "/run/dbus/system_bus_socket");
	if (umount2("/mnt/hv", MNT_DETACH) || umount2("/mnt", MNT_DETACH))
		err(125, "/mnt");
}

static void guest_environment(const char *domid)
{
	static const char *const gone[] = {
		"FAKEHV_DIR",
		"XENMGR_RUN_DIR",
		"XENMGR_STATE_DIR",
		"XENMGR_LOG_DIR",
		"XENMGR_CONF_DIR",
		"XENMGR_DATA_DIR",
		"XENMGR_LIBEXEC_DIR",
		"LD_PRELOAD",
		"XENSTORED_RUNDIR",
		"DBUS_SESSION_BUS_ADDRESS",
		"LAB_DIR",
		"XENMGR_GUEST_CHANNEL",
	};

	for (unsigned i = 0; i < sizeof gone / sizeof *gone; i++)
		unsetenv(gone[i]);
	setenv("DOMID", domid, 1);
	setenv("XENSTORED_PATH", "/run/xenstored/socket", 1);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/dbus/system_bus_socket", 1);
}

/* The guest's own network. */
static void enter_network(const char *domid)
{
	unsigned d = strtoul(domid, NULL, 10);
	Hv *hv = hv_attach(0);
	char path[64];
	int fd;

	if (!hv || d >= HV_MAX_DOMID || hv->ext[d].guest_pid <= 0)
		errx(125, "domain %s has no guest", domid);
	snprintf(path, sizeof path, "/proc/%d/ns/net", hv->ext[d].guest_pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(125, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	char bus[256];
	int has_bus;

	if (argc < 3 || strspn(argv[1], "0123456789") != strlen(argv[1]))
		errx(125, "usage: guest-enter DOMID COMMAND...");
	has_bus = bus_dir(argv[1], bus, sizeof bus);
	enter_network(argv[1]);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		err(125, "mount namespace");
	hide_host(has_bus ? bus : NULL);
	place_sockets(argv[1]);
	guest_environment(argv[1]);
	execvp(argv[2], argv + 2);
	err(errno == ENOENT ? 127 : 126, "%s", argv[2]);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fakeguest - what a guest runs on top of xenbus-bridge: what a Linux PV kernel does in
 * xenstore, and no more.  Through its own ring it announces features, connects its vbd
 * and vif frontends, obeys control/shutdown and memory/target, and ends by "calling"
 * SCHEDOP_shutdown.  Its userland is one program, $LAB_GUEST_INIT (by default the agent,
 * if it was built), run as `guest-enter` runs things; it goes down with the guest, whose
 * process group it is in.
 *
 * Words on the guest's command line: "hang" acknowledges a shutdown and stays, "deaf"
 * does not even acknowledge, "noinit" starts no userland, "crash" crashes at once,
 * "init=PROG" is another userland.
 */
#include "hv.h"

#include <err.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <xenstore.h>

static struct xs_handle *xs;
static Hv *hv;
static uint32_t me;
static const char *cmdline;

static char *rd(const char *path)
{
	unsigned n;

	return xs_read(xs, XBT_NULL, path, &n);
}

static void wr(const char *path, const char *value)
{
	xs_write(xs, XBT_NULL, path, value, strlen(value));
}

/* true if @word is one of the command line's */
static int has_word(const char *word)
{
	size_t n = strlen(word);

	for (const char *p = cmdline; (p = strstr(p, word)); p += n)
		if ((p == cmdline || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return 1;
	return 0;
}

/* ---- frontends ---- */

/* As Linux frontends do: only when the backend waits. */
static void frontend_open(const char *kind, const char *dev, const char *state_path)
{
	char b[192], *be, *bs;

	snprintf(b, sizeof b, "device/%s/%s/backend", kind, dev);
	be = rd(b);
	if (!be)
		return;
	snprintf(b, sizeof b, "%s/state", be);
	xs_watch(xs, b, "be"); /* EEXIST the second time */
	bs = rd(b);
	if (bs && *bs == '2') {
		snprintf(b, sizeof b, "device/%s/%s/ring-ref", kind, dev);
		wr(b, "8");
		wr(state_path, "4");
		printf("%s %s connected to %s\n", kind, dev, be);
	}
	free(bs);
	free(be);
}

/* What a guest's own scripts do with a NIC: ethM gets 10.x.x.M+1, x.x its domid. */
static void nic_up(const char *dev)
{
	unsigned n = strtoul(dev, NULL, 10);
	char c[160];

	snprintf(c, sizeof c,
		 "ip address add 10.%u.%u.%u/8 dev eth%u 2>/dev/null && ip link set "
		 "eth%u up",
		 me >> 8, me & 255, n + 1, n, n);
	if (system(c) == 0)
		printf("eth%u is up\n", n);
}

/* The backend went on: it is connected, or wants the guest to let go of it. */
static void frontend_follow(const char *kind, const char *dev, const char *state_path)
{
	char b[192], *be, *bs;

	snprintf(b, sizeof b, "device/%s/%s/backend", kind, dev);
	be = rd(b);
	if (!be)
		return;
	snprintf(b, sizeof b, "%s/state", be);
	bs = rd(b);
	if (bs && *bs == '5') {
		wr(state_path, "6");
		xs_unwatch(xs, b, "be");
		printf("%s %s closed\n", kind, dev);
	} else if (bs && *bs == '4' && !strcmp(kind, "vif")) {
		nic_up(dev); /* fails the second time: it has its address */
	}
	free(bs);
	free(be);
}

static void frontends(void)
{
	static const char *const kinds[] = { "vbd", "vif" };
	char p[128], *state, **devs;
	unsigned n;

	for (int k = 0; k < 2; k++) {
		snprintf(p, sizeof p, "device/%s", kinds[k]);
		devs = xs_directory(xs, XBT_NULL, p, &n);
		if (!devs)
			continue;
		for (unsigned i = 0; i < n; i++) {
			snprintf(p, sizeof p, "device/%s/%s/state", kinds[k], devs[i]);
			state = rd(p);
			if (state && *state == '1')
				frontend_open(kinds[k], devs[i], p);
			else if (state && *state == '4')
				frontend_follow(kinds[k], devs[i], p);
			free(state);
		}
		free(devs);
	}
}

/* ---- control ---- */

static void go_down(uint32_t reason)
{
	if (has_word("hang"))
		return;
	hv_do_shutdown(hv, me, reason);
	if (reason != 2)
		for (;;)
			pause();
	while (hv_flags(hv, me) & HV_SHUTDOWN)
		usleep(1000); /* as a suspended vcpu: it is not scheduled */
	puts("resumed");      /* a cancelled or checkpointed save */
}

static void control_shutdown(void)
{
	static const struct {
		const char *word;
		uint32_t reason;
	} actions[] = {
		{ "poweroff", 0 }, { "halt", 0 },  { "reboot", 1 },
		{ "suspend", 2 },  { "crash", 3 },
	};
	char *word = has_word("deaf") ? NULL : rd("control/shutdown");

	for (unsigned i = 0; word && i < sizeof actions / sizeof *actions; i++) {
		if (strcmp(word, actions[i].word))
			continue;
		wr("control/shutdown", ""); /* the acknowledgement */
		printf("told to %s\n", word);
		go_down(actions[i].reason);
	}
	free(word);
}

static void balloon(void)
{
	char *target = rd("memory/target");

	if (target && strtoull(target, NULL, 0) / 4 <= hv->ext[me].max_pages)
		hv->ext[me].tot_pages = strtoull(target, NULL, 0) / 4;
	free(target);
}

/* ---- userland ---- */

/* A network of the guest's own, into which the machine puts its NICs. */
static void own_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET)) {
		printf("no network of its own: %s\n", strerror(errno));
		return;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		printf("no loopback: %s\n", strerror(errno));
	close(fd);
}

static void start_init(void)
{
	char self[256] = "", enter[300], own[256], num[16];
	const char *init = getenv("LAB_GUEST_INIT");
	const char *word = strstr(cmdline, "init=");

	if (word && (word == cmdline || word[-1] == ' ')) {
		snprintf(own, sizeof own, "%s", word + strlen("init="));
		own[strcspn(own, " ")] = 0;
		init = own;
	}
	if (!init || access(init, X_OK) || has_word("noinit"))
		return;
	if (readlink("/proc/self/exe", self, sizeof self - 1) > 0)
		*strrchr(self, '/') = 0;
	snprintf(enter, sizeof enter, "%s/guest-enter", self);
	snprintf(num, sizeof num, "%u", me);
	if (fork() == 0) {
		dup2(open("/dev/null", O_RDONLY), 0);
		execl(enter, "guest-enter", num, init, NULL);
		err(1, "%s", enter);
	}
}

/* ---- the loop ---- */

static void typed(struct pollfd *p)
{
	char b[256];
	ssize_t n = read(p->fd, b, sizeof b);

	if (n > 0)
		printf("you typed: %.*s\n", (int)n, b);
	else
		p->fd = -1;
}

static void boot(void)
{
	const char *restored = getenv("RESTORED") ?: "";

	printf("Fake Linux %s in domain %u, command line: %s\n",
	       *restored ? "restored" : "booting", me, cmdline);
	if (has_word("crash"))
		hv_do_shutdown(hv, me, 3);
	own_network();
	wr("control/feature-poweroff", "1");
	wr("control/feature-reboot", "1");
	wr("control/feature-suspend", "1");
	xs_watch(xs, "control/shutdown", "sd");
	xs_watch(xs, "memory/target", "mem");
	xs_watch(xs, "device", "dev");
	frontends();
	start_init();
	puts("login:");
}

int main(void)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	char **v;

	setvbuf(stdout, NULL, _IOLBF, 0);
	me = strtoul(getenv("DOMID") ?: "0", NULL, 0);
	cmdline = getenv("CMDLINE") ?: "";
	hv = hv_attach(0);
	xs = xs_open(0);
	if (!hv || !xs)
		err(1, "guest");
	boot();
	p[0].fd = xs_fileno(xs);
	while (poll(p, 2, -1) >= 0 || errno == EINTR) {
		if (p[1].revents)
			typed(&p[1]);
		while ((v = xs_check_watch(xs))) {
			if (!strcmp(v[XS_WATCH_TOKEN], "sd"))
				control_shutdown();
			else if (!strcmp(v[XS_WATCH_TOKEN], "mem"))
				balloon();
			else
				frontends();
			free(v);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 1;
}

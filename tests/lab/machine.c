/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine.h"

#include <err.h>
#include <linux/futex.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

/* A guest, from its introduction to its end; a pid of 0: not started. */
typedef struct Run {
	struct Run *next;
	uint32_t d;
	pid_t pid;
	int stopped;
	int in, out; /* pipes to and from its console */
	int log;
	int pty, slave; /* what xenconsoled makes for it */
} Run;

Hv *machine_hv;
struct xs_handle *machine_xs;
#define hv machine_hv
#define xs machine_xs

static Run *runs;
static char tools[256]; /* directory of the programs */

const char *machine_read(const char *fmt, ...)
{
	static char val[8][256];
	static int i;
	char path[256], *v;
	unsigned n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof path, fmt, ap);
	va_end(ap);
	v = xs_read(xs, XBT_NULL, path, &n);
	if (!v)
		return NULL;
	i = (i + 1) % 8;
	snprintf(val[i], sizeof val[i], "%s", v);
	free(v);
	return val[i];
}

void machine_write(const char *path, const char *leaf, const char *value)
{
	char p[256];

	snprintf(p, sizeof p, "%s/%s", path, leaf);
	xs_write(xs, XBT_NULL, p, value, strlen(value));
}

static Run *find(uint32_t d)
{
	Run *r;

	for (r = runs; r && r->d != d; r = r->next)
		;
	return r;
}

static Run *find_or_make(uint32_t d)
{
	Run *r = find(d);

	if (!r) {
		r = calloc(1, sizeof *r);
		if (!r)
			err(1, NULL);
		*r = (Run){ .next = runs,
			    .d = d,
			    .in = -1,
			    .out = -1,
			    .log = -1,
			    .pty = -1,
			    .slave = -1 };
		runs = r;
	}
	return r;
}

/* ---- xenconsoled: a pty for every introduced domain that has a console ---- */

static void introduced(void)
{
	char p[64];

	for (uint32_t d = 1; d < HV_MAX_DOMID; d++) {
		if (!hv->dom[d].bound || hv_flags(hv, d) & HV_DYING || find(d))
			continue;
		find_or_make(d);
		snprintf(p, sizeof p, "/local/domain/%u/console", d);
		xs_watch(xs, p, "con");
	}
}

static void console(const char *path)
{
	char p[128], dir[64];
	const char *type;
	struct termios t;
	unsigned d;
	Run *r;

	if (sscanf(path, "/local/domain/%u/console", &d) != 1 || !(r = find(d)) ||
	    r->pty >= 0)
		return;
	snprintf(dir, sizeof dir, "/local/domain/%u/console", d);
	type = machine_read("%s/type", dir);
	if (!machine_read("%s/port", dir) || !type || strcmp(type, "xenconsoled") ||
	    openpty(&r->pty, &r->slave, p, NULL, NULL))
		return;
	tcgetattr(r->slave, &t);
	cfmakeraw(&t);
	tcsetattr(r->slave, TCSANOW, &t);
	fcntl(r->slave, F_SETFD, FD_CLOEXEC);
	fcntl(r->pty, F_SETFD, FD_CLOEXEC);
	fcntl(r->pty, F_SETFL, O_NONBLOCK);
	machine_write(dir, "tty", p);
}

/* ---- a guest: a process group of its xenbus driver and its program ---- */

/* extra = "fakeguest=PROGRAM" on its command line names another program. */
static void guest_program(uint32_t d, char *path, size_t n)
{
	const char *program = getenv("FAKEHV_GUEST");
	const char *own = strstr(hv->ext[d].cmdline, "fakeguest=");

	if (own) {
		snprintf(path, n, "%s", own + strlen("fakeguest="));
		path[strcspn(path, " ")] = 0;
	} else if (program && *program) {
		snprintf(path, n, "%s", program);
	} else {
		snprintf(path, n, "%s/fakeguest", tools);
	}
}

static void start_bridge(const char *num)
{
	char path[300], word[8];
	int ready[2];

	if (pipe2(ready, O_CLOEXEC))
		err(1, "pipe");
	snprintf(path, sizeof path, "%s/xenbus-bridge", tools);
	if (fork() == 0) {
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(ready[1], 1);
		execl(path, "xenbus-bridge", num, NULL);
		err(1, "%s", path);
	}
	close(ready[1]);
	if (read(ready[0], word, 6) <= 0)
		errx(1, "xenbus-bridge did not start");
	close(ready[0]);
}

static void guest_child(uint32_t d, int in, int out)
{
	char sock[256], num[16], program[512];
	sigset_t none;

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);

	snprintf(num, sizeof num, "%u", d);
	setenv("XENSTORED_PATH", hv_path(sock, sizeof sock, "dom%u.sock", d), 1);
	setenv("DOMID", num, 1);
	setenv("CMDLINE", hv->ext[d].cmdline, 1);
	setenv("RESTORED", hv->ext[d].built == 2 ? "1" : "", 1);
	unsetenv("LD_PRELOAD");
	start_bridge(num);

	guest_program(d, program, sizeof program);
	if (!access(program, X_OK))
		execl(program, program, NULL);
	execl("/bin/sh", "sh", "-c", program, NULL);
	err(1, "%s", program);
}

static void guest_start(uint32_t d)
{
	Run *r = find_or_make(d);
	int out[2], in[2];
	char p[256];

	r->log = open(hv_path(p, sizeof p, "dom%u.log", d),
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) || pipe2(in, O_CLOEXEC | O_NONBLOCK))
		err(1, "pipe");
	fcntl(out[1], F_SETFL, 0);
	fcntl(in[0], F_SETFL, 0);
	r->out = out[0];
	r->in = in[1];
	r->pid = fork();
	if (r->pid < 0)
		err(1, "fork");
	if (r->pid == 0)
		guest_child(d, in[0], out[1]);
	setpgid(r->pid, r->pid);
	close(out[1]);
	close(in[0]);
	hv->ext[d].guest_pid = r->pid;
}

static void close_all(const int *fds, int n)
{
	for (int i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void guest_stop(Run *r)
{
	Run **at;
	char p[64];

	for (at = &runs; *at != r; at = &(*at)->next)
		;
	*at = r->next;
	if (r->pid) {
		kill(-r->pid, SIGKILL);
		kill(-r->pid, SIGCONT);
		hv->ext[r->d].guest_pid = 0;
	}
	snprintf(p, sizeof p, "/local/domain/%u/console", r->d);
	xs_unwatch(xs, p, "con");
	close_all((int[]){ r->out, r->log, r->in, r->pty, r->slave }, 5);
	free(r);
}

/* Bring the guest of @d to what the table says, and wake who waits for that. */
static void reconcile(uint32_t d)
{
	uint32_t flags, want;
	Run *r;

	if (d >= HV_MAX_DOMID)
		return;
	want = __atomic_load_n(&hv->ext[d].want, __ATOMIC_ACQUIRE);
	flags = hv_flags(hv, d);
	r = find(d);
	if (!(flags & HV_EXISTS) || flags & HV_DYING) {
		if (r)
			guest_stop(r);
	} else if (flags & (HV_PAUSED | HV_SHUTDOWN)) {
		if (r && r->pid && !r->stopped) {
			kill(-r->pid, SIGSTOP);
			r->stopped = 1;
		}
	} else if ((!r || !r->pid) && hv->ext[d].built) {
		guest_start(d);
	} else if (r && r->stopped) {
		kill(-r->pid, SIGCONT);
		r->stopped = 0;
	}
	__atomic_store_n(&hv->ext[d].done, want, __ATOMIC_RELEASE);
	syscall(SYS_futex, &hv->ext[d].done, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* A guest's program that ends by itself is a crash. */
static void reaped(pid_t pid)
{
	for (Run *r = runs; r; r = r->next) {
		uint32_t flags = hv_flags(hv, r->d);

		if (r->pid != pid)
			continue;
		if (flags & HV_EXISTS && !(flags & (HV_SHUTDOWN | HV_DYING))) {
			hv->dom[r->d].shutdown_reason = 3;
			hv_set(hv, r->d, HV_SHUTDOWN | HV_CRASHED, 0);
			hv_virq();
		}
		return;
	}
}

/* ---- the loop ---- */

static void console_io(Run *r, int fd)
{
	char b[4096];
	ssize_t l = read(fd, b, sizeof b);

	if (fd == r->pty) { /* typed at xl console */
		if (l > 0 && write(r->in, b, l) < 0)
			warn("console of domain %u", r->d);
	} else if (l > 0) {
		if (write(r->log, b, l) < 0)
			warn("log of domain %u", r->d);
		if (r->pty >= 0 && write(r->pty, b, l) < 0 && errno != EAGAIN)
			warn("console of domain %u", r->d);
	} else if (l == 0) { /* all of the guest is gone */
		close(fd);
		r->out = -1;
	}
}

static void signals(int sfd)
{
	struct signalfd_siginfo si;
	pid_t pid;

	while (read(sfd, &si, sizeof si) == sizeof si)
		if (si.ssi_signo != SIGCHLD) {
			hv->machine_pid = 0;
			while (runs)
				guest_stop(runs);
			exit(0);
		}
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		reaped(pid);
}

static void kicks(int ev)
{
	uint32_t d[256];
	ssize_t l;

	while ((l = read(ev, d, sizeof d)) > 0)
		for (int i = 0; i < (int)(l / sizeof *d); i++)
			reconcile(d[i]);
}

static void watches(void)
{
	char **v;

	while ((v = xs_check_watch(xs))) {
		if (*v[XS_WATCH_PATH] == '@')
			introduced();
		else if (!strcmp(v[XS_WATCH_TOKEN], "con"))
			console(v[XS_WATCH_PATH]);
		else
			backend_changed(v[XS_WATCH_PATH]);
		free(v);
	}
	if (errno != EAGAIN)
		errx(1, "xenstored went away");
}

static void serve_consoles(struct pollfd *p, Run **who, int n)
{
	for (int i = 3; i < n; i++)
		if (p[i].revents)
			console_io(who[i], p[i].fd);
}

static void turn(int ev, int sfd)
{
	static struct pollfd *p;
	static Run **who;
	static int cap;
	int n = 3;

	for (Run *r = runs; r; r = r->next)
		n += 2;
	if (n > cap) {
		cap = n * 2;
		p = realloc(p, cap * sizeof *p);
		who = realloc(who, cap * sizeof *who);
		if (!p || !who)
			err(1, NULL);
	}
	p[0] = (struct pollfd){ ev, POLLIN, 0 };
	p[1] = (struct pollfd){ sfd, POLLIN, 0 };
	p[2] = (struct pollfd){ xs_fileno(xs), POLLIN, 0 };
	n = 3;
	for (Run *r = runs; r; r = r->next) {
		if (r->pty >= 0 && r->in >= 0) {
			who[n] = r;
			p[n++] = (struct pollfd){ r->pty, POLLIN, 0 };
		}
		if (r->out >= 0) {
			who[n] = r;
			p[n++] = (struct pollfd){ r->out, POLLIN, 0 };
		}
	}
	if (poll(p, n, -1) < 0)
		return;
	serve_consoles(p, who, n);
	if (p[1].revents)
		signals(sfd);
	if (p[0].revents)
		kicks(ev);
	if (p[2].revents)
		watches();
}

void machine_serve(Hv *table)
{
	struct rlimit rl;
	sigset_t m;
	int ev, sfd;

	hv = table;
	if (!getrlimit(RLIMIT_NOFILE, &rl)) { /* five for each domain */
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	if (readlink("/proc/self/exe", tools, sizeof tools - 1) > 0)
		*strrchr(tools, '/') = 0;
	sigemptyset(&m);
	sigaddset(&m, SIGCHLD);
	sigaddset(&m, SIGTERM);
	sigaddset(&m, SIGINT);
	sigprocmask(SIG_BLOCK, &m, NULL);
	signal(SIGPIPE, SIG_IGN);
	sfd = signalfd(-1, &m, SFD_CLOEXEC | SFD_NONBLOCK);
	ev = hv_open_fifo("machine.ev", O_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	xs = xs_open(0);
	if (!xs)
		err(1, "xs_open");
	xs_watch(xs, "/local/domain/0/backend", "be");
	xs_watch(xs, "@introduceDomain", "intro");
	hv->machine_pid = getpid();
	puts("ready");
	fflush(stdout);
	for (;;)
		turn(ev, sfd);
}

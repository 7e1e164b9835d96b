/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The guest agent: tells the toolstack, through xenstore, what runs in this VM.
 *
 * A round collects everything and sends what changed.  It is due when the period is over,
 * when the kernel says that links or addresses changed, when the clock was set (which
 * also happens when a saved VM is resumed), and when the toolstack made a new domain of
 * this VM.
 */

#include "guest/memory.h"
#include "guest/net.h"
#include "guest/os.h"
#include "guest/report.h"
#include "guest/store.h"
#include "guest/text.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_MIN     5
#define PERIOD_MAX     86400
#define PERIOD_DEFAULT 60

#define SETTLE_MS        100  /* changes of the network come in bursts */
#define APART_MS         1000 /* and must not make a busy agent */
#define RECONNECT_MS     1000
#define RECONNECT_MAX_MS 30000

typedef struct {
	int period;   /* s */
	Store *store; /* NULL: lost, to be opened anew when due */
	Net *net;     /* NULL: this kernel has none */
	Report *report;
	VifTable table;
	int signals, timer;
	long long due; /* when the next round is, in ms of now_ms(); -1: not before the
			  timer */
	long long last;
	int reconnect_ms;
} Agent;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* ---- a round ---- */

static void collect_version(Report *report)
{
	unsigned int part[3] = { 0 };
	static const char *const names[] = { "MajorVersion", "MinorVersion",
					     "MicroVersion" };
	char text[12];

	sscanf(PACKAGE_VERSION, "%u.%u.%u", &part[0], &part[1], &part[2]);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%u", part[i]);
		report_setf(report, text, "attr/PVAddons/%s", names[i]);
	}
	report_set(report, "attr/PVAddons/BuildVersion", "0");
	report_set(report, "attr/PVAddons/Installed", "1");
}

static void collect_net(Agent *agent)
{
	VifMac macs[VIF_LINKS_MAX];

	/* What cannot be listed now keeps what was said of it out, and is tried again. */
	if (!agent->net || !net_list(agent->net, &agent->table))
		return;
	if (agent->store)
		vif_match_macs(&agent->table, macs,
			       store_vif_macs(agent->store, macs, VIF_LINKS_MAX));
	vif_report(agent->report, &agent->table);
}

static void collect(Agent *agent)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[64] = "";

	report_begin(agent->report);
	collect_version(agent->report);
	os_collect(agent->report);
	memory_collect(agent->report);
	collect_net(agent);
	if (localtime_r(&now, &tm))
		strftime(stamp, sizeof(stamp), "%a %b %e %H:%M:%S %Y", &tm);
	report_set(agent->report, STORE_UPDATED, stamp);
}

/* ---- dry run ---- */

static int print_key(void *to, const char *key, const char *value)
{
	printf("%s = \"%s\"\n", key, value);
	return 0;
}

static int print_nothing(void *to, const char *key)
{
	return 0;
}

static int dry_run(Agent *agent)
{
	static const ReportSink sink = { print_key, print_nothing };

	collect(agent);
	report_send(agent->report, &sink, NULL);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* ---- when the next one is ---- */

/* The period's end on the wall clock, so that a step of it wakes the agent as well. */
static void arm(Agent *agent)
{
	struct itimerspec at = { 0 };

	clock_gettime(CLOCK_REALTIME, &at.it_value);
	at.it_value.tv_sec += agent->period;
	if (timerfd_settime(agent->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			    &at, NULL) < 0)
		err(1, "timer");
}

static void due_in(Agent *agent, int ms)
{
	long long at = now_ms() + ms;

	if (at < agent->last + APART_MS && agent->store)
		at = agent->last + APART_MS;
	if (agent->due < 0 || at < agent->due)
		agent->due = at;
}

static void lose_store(Agent *agent)
{
	warnx("xenstore is gone, opening it anew");
	store_close(agent->store);
	agent->store = NULL;
	agent->due = -1;
	agent->reconnect_ms = RECONNECT_MS;
	due_in(agent, agent->reconnect_ms);
}

static bool reopen_store(Agent *agent)
{
	agent->store = store_open();
	if (agent->store)
		return true;
	if (agent->reconnect_ms < RECONNECT_MAX_MS)
		agent->reconnect_ms *= 2;
	due_in(agent, agent->reconnect_ms);
	return false;
}

static StoreResult refresh(Agent *agent)
{
	StoreResult result;

	agent->due = -1;
	if (!agent->store && !reopen_store(agent))
		return STORE_LOST;
	collect(agent);
	result = store_publish(agent->store, agent->report);
	agent->last = now_ms();
	arm(agent);
	if (result == STORE_LOST)
		lose_store(agent);
	if (result == STORE_BUSY)
		due_in(agent, APART_MS);
	return result;
}

/* ---- the loop ---- */

static void on_timer(Agent *agent)
{
	uint64_t expired;
	ssize_t r = read(agent->timer, &expired, sizeof(expired));

	if (r < 0 && errno == EAGAIN)
		return;
	/* ECANCELED: the clock was set. */
	arm(agent);
	if (agent->store)
		due_in(agent, 0);
}

static void on_store(Agent *agent)
{
	bool lost = false;

	if (store_drain(agent->store, &lost))
		due_in(agent, SETTLE_MS);
	if (lost)
		lose_store(agent);
}

static int wait_ms(const Agent *agent)
{
	long long left = agent->due - now_ms();

	if (agent->due < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Until a signal asks to end. */
static void run(Agent *agent)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = agent->signals, .events = POLLIN },
			{ .fd = agent->timer, .events = POLLIN },
			{ .fd = agent->net ? net_fd(agent->net) : -1, .events = POLLIN },
			{ .fd = agent->store ? store_fd(agent->store) : -1,
			  .events = POLLIN },
		};
		int r = poll(fds, sizeof(fds) / sizeof(*fds), wait_ms(agent));

		if (r < 0 && errno != EINTR)
			err(1, "poll");
		if (r > 0 && fds[0].revents)
			return;
		if (r > 0 && fds[1].revents)
			on_timer(agent);
		if (r > 0 && fds[2].revents) {
			net_drain(agent->net);
			if (agent->store)
				due_in(agent, SETTLE_MS);
		}
		if (r > 0 && fds[3].revents)
			on_store(agent);
		if (wait_ms(agent) == 0)
			refresh(agent);
	}
}

static void open_events(Agent *agent)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before libxenstore starts its thread, which inherits it. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	agent->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	agent->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (agent->signals < 0 || agent->timer < 0)
		err(1, "cannot wait for events");
	signal(SIGPIPE, SIG_IGN);
}

/* ---- start ---- */

/* The control domain has the keys of a guest, but is none. */
static bool is_control_domain(void)
{
	char *text = getenv("XENSTORED_PATH") ? NULL
					      : text_read("/proc/xen/capabilities", 64);
	bool control = text && strstr(text, "control_d");

	free(text);
	return control;
}

static int parse_period(const char *text)
{
	char *end;
	long period = strtol(text, &end, 10);

	if (end == text || *end || period < PERIOD_MIN || period > PERIOD_MAX)
		errx(2, "-i \"%s\": not a number of seconds from %d to %d", text,
		     PERIOD_MIN, PERIOD_MAX);
	return (int)period;
}

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: xenmgr-guest-agent [-1n] [-i seconds]\n"
		    "  -1, --once          report once and end\n"
		    "  -n, --dry-run       print what would be written, and end\n"
		    "  -i, --interval N    report every N seconds (60)\n"
		    "  -V, --version\n");
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "once", no_argument, NULL, '1' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "interval", required_argument, NULL, 'i' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static Agent agent = { .period = PERIOD_DEFAULT, .due = -1 };
	bool once = false, dry = false;
	int option;

	while ((option = getopt_long(argc, argv, "1ni:Vh", options, NULL)) != -1) {
		if (option == '1')
			once = true;
		else if (option == 'n')
			dry = true;
		else if (option == 'i')
			agent.period = parse_period(optarg);
		else if (option == 'V')
			return puts("xenmgr-guest-agent " PACKAGE_VERSION) < 0;
		else
			return usage(option == 'h' ? stdout : stderr,
				     option == 'h' ? 0 : 2);
	}
	if (optind != argc)
		return usage(stderr, 2);

	agent.report = report_new("attr/vif", STORE_UPDATED);
	agent.net = net_open();
	if (!agent.net)
		warn("no rtnetlink, addresses are not reported");
	if (dry)
		return dry_run(&agent);
	if (is_control_domain())
		errx(1, "this is the control domain, not a guest");
	open_events(&agent);
	agent.store = store_open();
	if (!agent.store)
		err(1, "cannot open xenstore (is this a Xen guest?)");
	if (refresh(&agent) != STORE_DONE && once)
		return 1;
	if (!once)
		run(&agent);
	return 0;
}

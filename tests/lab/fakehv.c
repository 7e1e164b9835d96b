/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fakehv - the stand-in hypervisor's command line (hv.h).
 */
#include "machine.h"

#include <err.h>

static Hv *hv;

static const char usage[] =
	"usage: fakehv init                   make $FAKEHV_DIR with domain 0 in it\n"
	"       fakehv serve                  the machine: runs guests, plays backends\n"
	"       fakehv list\n"
	"       fakehv fail NAME ERRNO [SKIP [TIMES]] | fail off\n"
	"       fakehv create N [PORT [MFN]]  a domain by hand; prints N MFN PORT\n"
	"       fakehv shutdown N [REASON]    0 poweroff 1 reboot 2 suspend 3 crash\n"
	"       fakehv resume N | pause N | unpause N\n"
	"       fakehv dying N                being torn down, still known\n"
	"       fakehv destroy N              gone; waits until xenstored let go of it\n"
	"       fakehv hold N | release N     a held domain stays a zombie when "
	"destroyed\n"
	"       fakehv balloon N KB           the guest's balloon driver";

static void make_fifo(const char *name)
{
	char p[256];

	if (mkfifo(hv_path(p, sizeof p, "%s", name), 0600) && errno != EEXIST)
		err(1, "%s", p);
}

static int cmd_init(void)
{
	char p[256];
	FILE *f;

	mkdir(hv_dir(), 0700);
	hv = hv_attach(1);
	if (!hv)
		err(1, "%s", hv_dir());
	memset(hv->dom, 0, sizeof hv->dom);
	hv->rover = hv->nfail = hv->machine_pid = 0;
	make_fifo("xenstored.ev");
	make_fifo("machine.ev");
	if (hv_create(hv, 0, 0))
		err(1, "domain 0");
	hv->dom[0].store_port = 1;
	hv->ext[0].max_vcpus = HV_CPUS;
	hv->ext[0].tot_pages = hv->ext[0].max_pages = 1 << 18;
	f = fopen(hv_path(p, sizeof p, "xsd_port"), "w");
	if (!f || fputs("1", f) < 0 || fclose(f))
		err(1, "%s", p);
	return 0;
}

static int cmd_list(void)
{
	for (uint32_t d = 0; d < HV_MAX_DOMID; d++) {
		const HvDomain *dom = &hv->dom[d];

		if (dom->flags)
			printf("%u flags=%#x reason=%u mfn=%u port=%u bound=%u "
			       "pages=%llu guest=%d\n",
			       d, dom->flags, dom->shutdown_reason, dom->store_mfn,
			       dom->store_port, dom->bound,
			       (unsigned long long)hv->ext[d].tot_pages,
			       hv->ext[d].guest_pid);
	}
	for (uint32_t i = 0; i < hv->nfail; i++)
		printf("fail %s err=%d skip=%d times=%d\n", hv->fail[i].name,
		       hv->fail[i].err, hv->fail[i].skip, hv->fail[i].times);
	return 0;
}

/* Rules that are used up make room. */
static HvFault *free_fault(void)
{
	for (uint32_t i = 0; i < hv->nfail; i++)
		if (hv->fail[i].times == 0)
			return &hv->fail[i];
	return hv->nfail < HV_NFAIL ? &hv->fail[hv->nfail] : NULL;
}

static int cmd_fail(int argc, char **argv)
{
	int l = hv_lock();

	if (argc == 3 && !strcmp(argv[2], "off")) {
		hv->nfail = 0;
	} else {
		HvFault *f = free_fault();

		if (argc < 4 || !f)
			errx(2, "fail NAME ERRNO [SKIP [TIMES]], at most %d", HV_NFAIL);
		if (strlen(argv[2]) >= sizeof f->name || hv_errno(argv[3]) < 0)
			errx(2, "fail: unknown errno or long name: %s %s", argv[2],
			     argv[3]);
		*f = (HvFault){ .err = hv_errno(argv[3]),
				.skip = argc > 4 ? atoi(argv[4]) : 0,
				.times = argc > 5 ? atoi(argv[5]) : 1 };
		snprintf(f->name, sizeof f->name, "%s", argv[2]);
		if (f == &hv->fail[hv->nfail])
			__atomic_add_fetch(&hv->nfail, 1, __ATOMIC_RELEASE);
	}
	hv_unlock(l);
	return 0;
}

static int cmd_create(uint32_t d, int argc, char **argv)
{
	uint32_t port = argc > 3 ? strtoul(argv[3], NULL, 0) : 3;
	uint32_t mfn = argc > 4 ? strtoul(argv[4], NULL, 0) : 0x10000 + d;
	int l = hv_lock();

	if (hv_flags(hv, d))
		errx(1, "domain %u exists", d);
	if (hv_create(hv, d, 0))
		err(1, "domain %u", d);
	hv->dom[d].store_port = port;
	hv->dom[d].store_mfn = mfn;
	hv->ext[d].tot_pages = hv->ext[d].max_pages = 32768;
	hv->ext[d].max_vcpus = 1;
	hv_unlock(l);
	printf("%u %u %u\n", d, mfn, port);
	return 0;
}

/* ---- commands on a domain that exists ---- */

static int cmd_shutdown(uint32_t d, const char *arg)
{
	hv_do_shutdown(hv, d, arg ? strtoul(arg, NULL, 0) : 0);
	return 0;
}

static int cmd_resume(uint32_t d, const char *arg)
{
	hv_set(hv, d, 0, HV_SHUTDOWN | HV_CRASHED);
	hv_changed(hv, d);
	return 0;
}

static int cmd_pause(uint32_t d, const char *arg)
{
	return hv_pause(hv, d);
}

static int cmd_unpause(uint32_t d, const char *arg)
{
	if (hv_unpause(hv, d))
		err(1, "unpause %u", d);
	return 0;
}

static int cmd_dying(uint32_t d, const char *arg)
{
	hv_set(hv, d, HV_DYING, 0);
	hv_changed(hv, d);
	hv_virq();
	hv_kick_guest(d);
	return 0;
}

static int cmd_destroy(uint32_t d, const char *arg)
{
	if (hv_destroy(hv, d))
		warnx("domain %u: xenstored still held it after 2 s (not running?)", d);
	return 0;
}

static int cmd_hold(uint32_t d, const char *arg)
{
	hv_set(hv, d, HV_HELD, 0);
	return 0;
}

static int cmd_release(uint32_t d, const char *arg)
{
	hv_set(hv, d, 0, HV_HELD);
	return hv_flags(hv, d) & HV_DYING ? hv_vanish(hv, d) : 0;
}

static int cmd_balloon(uint32_t d, const char *arg)
{
	if (!arg)
		errx(2, "%s", usage);
	hv->ext[d].tot_pages = strtoull(arg, NULL, 0) / 4;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(uint32_t d, const char *arg);
} commands[] = {
	{ "shutdown", cmd_shutdown }, { "resume", cmd_resume },
	{ "pause", cmd_pause },       { "unpause", cmd_unpause },
	{ "dying", cmd_dying },       { "destroy", cmd_destroy },
	{ "hold", cmd_hold },         { "release", cmd_release },
	{ "balloon", cmd_balloon },
};

static int on_domain(int argc, char **argv)
{
	uint32_t d = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	if (d == 0 || d >= HV_MAX_DOMID)
		errx(2, "%s", usage);
	if (!strcmp(argv[1], "create"))
		return cmd_create(d, argc, argv);
	if (!(hv_flags(hv, d) & HV_EXISTS))
		errx(1, "no domain %u", d);
	for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(d, argc > 3 ? argv[3] : NULL);
	errx(2, "%s", usage);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "%s", usage);
	if (!strcmp(argv[1], "init"))
		return cmd_init();
	hv = hv_attach(0);
	if (!hv)
		err(1, "%s/hv", hv_dir());
	if (!strcmp(argv[1], "serve"))
		machine_serve(hv);
	if (!strcmp(argv[1], "list"))
		return cmd_list();
	if (!strcmp(argv[1], "fail"))
		return cmd_fail(argc, argv);
	return on_domain(argc, argv);
}

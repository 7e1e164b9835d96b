/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hv.h"

#include <linux/futex.h>
#include <sys/file.h>
#include <sys/syscall.h>

const char *hv_dir(void)
{
	const char *d = getenv("FAKEHV_DIR");
	return d && *d ? d : "/run/fakehv";
}

const char *hv_path(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	int l = snprintf(buf, n, "%s/", hv_dir());
	va_start(ap, fmt);
	vsnprintf(buf + l, n - l, fmt, ap);
	va_end(ap);
	return buf;
}

Hv *hv_attach(int create)
{
	char p[256];
	Hv *h;
	int fd = open(hv_path(p, sizeof p, "hv"),
		      O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	if (fd < 0)
		return NULL;
	if (create && ftruncate(fd, sizeof *h)) {
		close(fd);
		return NULL;
	}
	h = mmap(NULL, sizeof *h, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (h == MAP_FAILED)
		return NULL;
	if (create) {
		h->magic = HV_MAGIC;
		h->max = HV_MAX_DOMID;
	}
	if (h->magic != HV_MAGIC) {
		errno = EINVAL;
		return NULL;
	}
	return h;
}

int hv_lock(void)
{
	char p[256];
	int fd = open(hv_path(p, sizeof p, "hv"), O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

void hv_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

uint32_t hv_flags(Hv *h, uint32_t domid)
{
	return domid < HV_MAX_DOMID
		       ? __atomic_load_n(&h->dom[domid].flags, __ATOMIC_ACQUIRE)
		       : 0;
}

void hv_set(Hv *h, uint32_t d, uint32_t on, uint32_t off)
{
	uint32_t f = hv_flags(h, d);
	while (!__atomic_compare_exchange_n(&h->dom[d].flags, &f, (f & ~off) | on, 0,
					    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
}

void *hv_map_ring(uint32_t domid)
{
	char p[256];
	void *m;
	int fd = open(hv_path(p, sizeof p, "dom%u.ring", domid), O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	m = mmap(NULL, HV_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return m == MAP_FAILED ? NULL : m;
}

/* O_RDWR on a FIFO never blocks, never gives ENXIO/EPIPE/EOF (Linux). */
int hv_open_fifo(const char *name, int extra)
{
	char p[256];
	return open(hv_path(p, sizeof p, "%s", name), O_RDWR | O_NONBLOCK | extra);
}

int hv_open_dom_ev(uint32_t domid)
{
	char n[32];
	snprintf(n, sizeof n, "dom%u.ev", domid);
	return hv_open_fifo(n, O_CLOEXEC);
}

/* Raise an event.  A full FIFO means "already pending": fine for a channel,
 * because the reader looks at the rings/domain table, not at the count. */
void hv_kick(int fd, uint32_t port)
{
	int e = errno;
	while (write(fd, &port, sizeof port) < 0 && errno == EINTR)
		;
	errno = e;
}

void hv_virq(void) /* VIRQ_DOM_EXC; must not be lost */
{
	int e = errno, fd = hv_open_fifo("xenstored.ev", O_CLOEXEC);
	if (fd >= 0) {
		fcntl(fd, F_SETFL, 0);
		hv_kick(fd, HV_VIRQ_PORT);
		close(fd);
	}
	errno = e;
}

void hv_kick_guest(uint32_t d)
{
	int fd = hv_open_dom_ev(d);
	if (fd >= 0) {
		hv_kick(fd, 0);
		close(fd);
	}
}

void hv_changed(Hv *h, uint32_t d)
{
	HvExt *x = &h->ext[d];
	int e = errno, fd, pid = __atomic_load_n(&h->machine_pid, __ATOMIC_ACQUIRE);
	uint32_t want, done;

	if (!pid || pid == getpid() || (fd = hv_open_fifo("machine.ev", O_CLOEXEC)) < 0)
		return;
	want = __atomic_add_fetch(&x->want, 1, __ATOMIC_ACQ_REL);
	fcntl(fd, F_SETFL, 0);
	hv_kick(fd, d);
	close(fd);
	for (int i = 0;
	     i < 50 &&
	     (int32_t)((done = __atomic_load_n(&x->done, __ATOMIC_ACQUIRE)) - want) < 0;
	     i++) {
		struct timespec ts = { .tv_nsec = 100000000 };
		syscall(SYS_futex, &x->done, FUTEX_WAIT, done, &ts, NULL, 0);
		if (kill(pid, 0) && errno == ESRCH)
			break;
	}
	errno = e;
}

uint64_t hv_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

int hv_create(Hv *h, uint32_t d, uint32_t flags)
{
	static union {
		struct xenstore_domain_interface i;
		char c[HV_RING_SIZE];
	} page;
	HvExt *x = &h->ext[d];
	uint32_t want = x->want;
	char p[256];
	int fd;

	/* Xenstored flips this to XENSTORE_CONNECTED once the domain has been
	 * introduced, after it has reset the ring: the guest must wait for it. */
	page.i.connection = d ? XENSTORE_RECONNECT : 0;
	unlink(hv_path(p, sizeof p, "dom%u.ring", d));
	fd = open(p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, &page, HV_RING_SIZE) != HV_RING_SIZE) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	unlink(hv_path(p, sizeof p, "dom%u.ev", d));
	if (mkfifo(p, 0600))
		return -1;
	memset(&h->dom[d], 0, sizeof h->dom[d]);
	memset(x, 0, sizeof *x);
	x->want = x->done = want;
	x->next_port = 1;
	x->pause_count = !!(flags & HV_PAUSED);
	x->weight = 256;
	x->created_ns = hv_now();
	__atomic_store_n(&h->dom[d].flags, HV_EXISTS | flags, __ATOMIC_RELEASE);
	return 0;
}

void hv_do_shutdown(Hv *h, uint32_t d, uint32_t reason)
{
	if (hv_flags(h, d) & HV_SHUTDOWN)
		return;
	h->dom[d].shutdown_reason = reason;
	hv_set(h, d, reason == 3 ? HV_SHUTDOWN | HV_CRASHED : HV_SHUTDOWN, 0);
	hv_virq();        /* first: the caller may be the */
	hv_changed(h, d); /* guest, and stopped by this */
}

int hv_pause(Hv *h, uint32_t d)
{
	int l = hv_lock();
	h->ext[d].pause_count++;
	hv_set(h, d, HV_PAUSED, 0);
	hv_unlock(l);
	hv_changed(h, d);
	return 0;
}

int hv_unpause(Hv *h, uint32_t d)
{
	int l = hv_lock(), n = h->ext[d].pause_count;
	if (n)
		n = --h->ext[d].pause_count;
	else
		n = -1;
	if (n == 0)
		hv_set(h, d, 0, HV_PAUSED);
	hv_unlock(l);
	if (n < 0) {
		errno = EINVAL;
		return -1;
	} /* so says Xen, too */
	if (n == 0)
		hv_changed(h, d);
	return 0;
}

int hv_vanish(Hv *h, uint32_t d)
{
	char p[256];
	int i;

	/* a zombie until xenstored has let go of its event channel and page */
	for (i = 0; i < 2000 && __atomic_load_n(&h->dom[d].bound, __ATOMIC_ACQUIRE); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	unlink(hv_path(p, sizeof p, "dom%u.ring", d));
	unlink(hv_path(p, sizeof p, "dom%u.ev", d));
	unlink(hv_path(p, sizeof p, "dom%u.mem", d));
	__atomic_store_n(&h->dom[d].flags, 0, __ATOMIC_RELEASE);
	hv_virq();
	return i == 2000;
}

int hv_destroy(Hv *h, uint32_t d)
{
	hv_set(h, d, HV_DYING, 0);
	hv_changed(h, d); /* kills the guest */
	h->ext[d].tot_pages = 0;
	hv_virq();
	hv_kick_guest(d);
	return hv_flags(h, d) & HV_HELD ? 0 : hv_vanish(h, d);
}

int hv_errno(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {
		{ "ENOMEM", ENOMEM }, { "EINVAL", EINVAL }, { "EPERM", EPERM },
		{ "ENOSYS", ENOSYS }, { "ESRCH", ESRCH },   { "EBUSY", EBUSY },
		{ "EAGAIN", EAGAIN }, { "EIO", EIO },       { "EFAULT", EFAULT },
		{ "ENODEV", ENODEV }, { "EEXIST", EEXIST }, { "EACCES", EACCES },
		{ "ENOSPC", ENOSPC }, { "EINTR", EINTR },
	};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(name, known[i].name))
			return known[i].number;
	return atoi(name) > 0 ? atoi(name) : -1;
}

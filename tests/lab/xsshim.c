/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xsshim - preloaded into an unmodified xenstored: answers the calls of libxenctrl,
 * libxenevtchn and libxengnttab that it makes from the directory of hv.h.
 */
#undef _FILE_OFFSET_BITS /* open and open64 are two names here */
#include "hv.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

static Hv *hv;
static int guest_ev[HV_MAX_DOMID]; /* fd + 1; 0 = not open */
struct xenevtchn_handle {
	int fd;
};
static char dummy; /* what opaque handles point at */

static int no_hv(void)
{
	if (!hv)
		hv = hv_attach(0);
	if (hv)
		return 0;
	errno = ENOENT;
	return -1;
}

/* ---- /proc/xen/xsd_kva and xsd_port: procfs cannot be extended, so redirect ---- */

static const char *redirect(const char *path, char *buf, size_t n)
{
	if (!strcmp(path, "/proc/xen/xsd_kva"))
		return hv_path(buf, n, "dom0.ring");
	if (!strcmp(path, "/proc/xen/xsd_port"))
		return hv_path(buf, n, "xsd_port");
	return path;
}

static int do_open(const char *path, int flags, mode_t mode)
{
	char buf[256];
	return syscall(SYS_openat, AT_FDCWD, redirect(path, buf, sizeof buf), flags,
		       mode);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, int);
	va_end(ap);
	return do_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = va_arg(ap, int);
	va_end(ap);
	return do_open(path, flags, mode);
}

/* ---- libxenctrl ---- */
xc_interface *xc_interface_open(xentoollog_logger *l, xentoollog_logger *d, unsigned f)
{
	return no_hv() ? NULL : (xc_interface *)&dummy;
}

int xc_interface_close(xc_interface *x)
{
	return 0;
}

int xc_domain_getinfo(xc_interface *x, uint32_t first, unsigned int max,
		      xc_dominfo_t *info)
{
	unsigned int n = 0;

	for (uint32_t d = first; d < HV_MAX_DOMID && n < max; d++) {
		uint32_t f = hv_flags(hv, d);
		if (!(f & HV_EXISTS))
			continue;
		memset(&info[n], 0, sizeof info[n]);
		info[n].domid = d;
		info[n].dying = !!(f & HV_DYING);
		info[n].crashed = !!(f & HV_CRASHED);
		info[n].shutdown = !!(f & (HV_SHUTDOWN | HV_CRASHED));
		info[n].paused = !!(f & HV_PAUSED);
		info[n].hvm = !!(f & HV_HVM);
		info[n].shutdown_reason = hv->dom[d].shutdown_reason;
		info[n].max_memkb = 131072;
		info[n].nr_pages = 32768;
		info[n].nr_online_vcpus = 1;
		n++;
	}
	return n;
}

/* ---- libxenevtchn: our "/dev/xen/evtchn" is the FIFO xenstored.ev ---- */
xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *l, unsigned int flags)
{
	uint32_t stale[256];
	xenevtchn_handle *x;
	int fd;

	if (no_hv())
		return NULL;
	fd = hv_open_fifo("xenstored.ev", flags & XENEVTCHN_NO_CLOEXEC ? 0 : O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while (read(fd, stale, sizeof stale) > 0) /* left by a previous daemon */
		;
	for (uint32_t d = 0; d < HV_MAX_DOMID; d++)
		if (hv->dom[d].bound)
			hv->dom[d].bound = 0;
	if ((x = malloc(sizeof *x)))
		x->fd = fd;
	return x;
}

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *l, int fd, unsigned flags)
{
	xenevtchn_handle *x = no_hv() ? NULL : malloc(sizeof *x);
	if (x)
		x->fd = fd;
	return x;
}

int xenevtchn_close(xenevtchn_handle *x)
{
	close(x->fd);
	free(x);
	return 0;
}

int xenevtchn_fd(xenevtchn_handle *x)
{
	return x->fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *x, unsigned int virq)
{
	return HV_VIRQ_PORT; /* only VIRQ_DOM_EXC is ever asked for */
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *x, uint32_t domid,
						     evtchn_port_t remote)
{
	uint32_t f = hv_flags(hv, domid);

	if (!(f & HV_EXISTS) || (f & HV_DYING)) {
		errno = ESRCH;
		return -1;
	}
	if (remote != hv->dom[domid].store_port) {
		errno = EINVAL;
		return -1;
	}
	__atomic_store_n(&hv->dom[domid].bound, 1, __ATOMIC_RELEASE);
	/* As Xen does: events sent to the port while it was unbound were lost, so
	 * the local end starts out pending (oxenstored depends on it). */
	hv_kick(x->fd, HV_PORT_BASE + domid);
	return HV_PORT_BASE + domid;
}

int xenevtchn_unbind(xenevtchn_handle *x, evtchn_port_t port)
{
	uint32_t d = port - HV_PORT_BASE;

	if (port == HV_VIRQ_PORT)
		return 0;
	if (d >= HV_MAX_DOMID) {
		errno = EINVAL;
		return -1;
	}
	if (guest_ev[d]) {
		close(guest_ev[d] - 1);
		guest_ev[d] = 0;
	}
	__atomic_store_n(&hv->dom[d].bound, 0, __ATOMIC_RELEASE);
	return 0;
}

int xenevtchn_notify(xenevtchn_handle *x, evtchn_port_t port)
{
	uint32_t d = port - HV_PORT_BASE;

	if (d >= HV_MAX_DOMID) {
		errno = EINVAL;
		return -1;
	}
	if (!guest_ev[d]) /* also after a live update */
		guest_ev[d] = hv_open_dom_ev(d) + 1;
	if (guest_ev[d])
		hv_kick(guest_ev[d] - 1, hv->dom[d].store_port);
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *x)
{
	uint32_t port;
	return read(x->fd, &port, sizeof port) == sizeof port ? (int)port : -1;
}

int xenevtchn_unmask(xenevtchn_handle *x, evtchn_port_t port)
{
	return 0;
}

/* ---- libxengnttab ---- */
static void *map_page(uint32_t domid)
{
	void *m = hv_flags(hv, domid) & HV_EXISTS ? hv_map_ring(domid) : NULL;
	if (!m)
		errno = EINVAL;
	return m;
}

xengnttab_handle *xengnttab_open(struct xentoollog_logger *l, unsigned f)
{
	return no_hv() ? NULL : (xengnttab_handle *)&dummy;
}

int xengnttab_close(xengnttab_handle *x)
{
	return 0;
}

int xengnttab_set_max_grants(xengnttab_handle *x, uint32_t n)
{
	return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *x, uint32_t domid, uint32_t ref, int prot)
{
	if (ref != 1) {
		errno = EINVAL;
		return NULL;
	} /* GNTTAB_RESERVED_XENSTORE */
	return map_page(domid);
}

int xengnttab_unmap(xengnttab_handle *x, void *addr, uint32_t count)
{
	return munmap(addr, HV_RING_SIZE);
}

static __attribute__((constructor)) void init(void)
{
	struct rlimit rl; /* one FIFO per domain: soft -> hard */
	if (!getrlimit(RLIMIT_NOFILE, &rl) && rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &rl, NULL);
	}
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Below libxenctrl: nothing may reach /dev/xen.  Guest memory is a sparse file.
 */
#include "fakexl.h"

static char dummy; /* what opaque handles point at */

xencall_handle *xencall_open(xentoollog_logger *l, unsigned f)
{
	if (!hv && !(hv = hv_attach(0)))
		return NULL;
	CALL_(NULL, "");
	return (void *)&dummy;
}

int xencall_close(xencall_handle *x)
{
	return 0;
}

int xencall_fd(xencall_handle *x)
{
	return -1;
}

static int nohyp(unsigned op, uint64_t a)
{
	/* domctl and sysctl keep their sub-operation in the first word */
	unsigned sub = op == __HYPERVISOR_domctl || op == __HYPERVISOR_sysctl
			       ? *(uint32_t *)(uintptr_t)a
			       : a;
	if (op == __HYPERVISOR_domctl &&
	    (sub == XEN_DOMCTL_set_address_size || sub == XEN_DOMCTL_hypercall_init))
		return 0; /* libxenguest makes these itself */
	fakexl_trace("unmodelled hypercall %u.%u: ENOSYS", op, sub);
	errno = ENOSYS;
	return -1;
}

int xencall0(xencall_handle *x, unsigned op)
{
	return nohyp(op, 0);
}

int xencall1(xencall_handle *x, unsigned op, uint64_t a)
{
	return nohyp(op, a);
}

int xencall2(xencall_handle *x, unsigned op, uint64_t a, uint64_t b)
{
	return nohyp(op, a);
}

long xencall2L(xencall_handle *x, unsigned op, uint64_t a, uint64_t b)
{
	return nohyp(op, a);
}

int xencall3(xencall_handle *x, unsigned op, uint64_t a, uint64_t b, uint64_t c)
{
	return nohyp(op, a);
}

int xencall4(xencall_handle *x, unsigned op, uint64_t a, uint64_t b, uint64_t c,
	     uint64_t d)
{
	return nohyp(op, a);
}

int xencall5(xencall_handle *x, unsigned op, uint64_t a, uint64_t b, uint64_t c,
	     uint64_t d, uint64_t e)
{
	return nohyp(op, a);
}

void *xencall_alloc_buffer_pages(xencall_handle *x, size_t n)
{
	return aligned_alloc(4096, n * 4096);
}

void xencall_free_buffer_pages(xencall_handle *x, void *p, size_t n)
{
	free(p);
}

void *xencall_alloc_buffer(xencall_handle *x, size_t n)
{
	return calloc(1, n);
}

void xencall_free_buffer(xencall_handle *x, void *p)
{
	free(p);
}

xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *l, unsigned f)
{
	return (void *)&dummy;
}

int xenforeignmemory_close(xenforeignmemory_handle *x)
{
	return 0;
}

void *xenforeignmemory_map2(xenforeignmemory_handle *x, uint32_t d, void *addr, int prot,
			    int flags, size_t n, const xen_pfn_t a[], int e[])
{
	CALL_(NULL, "%u", d);
	char p[256];
	int fd = open(hv_path(p, sizeof p, "dom%u.mem", d), O_RDWR | O_CREAT | O_CLOEXEC,
		      0600);
	char *m;

	/* guest memory is a sparse file, frame (PV: the low 24 bits of) times 4096 */
	if (fd < 0 || ftruncate(fd, 1l << 36))
		goto bad;
	m = mmap(NULL, n << 12, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0, k; m != MAP_FAILED && i < n; i += k) {
		for (k = 1; i + k < n && a[i + k] == a[i] + k; k++)
			;
		if (mmap(m + (i << 12), k << 12, prot, MAP_SHARED | MAP_FIXED, fd,
			 (off_t)(a[i] & 0xffffff) << 12) == MAP_FAILED)
			goto bad;
	}
	close(fd);
	if (e)
		memset(e, 0, n * sizeof *e);
	return m == MAP_FAILED ? NULL : m;
bad:
	if (fd >= 0)
		close(fd);
	return NULL;
}

void *xenforeignmemory_map(xenforeignmemory_handle *x, uint32_t d, int prot, size_t n,
			   const xen_pfn_t a[], int e[])
{
	return xenforeignmemory_map2(x, d, NULL, prot, 0, n, a, e);
}

int xenforeignmemory_unmap(xenforeignmemory_handle *x, void *a, size_t n)
{
	return munmap(a, n << 12);
}

xendevicemodel_handle *xendevicemodel_open(xentoollog_logger *l, unsigned f)
{
	return (void *)&dummy;
}

int xendevicemodel_close(xendevicemodel_handle *x)
{
	return 0;
}

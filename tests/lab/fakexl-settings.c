/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a toolstack sets on a domain: kept where something reads it, else accepted.
 */
#include "fakexl.h"

int xc_domain_setmaxmem(xc_interface *xch, uint32_t d, uint64_t kb)
{
	CALL("%u %llu", d, (unsigned long long)kb);
	DOM(d);
	x->max_pages = kb / 4;
	return 0;
}

int xc_domain_set_pod_target(xc_interface *xch, uint32_t d, uint64_t t, uint64_t *tot,
			     uint64_t *c, uint64_t *e)
{
	CALL("%u %llu", d, (unsigned long long)t);
	DOM(d);
	if (t > x->max_pages || t + fakexl_used_pages() - x->tot_pages > HV_HOST_PAGES) {
		errno = ENOMEM;
		return -1;
	}
	if (t > x->tot_pages) /* a cache of that size, from which the guest is fed */
		x->tot_pages = t;
	return 0;
}

int xc_domain_set_memmap_limit(xc_interface *xch, uint32_t d, unsigned long kb)
{
	ACCEPT(d);
}

int xc_domain_set_memory_map(xc_interface *xch, uint32_t d, struct e820entry e[],
			     uint32_t n)
{
	ACCEPT(d);
}

int xc_domain_getvnuma(xc_interface *xch, uint32_t d, uint32_t *nn, uint32_t *nr,
		       uint32_t *nv, xen_vmemrange_t *r, unsigned int *dist,
		       unsigned int *map)
{
	CALL("%u", d);
	errno = EOPNOTSUPP; /* what Xen says of a domain without */
	return -1;
}

int xc_pcitopoinfo(xc_interface *xch, unsigned n, physdev_pci_device_t *dev,
		   uint32_t *nodes)
{
	CALL("");
	for (unsigned i = 0; i < n; i++)
		nodes[i] = 0;
	return 0;
}

int xc_get_machine_memory_map(xc_interface *xch, struct e820entry e[], uint32_t max)
{
	CALL("");
	e[0] = (struct e820entry){ 0, HV_HOST_PAGES << 12, 1 };
	return 1;
}

int xc_reserved_device_memory_map(xc_interface *xch, uint32_t fl, uint16_t s, uint8_t b,
				  uint8_t df, struct xen_reserved_device_memory e[],
				  uint32_t *n)
{
	CALL("");
	*n = 0;
	return 0;
}

int xc_set_paging_mempool_size(xc_interface *xch, uint32_t d, uint64_t size)
{
	ACCEPT(d);
}

int xc_domain_set_tsc_info(xc_interface *xch, uint32_t d, uint32_t m, uint64_t e,
			   uint32_t k, uint32_t i)
{
	ACCEPT(d);
}

int xc_domain_set_time_offset(xc_interface *xch, uint32_t d, int32_t t)
{
	ACCEPT(d);
}

int xc_domain_set_target(xc_interface *xch, uint32_t d, uint32_t t)
{
	ACCEPT(d);
}

int xc_cpuid_apply_policy(xc_interface *xch, uint32_t d, bool restore, const uint32_t *fs,
			  unsigned n, bool pae, bool itsc, bool nested,
			  const struct xc_xend_cpuid *xend, const struct xc_msr *msr)
{
	/* unlike the others this returns -errno */
	fakexl_trace("%s %u", __func__, d);
	if (fakexl_fails(__func__))
		return -errno;
	return hv_flags(hv, d) & HV_EXISTS ? 0 : -ESRCH;
}

int xc_vcpu_setaffinity(xc_interface *xch, uint32_t d, int v, xc_cpumap_t hard,
			xc_cpumap_t soft, uint32_t fl)
{
	CALL("%u %d", d, v);
	DOM(d);
	if (v >= (int)x->max_vcpus || v >= 32) {
		errno = EINVAL;
		return -1;
	}
	if (fl & XEN_VCPUAFFINITY_HARD) {
		x->hard[v] = hard[0];
		if (!hard[0]) {
			errno = EINVAL;
			return -1;
		}
	}
	if (fl & XEN_VCPUAFFINITY_SOFT)
		x->soft[v] = soft[0];
	return 0;
}

int xc_vcpu_getaffinity(xc_interface *xch, uint32_t d, int v, xc_cpumap_t hard,
			xc_cpumap_t soft, uint32_t fl)
{
	CALL("%u %d", d, v);
	DOM(d);
	if (v >= (int)x->max_vcpus || v >= 32) {
		errno = EINVAL;
		return -1;
	}
	if (fl & XEN_VCPUAFFINITY_HARD)
		hard[0] = x->hard[v] ? x->hard[v] : 0xff;
	if (fl & XEN_VCPUAFFINITY_SOFT)
		soft[0] = x->soft[v] ? x->soft[v] : 0xff;
	return 0;
}

int xc_domain_node_setaffinity(xc_interface *xch, uint32_t d, xc_nodemap_t m)
{
	ACCEPT(d);
}

int xc_domain_node_getaffinity(xc_interface *xch, uint32_t d, xc_nodemap_t m)
{
	CALL("%u", d);
	DOM(d);
	m[0] = 1;
	return 0;
}

int xc_sched_credit2_domain_get(xc_interface *xch, uint32_t d,
				struct xen_domctl_sched_credit2 *s)
{
	CALL("%u", d);
	DOM(d);
	s->weight = x->weight;
	s->cap = x->cap;
	return 0;
}

int xc_sched_credit2_domain_set(xc_interface *xch, uint32_t d,
				struct xen_domctl_sched_credit2 *s)
{
	CALL("%u", d);
	DOM(d);
	x->weight = s->weight;
	x->cap = s->cap;
	return 0;
}

int xc_domain_ioport_permission(xc_interface *xch, uint32_t d, uint32_t p, uint32_t n,
				uint32_t a)
{
	ACCEPT(d);
}

int xc_domain_iomem_permission(xc_interface *xch, uint32_t d, unsigned long m,
			       unsigned long n, uint8_t a)
{
	ACCEPT(d);
}

int xc_domain_irq_permission(xc_interface *xch, uint32_t d, uint32_t p, bool a)
{
	ACCEPT(d);
}

int xc_hvm_param_set(xc_interface *xch, uint32_t d, uint32_t p, uint64_t v)
{
	CALL("%u %u=%llu", d, p, (unsigned long long)v);
	DOM(d);
	if (p >= 48) {
		errno = EINVAL;
		return -1;
	}
	x->hvm_param[p] = v;
	return 0;
}

int xc_hvm_param_get(xc_interface *xch, uint32_t d, uint32_t p, uint64_t *v)
{
	CALL("%u %u", d, p);
	DOM(d);
	if (p >= 48) {
		errno = EINVAL;
		return -1;
	}
	*v = x->hvm_param[p];
	return 0;
}

xc_evtchn_port_or_error_t xc_evtchn_alloc_unbound(xc_interface *xch, uint32_t d,
						  uint32_t remote)
{
	CALL("%u %u", d, remote);
	DOM(d);
	return x->next_port++;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host is: a machine of 8 CPUs and 64 GiB.
 */
#include "fakexl.h"

uint64_t fakexl_used_pages(void)
{
	uint64_t n = 0;
	for (uint32_t d = 0; d < HV_MAX_DOMID; d++)
		if (hv_flags(hv, d))
			n += hv->ext[d].tot_pages;
	return n;
}

int xc_physinfo(xc_interface *xch, xc_physinfo_t *p)
{
	CALL("");
	*p = (xc_physinfo_t){
		.threads_per_core = 1,
		.cores_per_socket = HV_CPUS,
		.nr_cpus = HV_CPUS,
		.max_cpu_id = HV_CPUS - 1,
		.nr_nodes = 1,
		.cpu_khz = 2000000,
		.total_pages = HV_HOST_PAGES,
		.max_mfn = HV_HOST_PAGES,
		.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_pv |
				XEN_SYSCTL_PHYSCAP_hap | XEN_SYSCTL_PHYSCAP_shadow |
				XEN_SYSCTL_PHYSCAP_gnttab_v1 |
				XEN_SYSCTL_PHYSCAP_gnttab_v2,
	};
	p->free_pages = HV_HOST_PAGES - fakexl_used_pages();
	return 0;
}

int xc_get_max_cpus(xc_interface *x)
{
	return HV_CPUS;
}

int xc_get_online_cpus(xc_interface *x)
{
	return HV_CPUS;
}

int xc_get_max_nodes(xc_interface *x)
{
	return 1;
}

int xc_cputopoinfo(xc_interface *xch, unsigned *max, xc_cputopo_t *t)
{
	CALL("");
	for (unsigned i = 0; t && i < *max && i < HV_CPUS; i++)
		t[i] = (xc_cputopo_t){ .core = i };
	*max = HV_CPUS;
	return 0;
}

int xc_numainfo(xc_interface *xch, unsigned *max, xc_meminfo_t *m, uint32_t *dist)
{
	CALL("");
	if (m && *max)
		*m = (xc_meminfo_t){ HV_HOST_PAGES << 12,
				     (HV_HOST_PAGES - fakexl_used_pages()) << 12 };
	if (dist && *max)
		*dist = 10;
	*max = 1;
	return 0;
}

int xc_version(xc_interface *xch, int cmd, void *arg)
{
	CALL("%d", cmd);
	switch (cmd) {
	case XENVER_version:
		return 4 << 16 | 17;
	case XENVER_pagesize:
		return 4096;
	case XENVER_extraversion:
		strcpy(arg, ".7-fakehv");
		return 0;
	case XENVER_compile_info:
		memset(arg, 0, sizeof(xen_compile_info_t));
		return 0;
	case XENVER_capabilities:
		strcpy(arg, "xen-3.0-x86_64 xen-3.0-x86_32p hvm-3.0-x86_32 "
			    "hvm-3.0-x86_32p hvm-3.0-x86_64 ");
		return 0;
	case XENVER_changeset:
		strcpy(arg, "fakehv");
		return 0;
	case XENVER_platform_parameters:
		((xen_platform_parameters_t *)arg)->virt_start = 0xffff800000000000;
		return 0;
	case XENVER_commandline:
		strcpy(arg, "dom0_mem=1G");
		return 0; /* switches xl's autoballoon off */
	}
	errno = ENOSYS;
	return -1;
}

int xc_readconsolering(xc_interface *xch, char *b, unsigned *n, int clear, int inc,
		       uint32_t *idx)
{
	CALL("");
	*n = 0;
	return 0;
}

int xc_send_debug_keys(xc_interface *xch, const char *k)
{
	CALL("%s", k);
	return 0;
}

long xc_sharing_freed_pages(xc_interface *x)
{
	return 0;
}

long xc_sharing_used_frames(xc_interface *x)
{
	return 0;
}

int xc_sched_id(xc_interface *xch, int *id)
{
	CALL("");
	*id = XEN_SCHEDULER_CREDIT2;
	return 0;
}

int xc_sched_credit2_params_get(xc_interface *xch, uint32_t pool,
				struct xen_sysctl_credit2_schedule *s)
{
	CALL("%u", pool);
	s->ratelimit_us = 1000;
	return 0;
}

xc_cpupoolinfo_t *xc_cpupool_getinfo(xc_interface *xch, uint32_t pool)
{
	xc_cpupoolinfo_t *p;

	CALL_(NULL, "%u", pool);
	if (pool && pool != XC_CPUPOOL_POOLID_ANY) {
		errno = ENOENT;
		return NULL;
	}
	p = calloc(1, sizeof *p);
	p->sched_id = XEN_SCHEDULER_CREDIT2;
	p->cpumap = calloc(1, 8);
	p->cpumap[0] = (1 << HV_CPUS) - 1;
	for (uint32_t d = 0; d < HV_MAX_DOMID; d++)
		p->n_dom += !!hv_flags(hv, d);
	return p;
}

void xc_cpupool_infofree(xc_interface *x, xc_cpupoolinfo_t *p)
{
	free(p->cpumap);
	free(p);
}

xc_cpumap_t xc_cpupool_freeinfo(xc_interface *x)
{
	return calloc(1, 8);
}

int xc_cpupool_movedomain(xc_interface *xch, uint32_t pool, uint32_t d)
{
	CALL("%u %u", pool, d);
	DOM(d);
	return 0;
}

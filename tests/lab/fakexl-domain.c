/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Domains: what is known of them, their life.
 */
#include "fakexl.h"

static uint64_t cpu_time(uint32_t d)
{
	char p[64];
	unsigned long long ns = 0;
	FILE *f;

	if (d == 0)
		return hv_now() / 100;
	if (!hv->ext[d].guest_pid)
		return 0;
	snprintf(p, sizeof p, "/proc/%d/schedstat", hv->ext[d].guest_pid);
	if ((f = fopen(p, "re"))) {
		if (fscanf(f, "%llu", &ns) != 1)
			ns = 0;
		fclose(f);
	}
	return ns;
}

static void getinfo(uint32_t d, uint32_t f, xc_domaininfo_t *i)
{
	HvExt *x = &hv->ext[d];

	memset(i, 0, sizeof *i);
	i->domain = d;
	i->flags = (f & HV_DYING ? XEN_DOMINF_dying : 0) |
		   (f & HV_HVM ? XEN_DOMINF_hvm_guest | XEN_DOMINF_hap : 0) |
		   (f & HV_SHUTDOWN
			    ? XEN_DOMINF_shutdown | hv->dom[d].shutdown_reason
							    << XEN_DOMINF_shutdownshift
			    : 0) |
		   (f & HV_PAUSED ? XEN_DOMINF_paused : 0) |
		   (d == 0                                     ? XEN_DOMINF_running
		    : f & (HV_PAUSED | HV_SHUTDOWN | HV_DYING) ? 0
							       : XEN_DOMINF_blocked);
	i->tot_pages = x->tot_pages;
	i->max_pages = x->max_pages;
	i->shared_info_frame = (uint64_t)d << 24 | 0xfffffe;
	i->cpu_time = cpu_time(d);
	i->nr_online_vcpus = x->built || !d ? x->max_vcpus : 0;
	i->max_vcpu_id = x->max_vcpus ? x->max_vcpus - 1 : XEN_INVALID_MAX_VCPU_ID;
	i->ssidref = x->ssidref;
	memcpy(i->handle, x->handle, 16);
	i->cpupool = x->cpupool;
	i->gpaddr_bits = 48;
	i->arch_config.emulation_flags = f & HV_HVM ? XEN_X86_EMU_LAPIC : 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first, unsigned max,
			  xc_domaininfo_t *info)
{
	unsigned n = 0;

	CALL("%u %u", first, max);
	for (uint32_t d = first; d < HV_MAX_DOMID && n < max; d++) {
		uint32_t f = hv_flags(hv, d);
		if (f & HV_EXISTS)
			getinfo(d, f, &info[n++]);
	}
	return n;
}

int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned max, xc_dominfo_t *info)
{
	unsigned n = 0;

	CALL("%u %u", first, max);
	for (uint32_t d = first; d < HV_MAX_DOMID && n < max; d++) {
		uint32_t f = hv_flags(hv, d);
		xc_domaininfo_t i;
		xc_dominfo_t *o = &info[n];
		if (!(f & HV_EXISTS))
			continue;
		getinfo(d, f, &i);
		memset(o, 0, sizeof *o);
		o->domid = d;
		o->ssidref = i.ssidref;
		o->dying = !!(f & HV_DYING);
		o->crashed = !!(f & HV_CRASHED);
		o->shutdown = (f & HV_SHUTDOWN) && !o->crashed;
		o->paused = !!(f & HV_PAUSED);
		o->blocked = !!(i.flags & XEN_DOMINF_blocked);
		o->running = d == 0;
		o->hvm = o->hap = !!(f & HV_HVM);
		o->shutdown_reason = hv->dom[d].shutdown_reason;
		o->nr_pages = i.tot_pages;
		o->max_memkb = i.max_pages * 4;
		o->cpu_time = i.cpu_time;
		o->shared_info_frame = i.shared_info_frame;
		o->nr_online_vcpus = i.nr_online_vcpus;
		o->max_vcpu_id = i.max_vcpu_id;
		o->cpupool = i.cpupool;
		o->arch_config = i.arch_config;
		memcpy(o->handle, i.handle, 16);
		n++;
	}
	return n ? (int)n : -1;
}

int xc_vcpu_getinfo(xc_interface *xch, uint32_t d, uint32_t v, xc_vcpuinfo_t *i)
{
	CALL("%u %u", d, v);
	DOM(d);
	if (v >= x->max_vcpus) {
		errno = ENOENT;
		return -1;
	}
	*i = (xc_vcpuinfo_t){ .vcpu = v,
			      .online = x->built || !d,
			      .blocked = d != 0,
			      .running = d == 0,
			      .cpu_time = cpu_time(d) / x->max_vcpus,
			      .cpu = v % HV_CPUS };
	return 0;
}

/* unlike the real one: nothing to ask, all are 64 bit */
const char *xc_domain_get_native_protocol(xc_interface *xch, uint32_t d)
{
	CALL_(NULL, "%u", d);
	return "x86_64-abi";
}

/* ---- life ---- */

int xc_domain_create(xc_interface *xch, uint32_t *pd, struct xen_domctl_createdomain *c)
{
	uint32_t d = *pd;
	int l, rc = -1;

	CALL("%u flags %#x", d, c->flags);
	l = hv_lock();
	if (d == 0 || d >= HV_MAX_DOMID) { /* "any", as Xen: the next one round */
		for (d = hv->rover + 1; d != hv->rover; d++) {
			if (d >= HV_MAX_DOMID)
				d = 1;
			if (!hv_flags(hv, d))
				break;
		}
		if (d == hv->rover) {
			errno = ENOMEM;
			goto out;
		}
		hv->rover = d;
	} else if (hv_flags(hv, d)) {
		errno = EEXIST;
		goto out;
	}
	if (c->max_vcpus == 0 || c->max_vcpus > 128) {
		errno = EINVAL;
		goto out;
	}
	/* Xen: domains are born paused (controller pause count 1) */
	if (hv_create(hv, d, HV_PAUSED | (c->flags & XEN_DOMCTL_CDF_hvm ? HV_HVM : 0)))
		goto out;
	memcpy(hv->ext[d].handle, c->handle, 16);
	hv->ext[d].ssidref = c->ssidref;
	hv->ext[d].cpupool = 0;
	*pd = d;
	rc = 0;
out:;
	int e = errno;
	hv_unlock(l);
	errno = e;
	return rc;
}

int xc_domain_max_vcpus(xc_interface *xch, uint32_t d, unsigned n)
{
	CALL("%u %u", d, n);
	DOM(d);
	x->max_vcpus = n;
	return 0;
}

int xc_domain_pause(xc_interface *xch, uint32_t d)
{
	CALL("%u", d);
	DOM(d);
	return hv_pause(hv, d);
}

int xc_domain_unpause(xc_interface *xch, uint32_t d)
{
	CALL("%u", d);
	DOM(d);
	return hv_unpause(hv, d);
}

int xc_domain_shutdown(xc_interface *xch, uint32_t d, int reason)
{
	CALL("%u %d", d, reason);
	DOM(d);
	hv_do_shutdown(hv, d, reason);
	return 0;
}

int xc_domain_resume(xc_interface *xch, uint32_t d, int fast)
{
	CALL("%u %d", d, fast);
	DOM(d);
	hv_set(hv, d, 0, HV_SHUTDOWN | HV_CRASHED);
	hv_changed(hv, d);
	return 0;
}

int xc_domain_destroy(xc_interface *xch, uint32_t d)
{
	CALL("%u", d);
	DOM(d);
	hv_destroy(hv, d);
	return 0;
}

int xc_domain_soft_reset(xc_interface *xch, uint32_t d)
{
	ACCEPT(d);
}

int xc_domain_send_trigger(xc_interface *xch, uint32_t d, uint32_t t, uint32_t v)
{
	CALL("%u %u", d, t);
	DOM(d);
	return 0;
}

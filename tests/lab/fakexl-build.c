/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The domain builder: the real one, filling the sparse file domN.mem.
 * FAKEHV_BUILDER=none leaves out the four steps that touch guest memory: nobody runs it.
 */
#include "fakexl.h"

#include <dlfcn.h>

/* The library is also loaded into what libxl starts, where there is no libxenguest. */
#pragma weak xc_dom_malloc
#pragma weak xc_dom_translated

static int real_step(struct xc_dom_image *dom, const char *name, int *rc)
{
	const char *b = getenv("FAKEHV_BUILDER");
	int (*f)(struct xc_dom_image *);

	if (b && !strcmp(b, "none"))
		return 0;
	*(void **)&f = dlsym(RTLD_NEXT, name);
	*rc = f ? f(dom) : -1;
	return 1;
}

int xc_dom_boot_mem_init(struct xc_dom_image *dom)
{
	uint32_t d = dom->guest_domid;
	uint64_t n = dom->container_type == XC_DOM_HVM_CONTAINER ? dom->target_pages
								 : dom->total_pages;
	int rc;

	CALL("%u %llu pages", d, (unsigned long long)n);
	DOM(d);
	if (real_step(dom, __func__, &rc))
		return rc;
	if (n > x->max_pages || n + fakexl_used_pages() > HV_HOST_PAGES) {
		errno = ENOMEM;
		return -1;
	}
	x->tot_pages = n;
	if (dom->container_type == XC_DOM_PV_CONTAINER) {
		dom->p2m_size = dom->total_pages;
		if (!(dom->pv_p2m = xc_dom_malloc(dom, 8 * sizeof *dom->pv_p2m))) {
			errno = ENOMEM;
			return -1;
		}
	}
	return 0;
}

int xc_dom_build_image(struct xc_dom_image *dom)
{
	uint32_t d = dom->guest_domid;
	int rc;

	CALL("%u", d);
	DOM(d);
	if (real_step(dom, __func__, &rc))
		return rc;
	if (dom->kernel_seg.vend - dom->kernel_seg.vstart > x->tot_pages << 12) {
		errno = ENOMEM;
		return -1;
	}
	if (dom->container_type == XC_DOM_PV_CONTAINER) {
		dom->start_info_pfn = 1;
		dom->xenstore_pfn = 2;
		dom->console_pfn = 3;
		for (int i = 0; i < 4; i++)
			dom->pv_p2m[i] = (xen_pfn_t)d << 24 |
					 i; /* the only ones looked up */
	} else {
		dom->xenstore_pfn = x->hvm_param[HVM_PARAM_STORE_PFN] = 0xfeffc;
		dom->console_pfn = x->hvm_param[HVM_PARAM_CONSOLE_PFN] = 0xfeffe;
	}
	return 0;
}

int xc_dom_boot_image(struct xc_dom_image *dom)
{
	uint32_t d = dom->guest_domid;
	int rc;

	CALL("%u store port %u cmdline %s", d, dom->xenstore_evtchn,
	     dom->cmdline ? dom->cmdline : "");
	DOM(d);
	if (real_step(dom, __func__, &rc) && rc)
		return rc;
	/* a port that was never allocated (libxl goes on with -1): xenstored will
	 * not be able to bind it */
	hv->dom[d].store_port = dom->xenstore_evtchn - 1 < x->next_port - 1
					? dom->xenstore_evtchn
					: 0;
	hv->dom[d].store_mfn = xc_dom_p2m(dom, dom->xenstore_pfn);
	snprintf(x->cmdline, sizeof x->cmdline, "%s", dom->cmdline ? dom->cmdline : "");
	x->hvm_param[HVM_PARAM_CALLBACK_IRQ] = 1; /* "has PV drivers" */
	x->built = 1;
	return 0;
}

int xc_dom_gnttab_init(struct xc_dom_image *dom)
{
	int rc;

	CALL("%u", dom->guest_domid);
	return real_step(dom, __func__, &rc) ? rc : 0;
}

/* what the real builder asks for */
int xc_domain_claim_pages(xc_interface *xch, uint32_t d, unsigned long n)
{
	CALL("%u %lu", d, n);
	DOM(d);
	return 0;
}

int xc_domain_populate_physmap(xc_interface *xch, uint32_t d, unsigned long n,
			       unsigned order, unsigned fl, xen_pfn_t *e)
{
	CALL("%u %lu order %u", d, n, order);
	DOM(d);
	if (fl & XENMEMF_populate_on_demand) /* out of the cache, when touched */
		return n;
	if (x->tot_pages + (n << order) > x->max_pages ||
	    (n << order) + fakexl_used_pages() > HV_HOST_PAGES) {
		errno = ENOMEM;
		return 0;
	}
	x->tot_pages += n << order;
	if (!(hv_flags(hv, d) & HV_HVM)) /* in: pfn, out: mfn */
		for (unsigned long i = 0; i < n; i++)
			e[i] = (xen_pfn_t)d << 24 | e[i];
	return n;
}

int xc_domain_populate_physmap_exact(xc_interface *xch, uint32_t d, unsigned long n,
				     unsigned order, unsigned fl, xen_pfn_t *e)
{
	CALL("%u %lu order %u", d, n, order);
	if (xc_domain_populate_physmap(xch, d, n, order, fl, e) == (int)n)
		return 0;
	errno = EBUSY;
	return -1;
}

int xc_domain_add_to_physmap(xc_interface *xch, uint32_t d, unsigned sp, unsigned long i,
			     xen_pfn_t g)
{
	ACCEPT(d);
}

int xc_mmuext_op(xc_interface *xch, struct mmuext_op *op, unsigned n, uint32_t d)
{
	ACCEPT(d);
}

int xc_vcpu_setcontext(xc_interface *xch, uint32_t d, uint32_t v,
		       vcpu_guest_context_any_t *c)
{
	CALL("%u %u", d, v);
	DOM(d);
	return 0;
}

int xc_domain_hvm_setcontext(xc_interface *xch, uint32_t d, uint8_t *c, uint32_t n)
{
	ACCEPT(d);
}

int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t d, uint8_t *c, uint32_t n)
{
	struct {
		struct hvm_save_descriptor hd;
		HVM_SAVE_TYPE(HEADER) h;
		struct hvm_save_descriptor md;
		HVM_SAVE_TYPE(MTRR) m;
		struct hvm_save_descriptor ed;
	} __attribute__((packed)) s = {
		.hd = { .typecode = HVM_SAVE_CODE(HEADER),
			.length = HVM_SAVE_LENGTH(HEADER) },
		.md = { .typecode = HVM_SAVE_CODE(MTRR),
			.length = HVM_SAVE_LENGTH(MTRR) },
		.ed = { .typecode = HVM_SAVE_CODE(END) },
	};
	CALL("%u", d);
	DOM(d);
	if (c)
		memcpy(c, &s, n < sizeof s ? n : sizeof s);
	return sizeof s;
}

xenforeignmemory_resource_handle *
xenforeignmemory_map_resource(xenforeignmemory_handle *h, domid_t d, unsigned type,
			      unsigned id, unsigned long frame, unsigned long n,
			      void **addr, int prot, int fl)
{
	CALL_(NULL, "%u type %u", d, type);
	*addr = mmap(NULL, n << 12, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0); /* the grant table: nobody reads it */
	return *addr == MAP_FAILED ? NULL : *addr;
}

int xenforeignmemory_unmap_resource(xenforeignmemory_handle *h,
				    xenforeignmemory_resource_handle *r)
{
	return munmap(r, 4096);
}

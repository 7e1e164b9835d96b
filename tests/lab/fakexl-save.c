/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Save, restore, migrate: called by the real libxl-save-helper.  There is no memory to
 * send: the "image" is what a restored guest is started from.
 */
#include "fakexl.h"

struct image {
	char magic[8];
	uint32_t hvm, pad;
	uint64_t tot_pages;
	char cmdline[512];
};

int xc_domain_save(xc_interface *xch, int fd, uint32_t d, uint32_t flags,
		   struct save_callbacks *cb, xc_stream_type_t type, int recv_fd)
{
	struct image im = { .magic = "fakehv1" };

	CALL("%u flags %#x", d, flags);
	DOM(d);
	if (type != XC_STREAM_PLAIN) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!cb->suspend(cb->data)) /* asks the guest, waits for it */
		return -1;
	if (!(hv_flags(hv, d) & HV_SHUTDOWN) ||
	    hv->dom[d].shutdown_reason != SHUTDOWN_suspend) {
		errno = EINVAL;
		return -1;
	}
	im.hvm = !!(hv_flags(hv, d) & HV_HVM);
	im.tot_pages = x->tot_pages;
	memcpy(im.cmdline, x->cmdline, sizeof im.cmdline);
	return write(fd, &im, sizeof im) == sizeof im ? 0 : -1;
}

int xc_domain_restore(xc_interface *xch, int fd, uint32_t d, unsigned store_evtchn,
		      unsigned long *store_mfn, uint32_t store_domid,
		      unsigned console_evtchn, unsigned long *console_mfn,
		      uint32_t console_domid, xc_stream_type_t type,
		      struct restore_callbacks *cb, int back)
{
	struct image im;

	CALL("%u", d);
	DOM(d);
	for (size_t n = 0, l; n < sizeof im; n += l)
		if ((ssize_t)(l = read(fd, (char *)&im + n, sizeof im - n)) <= 0) {
			errno = EIO;
			return -1;
		}
	if (strcmp(im.magic, "fakehv1") || im.hvm != !!(hv_flags(hv, d) & HV_HVM)) {
		errno = EINVAL;
		return -1;
	}
	if (cb->static_data_done && cb->static_data_done(0, cb->data))
		return -1;
	if (im.tot_pages > x->max_pages ||
	    im.tot_pages + fakexl_used_pages() > HV_HOST_PAGES) {
		errno = ENOMEM;
		return -1;
	}
	x->tot_pages = im.tot_pages;
	memcpy(x->cmdline, im.cmdline, sizeof im.cmdline);
	*store_mfn = im.hvm ? 0xfeffc : (unsigned long)d << 24 | 2;
	*console_mfn = im.hvm ? 0xfeffe : (unsigned long)d << 24 | 3;
	x->hvm_param[HVM_PARAM_CALLBACK_IRQ] = 1;
	hv->dom[d].store_port = store_evtchn - 1 < x->next_port - 1 ? store_evtchn : 0;
	hv->dom[d].store_mfn = *store_mfn;
	x->built = 2; /* the guest gets RESTORED=1 */
	return 0;
}

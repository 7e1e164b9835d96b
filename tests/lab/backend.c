/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's backends, as far as xenstore sees them: state 1 -> 2 at once, 2 -> 4 when
 * the frontend is there, 5 -> 6.  Paths: /local/domain/0/backend/TYPE/DOM/DEV/... and the
 * frontends' /local/domain/DOM/device/TYPE/DEV/state, watched once seen.
 */
#include "machine.h"

typedef struct {
	char type[16];
	unsigned dom, dev;
	char path[128];
	char frontend[160]; /* the path of its state */
} Backend;

/*
 * What netback does: an interface for the hotplug script.  The other end of the pair,
 * domN.M, becomes the guest's ethM.  Without CAP_NET_ADMIN there is none.
 */
static void vif_add(const Backend *be)
{
	char c[160];

	snprintf(c, sizeof c,
		 "ip link add vif%u.%u type veth peer name dom%u.%u 2>/dev/null", be->dom,
		 be->dev, be->dom, be->dev);
	if (system(c)) {
		/* not allowed here: scripts that look for it will say so */
	}
}

static void vif_del(const Backend *be)
{
	char c[160];

	snprintf(c, sizeof c, "/sys/class/net/vif%u.%u", be->dom, be->dev);
	if (access(c, F_OK) && access("/sys/class/net/lo", F_OK) == 0)
		return;
	snprintf(c, sizeof c, "ip link del vif%u.%u 2>/dev/null", be->dom, be->dev);
	if (system(c)) {
		/* most never had one */
	}
}

/* The guest has a network of its own; there its NIC has the MAC that it was given. */
static void vif_plug_into_guest(const Backend *be)
{
	const char *mac = machine_read("%s/mac", be->path);
	int pid = be->dom < HV_MAX_DOMID ? machine_hv->ext[be->dom].guest_pid : 0;
	char c[256];

	if (!pid || !mac || strspn(mac, "0123456789abcdefABCDEF:") != strlen(mac))
		return;
	snprintf(c, sizeof c,
		 "ip link set dom%u.%u address %s && ip link set dom%u.%u netns %d name "
		 "eth%u",
		 be->dom, be->dev, mac, be->dom, be->dev, pid, be->dev);
	if (system(c))
		fprintf(stderr, "vif%u.%u has no other end\n", be->dom, be->dev);
}

static void initialise(const Backend *be)
{
	if (!strcmp(be->type, "vbd")) {
		machine_write(be->path, "feature-barrier", "1");
		machine_write(be->path, "feature-flush-cache", "1");
	}
	if (!strcmp(be->type, "vif")) {
		machine_write(be->path, "feature-sg", "1");
		machine_write(be->path, "feature-rx-copy", "1");
		if (machine_read("%s/script", be->path))
			vif_add(be);
	}
	machine_write(be->path, "state", "2");
	xs_watch(machine_xs, be->frontend, "fe");
}

/*
 * As netback and blkback only after the hotplug script has said so: libxl must get to
 * see state 2, or it times out.
 */
static int plugged(const Backend *be)
{
	const char *status;

	if (!machine_read("%s/script", be->path))
		return 1;
	status = machine_read("%s/hotplug-status", be->path);
	return status && !strcmp(status, "connected");
}

static void connect_to(const Backend *be)
{
	if (!strcmp(be->type, "vbd")) {
		machine_write(be->path, "sectors", "2048");
		machine_write(be->path, "sector-size", "512");
		machine_write(be->path, "info", "0");
	}
	if (!strcmp(be->type, "vif") && machine_read("%s/script", be->path))
		vif_plug_into_guest(be);
	machine_write(be->path, "state", "4");
}

/* The frontend has closed, or will never say that it has. */
static int let_go(const Backend *be, const char *frontend)
{
	uint32_t flags = hv_flags(machine_hv, be->dom);

	return !frontend || *frontend == '5' || *frontend == '6' ||
	       !(flags & HV_EXISTS) || flags & (HV_DYING | HV_SHUTDOWN | HV_PAUSED);
}

static int parse(const char *path, Backend *be)
{
	if (sscanf(path, "/local/domain/0/backend/%15[^/]/%u/%u", be->type, &be->dom,
		   &be->dev) != 3 &&
	    sscanf(path, "/local/domain/%u/device/%15[^/]/%u", &be->dom, be->type,
		   &be->dev) != 3)
		return 0;
	if (!strcmp(be->type, "console") || !strcmp(be->type, "qdisk"))
		return 0;
	snprintf(be->path, sizeof be->path, "/local/domain/0/backend/%s/%u/%u", be->type,
		 be->dom, be->dev);
	return 1;
}

void backend_changed(const char *path)
{
	const char *stuck = getenv("FAKEHV_STUCK_BACKEND");
	const char *state, *fs, *frontend;
	Backend be;

	if (!parse(path, &be))
		return;
	state = machine_read("%s/state", be.path);
	if (!state) { /* the device is gone: so is netback's interface */
		if (!strcmp(be.type, "vif") && !machine_read("%s", be.path))
			vif_del(&be);
		return;
	}
	frontend = machine_read("%s/frontend", be.path);
	if (!frontend || (stuck && !strcmp(stuck, be.type)))
		return;
	snprintf(be.frontend, sizeof be.frontend, "%s/state", frontend);
	fs = machine_read("%s", be.frontend);

	if (*state == '1')
		initialise(&be);
	else if (*state == '2' && fs && (*fs == '3' || *fs == '4') && plugged(&be))
		connect_to(&be);
	else if (*state == '4' && fs && (*fs == '5' || *fs == '6'))
		machine_write(be.path, "state", "5");
	else if (*state == '5' && let_go(&be, fs)) {
		machine_write(be.path, "state", "6");
		xs_unwatch(machine_xs, be.frontend, "fe");
	}
}

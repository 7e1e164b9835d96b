/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/guest-keys.h"

#include "xenmgr/xenvm/domain-config.h"

/*
 * Nodes that are the guest's own.  The stock agent writes feature-balloon and ends if it
 * cannot; libxl leaves "control" to be read only.
 */
static const char *const own_nodes[] = {
	"control/feature-balloon",
	"control/feature-vcpu-hotplug",
	"vm-data",
	"xenserver/attr",
};

static char *in_home(uint32_t domid, const char *name)
{
	return g_strdup_printf("/local/domain/%u/%s", domid, name);
}

bool guest_keys_write(Xstore *xs, uint32_t domid, const Config *config, GError **error)
{
	guint n = G_N_ELEMENTS(own_nodes) + config->guest_keys->len;
	g_autofree XstoreWrite *writes = g_new0(XstoreWrite, n);
	g_autofree char *perms = g_strdup_printf("n%u", domid);
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < n; i++) {
		const ConfigGuestKey *key = NULL;
		const char *name = i < G_N_ELEMENTS(own_nodes) ? own_nodes[i] : NULL;

		if (!name) {
			key = config->guest_keys->pdata[i - G_N_ELEMENTS(own_nodes)];
			name = key->name;
		}
		g_ptr_array_add(paths, in_home(domid, name));
		writes[i] = (XstoreWrite){ paths->pdata[i], key ? key->value : "",
					   perms };
	}
	return xstore_write_all(xs, writes, n, error);
}

bool guest_keys_half_made(Xstore *xs, uint32_t domid)
{
	g_autofree char *mark = xstore_readf(xs, "/local/domain/%u/" DOMAIN_HALF_MADE,
					     domid);

	return mark != NULL;
}

void guest_keys_made(Xstore *xs, uint32_t domid)
{
	g_autofree char *path = in_home(domid, DOMAIN_HALF_MADE);
	g_autoptr(GError) error = NULL;

	if (!xstore_remove(xs, path, &error))
		g_warning("%s", error->message);
}

void guest_keys_forget_shutdown(Xstore *xs, uint32_t domid)
{
	g_autofree char *path = in_home(domid, "control/shutdown");
	g_autofree char *value = xstore_read(xs, path);
	g_autoptr(GError) error = NULL;

	/* Gone with the domain: nothing is to be made anew. */
	if (value && *value && !xstore_write(xs, path, "", &error))
		g_warning("%s", error->message);
}

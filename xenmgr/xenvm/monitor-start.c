/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A domain's way to life, in the order it happens:
 *
 *  start      the configuration is read anew and its files are looked at
 *  create     libxl builds it and plugs its devices; it is paused, and marked half-made
 *  death      from here on its end is noticed
 *  keys       what the guest's agent needs in xenstore; meanwhile
 *  channel    rpc-proxy gets to know the guest: "created"
 *  unpause    it runs; the mark goes
 *
 * A failure at any of them destroys what there is, whose end is the answer.
 */

#include "xenmgr/xenvm/monitor-private.h"

#include <string.h>
#include "lib/error.h"
#include "lib/paths.h"
#include "xenmgr/xenvm/domain-config.h"
#include "xenmgr/xenvm/guest-keys.h"

static gboolean start_create(gpointer data);
static void start_created(int rc, void *data);
static void start_opened(void *data);
static void unpause(Monitor *m);
static void unpaused(int rc, void *data);

/* ---- failure ---- */

static void start_undo(Monitor *m, GError *error)
{
	m->start_error = error;
	if (m->domid == XL_NO_DOMAIN) {
		/* libxl removes what it half made, but for one whose destruction failed,
		 * which it leaves paused and nameless. */
		g_autoptr(GArray) left = xl_domains_of(m->xl, m->config->uuid);

		if (left->len)
			m->domid = g_array_index(left, uint32_t, 0);
	}
	if (m->domid == XL_NO_DOMAIN)
		monitor_start_undone(m);
	else
		monitor_destroy_begin(m, AFTER_SHUTDOWN);
}

void monitor_start_undone(Monitor *m)
{
	g_autoptr(GError) error = g_steal_pointer(&m->start_error);

	m->preserved = m->domid != XL_NO_DOMAIN; /* it would not go */
	monitor_set_state(m, m->preserved ? MONITOR_PAUSED : MONITOR_SHUTDOWN);
	/* Nobody asked for this start, so everybody is told. */
	if (!m->task.request && !m->start_cancelled)
		monitor_tell_error(m, "%s", error->message);
	monitor_end(m, NULL, error);
}

static bool start_goes_on(Monitor *m)
{
	if (!m->start_cancelled)
		return true;
	start_undo(m, g_error_new(XT_ERROR, XT_ERROR_BAD_STATE,
				  "start: the VM was destroyed meanwhile"));
	return false;
}

void monitor_cancel_start(Monitor *m)
{
	m->start_cancelled = true;
	if (m->creating) {
		xl_op_abort(m->creating);
	} else if (m->waits_for_channel) {
		channel_close(m->channel);
		start_opened(m);
	}
}

/* ---- start ---- */

static bool reread(Monitor *m, GError **error)
{
	g_autoptr(Config) config = config_read(m->path, error);

	if (!config)
		return false;
	if (!g_str_equal(config->uuid, m->config->uuid))
		return xt_fail(error, XT_ERROR_INVALID,
			       "%s: uuid: it is %s now, this monitor is that of %s",
			       m->path, config->uuid, m->config->uuid);
	config_free(m->config);
	m->config = g_steal_pointer(&config);
	return true;
}

/* It listens from before the guest is there: what is wrong with it shows first. */
bool monitor_listen(Monitor *m, GError **error)
{
	g_autofree char *control = g_build_filename(paths_run(), "rpc-proxy", "control",
						    NULL);
	const char *path = m->config->channel;

	if (m->channel && (!path || !g_str_equal(path, channel_path(m->channel))))
		g_clear_pointer(&m->channel, channel_free);
	if (!m->channel && path)
		m->channel = channel_new(path, control, m->config->uuid, error);
	return !path || m->channel;
}

void monitor_start(Monitor *m, JsonrpcRequest *request, bool paused, bool anew)
{
	g_autoptr(GError) error = NULL;

	if (!monitor_begin(m, "start", request, &error))
		return;
	g_clear_handle_id(&m->reboot_timer, g_source_remove);
	if (m->state != MONITOR_SHUTDOWN && m->state != MONITOR_REBOOTED) {
		xt_fail(&error, XT_ERROR_BAD_STATE, "start: the VM is %s",
			monitor_word(m->state));
		monitor_end(m, NULL, error);
		return;
	}
	if (m->state == MONITOR_SHUTDOWN)
		m->life.crashes = 0;
	m->start_paused = paused;
	m->start_cancelled = m->went_down = m->preserved = false;
	if ((anew && !reread(m, &error)) ||
	    !domain_config_check_files(m->config, &error) || !monitor_listen(m, &error)) {
		start_undo(m, g_steal_pointer(&error));
		return;
	}
	monitor_set_state(m, MONITOR_CREATING_DOMAIN);
	/* libxl builds inside the call: what was said so far goes out first. */
	m->start_source = g_idle_add(start_create, m);
}

static gboolean start_create(gpointer data)
{
	Monitor *m = data;
	g_autofree char *unique_id = uuid_new();
	GError *error = NULL;

	m->start_source = 0;
	if (!start_goes_on(m))
		return G_SOURCE_REMOVE;
	if (!domain_config_build(xl_ctx(m->xl), m->config, unique_id, &m->wanted,
				 &error)) {
		libxl_domain_config_dispose(&m->wanted);
		start_undo(m, error);
		return G_SOURCE_REMOVE;
	}

	xl_begin(m->xl);
	m->new_domid = XL_NO_DOMAIN;
	m->creating = xl_op_new(m->xl, start_created, m);
	xl_op_started(m->creating,
		      libxl_domain_create_new(xl_ctx(m->xl), &m->wanted, &m->new_domid,
					      xl_op_how(m->creating), NULL));
	if (!xl_op_is_over(m->creating))
		monitor_set_state(m, MONITOR_CREATING_DEVICES);
	return G_SOURCE_REMOVE;
}

static bool start_prepare(Monitor *m, GError **error)
{
	libxl_dominfo info;

	/* Its death may have come before anybody watched for it. */
	if (!xl_domain_info(m->xl, m->domid, &info))
		return xt_fail(error, XT_ERROR_GONE,
			       "create: the domain is gone already");
	return guest_keys_write(m->xs, m->domid, m->config, error);
}

static void start_created(int rc, void *data)
{
	Monitor *m = data;
	GError *error = NULL;

	m->creating = NULL;
	libxl_domain_config_dispose(&m->wanted);
	if (m->state == MONITOR_CREATING_DOMAIN)
		monitor_set_state(m, MONITOR_CREATING_DEVICES);
	if (rc == 0)
		monitor_adopt_domid(m, m->new_domid);
	if (!start_goes_on(m))
		return;
	if (rc) {
		xl_fail(m->xl, &error, "create", rc);
		start_undo(m, error);
		return;
	}
	/* The proxy learns the policy while the keys are written. */
	m->waits_for_channel = true;
	if (m->channel)
		channel_open(m->channel, m->domid, start_opened, m);
	if (!start_prepare(m, &error)) {
		if (m->channel)
			channel_close(m->channel);
		m->waits_for_channel = false;
		start_undo(m, error);
		return;
	}
	if (!m->channel)
		start_opened(m);
}

static void start_opened(void *data)
{
	Monitor *m = data;
	g_autofree char *domid = g_strdup_printf("%u", m->domid);

	m->waits_for_channel = false;
	if (!start_goes_on(m))
		return;
	if (m->domid == XL_NO_DOMAIN) {
		start_undo(m, g_error_new(XT_ERROR, XT_ERROR_GONE,
					  "create: the domain is gone already"));
		return;
	}
	monitor_set_state(m, MONITOR_CREATED);
	if (m->start_paused)
		monitor_end(m, domid, NULL);
	else
		unpause(m);
}

/* ---- unpause ---- */

void monitor_unpause(Monitor *m, JsonrpcRequest *request)
{
	g_autoptr(GError) error = NULL;

	if (!monitor_begin(m, "unpause", request, &error))
		return;
	if (m->state == MONITOR_RUNNING) {
		monitor_end(m, NULL, NULL);
	} else if (m->preserved) {
		xt_fail(&error, XT_ERROR_BAD_STATE,
			"unpause: the guest went down and is kept to be looked at: "
			"destroy it");
		monitor_end(m, NULL, error);
	} else if (m->state != MONITOR_CREATED && m->state != MONITOR_PAUSED) {
		xt_fail(&error, XT_ERROR_BAD_STATE, "unpause: the VM is %s",
			monitor_word(m->state));
		monitor_end(m, NULL, error);
	} else {
		unpause(m);
	}
}

static void unpause(Monitor *m)
{
	XlOp *op = xl_op_new(m->xl, unpaused, m);

	xl_begin(m->xl);
	xl_op_started(op, libxl_domain_unpause(xl_ctx(m->xl), m->domid, xl_op_how(op)));
}

/* libxl reports success even when the hypervisor refused: the domain itself is asked. */
static bool it_runs(Monitor *m, int rc, GError **error)
{
	libxl_dominfo info;

	if (m->domid == XL_NO_DOMAIN || !xl_domain_info(m->xl, m->domid, &info))
		return xt_fail(error, XT_ERROR_GONE, "unpause: the domain is gone");
	return (!rc && !info.paused) || xl_fail(m->xl, error, "unpause", rc);
}

static void unpaused(int rc, void *data)
{
	Monitor *m = data;
	bool starting = g_str_equal(m->task.name, "start");
	g_autofree char *domid = g_strdup_printf("%u", m->domid);
	GError *error = NULL;

	if (starting && !start_goes_on(m))
		return;
	if (!it_runs(m, rc, &error)) {
		if (starting) {
			start_undo(m, error);
		} else {
			monitor_end(m, NULL, error);
			g_error_free(error);
		}
		return;
	}
	if (m->state == MONITOR_CREATED) {
		guest_keys_made(m->xs, m->domid);
		m->started = g_get_monotonic_time();
	}
	if (!m->destroying)
		monitor_set_state(m, MONITOR_RUNNING);
	monitor_end(m, starting ? domid : NULL, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A domain's way out: asked to go, gone down by itself, or destroyed.
 *
 * All ends meet in monitor_destroy_begin(): libxl's destroy is tried until the domain
 * is gone, then the VM is shut down or starts anew.
 */

#include "xenmgr/xenvm/monitor-private.h"

#include "lib/error.h"
#include "xenmgr/xenvm/guest-keys.h"

/* A destroy that fails once leaves a domain without a name: it is tried again. */
#define DESTROY_TRIES 8
#define DESTROY_PAUSE 50 /* ms, doubled each time */

/* What the manager has to write a new configuration after a reboot. */
#define REBOOT_PATIENCE 10000 /* ms */

/* ---- halt and reboot: the guest is asked, and says that it heard ---- */

static void stop_asked(int rc, void *data);
static gboolean stop_time_is_over(gpointer data);

static void ask(Monitor *m)
{
	libxl_ctx *ctx = xl_ctx(m->xl);
	XlOp *op = xl_op_new(m->xl, stop_asked, m);

	xl_begin(m->xl);
	m->asking = op;
	xl_op_started(op, m->stop_reboots
				  ? libxl_domain_reboot(ctx, m->domid, xl_op_how(op))
				  : libxl_domain_shutdown(ctx, m->domid, xl_op_how(op)));
}

/* A guest without drivers for Xen has a power button. */
static void press_the_button(Monitor *m)
{
	XlOp *op = xl_op_new(m->xl, stop_asked, m);

	m->asking = op;
	xl_op_started(op, libxl_send_trigger(xl_ctx(m->xl), m->domid,
					     m->stop_reboots ? LIBXL_TRIGGER_RESET
							     : LIBXL_TRIGGER_POWER,
					     0, xl_op_how(op)));
}

static bool stop_is_possible(Monitor *m, const char *name, bool forced, GError **error)
{
	switch (m->state) {
	case MONITOR_RUNNING:
	case MONITOR_SHUTDOWNING:
	case MONITOR_REBOOTING:
		return true;
	case MONITOR_PAUSED:
	case MONITOR_CREATED:
		return forced ||
		       xt_fail(error, XT_ERROR_BAD_STATE,
			       "%s: the VM is %s: a guest that does not run cannot "
			       "answer",
			       name, monitor_word(m->state));
	case MONITOR_SHUTDOWN:
	case MONITOR_REBOOTED:
	case MONITOR_CREATING_DOMAIN:
	case MONITOR_CREATING_DEVICES:
		break;
	}
	return xt_fail(error, XT_ERROR_BAD_STATE, "%s: the VM is %s", name,
		       monitor_word(m->state));
}

void monitor_stop(Monitor *m, JsonrpcRequest *request, bool reboots, bool forced,
		  unsigned int timeout_s)
{
	const char *name = reboots ? "reboot" : "halt";
	g_autoptr(GError) error = NULL;
	bool runs;

	if (!monitor_begin(m, name, request, &error))
		return;
	if (!stop_is_possible(m, name, forced, &error)) {
		monitor_end(m, NULL, error);
		return;
	}
	runs = m->state != MONITOR_PAUSED && m->state != MONITOR_CREATED;
	m->stop_forced = forced;
	m->stop_reboots = reboots;
	m->stop_late = false;
	monitor_set_state(m, reboots ? MONITOR_REBOOTING : MONITOR_SHUTDOWNING);
	g_clear_handle_id(&m->stop_timer, g_source_remove);
	if (forced && (!runs || timeout_s == 0)) {
		monitor_destroy_begin(m, reboots ? AFTER_REBOOT : AFTER_SHUTDOWN);
		monitor_end(m, NULL, NULL);
		return;
	}
	m->stop_timer = g_timeout_add_seconds(timeout_s, stop_time_is_over, m);
	ask(m);
}

/* Forced, the guest is to be gone by now; else it was to have answered. */
static gboolean stop_time_is_over(gpointer data)
{
	Monitor *m = data;

	m->stop_timer = 0;
	m->stop_late = true;
	if (m->asking)
		xl_op_abort(m->asking);
	if (m->stop_forced && m->domid != XL_NO_DOMAIN && !m->destroying) {
		g_message("the guest did not go in time: destroying it");
		monitor_destroy_begin(m, m->stop_reboots ? AFTER_REBOOT : AFTER_SHUTDOWN);
	}
	return G_SOURCE_REMOVE;
}

static void stop_refused(Monitor *m, int rc)
{
	g_autoptr(GError) error = NULL;

	if (m->stop_late || rc == ERROR_TIMEDOUT)
		xt_fail(&error, XT_ERROR_TIMEOUT, "%s: the guest did not answer in time",
			m->task.name);
	else
		xl_fail(m->xl, &error, m->task.name, rc);
	guest_keys_forget_shutdown(m->xs, m->domid);
	monitor_set_state(m, MONITOR_RUNNING);
	monitor_end(m, NULL, error);
}

static void stop_asked(int rc, void *data)
{
	Monitor *m = data;
	bool over = m->domid == XL_NO_DOMAIN || m->destroying || m->preserved;

	m->asking = NULL;
	if (rc == ERROR_NOPARAVIRT && !over && !m->stop_late) {
		press_the_button(m);
		return;
	}
	/* libxl's own time is 60 s, ours may be longer. */
	if (rc == ERROR_TIMEDOUT && !over && !m->stop_late) {
		ask(m);
		return;
	}
	if (!m->stop_forced || over)
		g_clear_handle_id(&m->stop_timer, g_source_remove);
	if (rc == 0 || over) {
		monitor_end(m, NULL, NULL);
	} else if (m->stop_forced) {
		g_clear_handle_id(&m->stop_timer, g_source_remove);
		monitor_destroy_begin(m, m->stop_reboots ? AFTER_REBOOT : AFTER_SHUTDOWN);
		monitor_end(m, NULL, NULL);
	} else {
		stop_refused(m, rc);
	}
}

/* ---- it went down by itself ---- */

void monitor_domain_down(Monitor *m, LifeEnd end)
{
	int64_t lived = (g_get_monotonic_time() - m->started) / G_USEC_PER_SEC;
	ConfigAction action;
	bool gave_up;

	if (m->task.active && g_str_equal(m->task.name, "start")) {
		m->went_down = true;
		m->went_how = end;
		return;
	}
	if (m->destroying || m->preserved)
		return;

	action = life_decide(&m->life, m->config, end, lived, &gave_up);
	if (end == LIFE_CRASHED)
		monitor_tell_error(m, "crashed");
	if (gave_up)
		monitor_tell_error(
			m,
			"it crashed %d times in a row within %d s of its start: "
			"not started again",
			LIFE_CRASHES, LIFE_SOON);

	g_clear_handle_id(&m->stop_timer, g_source_remove);
	if (action == CONFIG_ACTION_PRESERVE) {
		m->preserved = true;
		monitor_set_state(m, MONITOR_PAUSED);
		return;
	}
	monitor_set_state(m, action == CONFIG_ACTION_RESTART ? MONITOR_REBOOTING
							     : MONITOR_SHUTDOWNING);
	monitor_destroy_begin(m, action == CONFIG_ACTION_RESTART ? AFTER_REBOOT
								 : AFTER_SHUTDOWN);
}

/* Somebody else destroyed it. */
void monitor_domain_gone(Monitor *m)
{
	if (m->destroying)
		return;
	monitor_drop_domid(m);
	if (m->task.active && g_str_equal(m->task.name, "start"))
		return; /* its next step sees it */
	g_message("the domain was destroyed by somebody else");
	g_clear_handle_id(&m->stop_timer, g_source_remove);
	m->preserved = false;
	monitor_set_state(m, MONITOR_SHUTDOWN);
	monitor_quit_if_done(m);
}

/* ---- destroy ---- */

static void destroy_now(Monitor *m);
static void destroyed(int rc, void *data);

void monitor_answer_destroyers(Monitor *m, const GError *error)
{
	while (m->destroyers->len) {
		JsonrpcRequest *request = g_ptr_array_remove_index(m->destroyers, 0);

		if (error)
			jsonrpc_fail(request, error);
		else
			jsonrpc_return(request, NULL);
	}
}

void monitor_destroy(Monitor *m, JsonrpcRequest *request)
{
	bool starting = m->task.active && g_str_equal(m->task.name, "start");

	g_ptr_array_add(m->destroyers, request);
	m->after = AFTER_SHUTDOWN;
	if (m->destroying)
		return;
	if (starting) {
		monitor_cancel_start(m);
	} else if (m->domid != XL_NO_DOMAIN) {
		if (!m->preserved)
			monitor_set_state(m, MONITOR_SHUTDOWNING);
		monitor_destroy_begin(m, AFTER_SHUTDOWN);
	} else {
		g_clear_handle_id(&m->reboot_timer, g_source_remove);
		monitor_set_state(m, MONITOR_SHUTDOWN);
		monitor_answer_destroyers(m, NULL);
		monitor_quit_if_done(m);
	}
}

void monitor_destroy_begin(Monitor *m, MonitorAfter after)
{
	if (m->destroying)
		return;
	m->destroying = true;
	m->after = after;
	m->destroy_tries = 0;
	destroy_now(m);
}

static gboolean destroy_again(gpointer data)
{
	Monitor *m = data;

	m->destroy_timer = 0;
	destroy_now(m);
	return G_SOURCE_REMOVE;
}

static void destroy_now(Monitor *m)
{
	XlOp *op = xl_op_new(m->xl, destroyed, m);

	xl_begin(m->xl);
	m->destroy_tries++;
	xl_op_started(op, libxl_domain_destroy(xl_ctx(m->xl), m->domid, xl_op_how(op)));
}

/* Is it certainly gone?  Dying counts: it holds nothing of the VM's but memory. */
static bool domain_went(Monitor *m, int rc)
{
	libxl_dominfo info;

	return rc == 0 || !xl_domain_info(m->xl, m->domid, &info);
}

static gboolean reboot_alone(gpointer data)
{
	Monitor *m = data;

	m->reboot_timer = 0;
	monitor_start(m, NULL, false, false);
	return G_SOURCE_REMOVE;
}

static void after_destroy(Monitor *m)
{
	bool manager = jsonrpc_subscribers(m->server) > 0;

	if (m->after == AFTER_SHUTDOWN) {
		monitor_set_state(m, MONITOR_SHUTDOWN);
		return;
	}
	monitor_set_state(m, MONITOR_REBOOTED);
	m->reboot_timer = g_timeout_add(manager ? REBOOT_PATIENCE : 0, reboot_alone, m);
}

static void destroyed(int rc, void *data)
{
	Monitor *m = data;
	bool starting = m->task.active && g_str_equal(m->task.name, "start");
	bool went = domain_went(m, rc);
	g_autoptr(GError) error = NULL;

	if (!went && m->destroy_tries < DESTROY_TRIES) {
		m->destroy_timer = g_timeout_add(DESTROY_PAUSE << (m->destroy_tries - 1),
						 destroy_again, m);
		return;
	}
	m->destroying = false;
	g_clear_handle_id(&m->stop_timer, g_source_remove);
	if (went) {
		monitor_drop_domid(m);
		m->preserved = false;
	} else {
		xl_fail(m->xl, &error, "destroy", rc);
		monitor_tell_error(m, "%s", error->message);
	}

	if (starting) {
		monitor_start_undone(m);
	} else if (went) {
		after_destroy(m);
	} else {
		m->preserved = true;
		monitor_set_state(m, MONITOR_PAUSED);
	}
	monitor_answer_destroyers(m, error);
	monitor_quit_if_done(m);
}

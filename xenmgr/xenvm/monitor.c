/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/monitor.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include "lib/error.h"
#include "lib/json.h"
#include "xenmgr/xenvm/guest-keys.h"
#include "xenmgr/xenvm/monitor-private.h"

/* What a subscriber has to read the last words of a monitor that ends. */
#define LAST_WORDS 1000 /* ms */

/* clang-format off */
static const char *const state_words[] = {
	[MONITOR_SHUTDOWN]	   = "shutdown",
	[MONITOR_CREATING_DOMAIN]  = "creating-domain",
	[MONITOR_CREATING_DEVICES] = "creating-devices",
	[MONITOR_CREATED]	   = "created",
	[MONITOR_RUNNING]	   = "running",
	[MONITOR_PAUSED]	   = "paused",
	[MONITOR_SHUTDOWNING]	   = "shutdowning",
	[MONITOR_REBOOTING]	   = "rebooting",
	[MONITOR_REBOOTED]	   = "rebooted",
};
/* clang-format on */

/* ---- state, and who hears of it ---- */

const char *monitor_word(MonitorState state)
{
	return state_words[state];
}

static void notify(Monitor *m, const char *code, const char *message)
{
	g_autofree char *domid = g_strdup_printf("%d", (int)m->domid);
	g_autoptr(json_t)
		params = json_pack("{s:s, s:s, s:s, s:s}", "uuid", m->config->uuid,
				   "code", code, "message", message, "domid", domid);

	jsonrpc_notify(m->server, "notify", params);
}

void monitor_set_state(Monitor *m, MonitorState state)
{
	g_autofree char *message = g_strconcat("vm:state:", state_words[state], NULL);

	if (m->state == state)
		return;
	m->state = state;
	g_message("%s, domain %d", state_words[state], (int)m->domid);
	notify(m, "vmstate", message);
}

void monitor_tell_error(Monitor *m, const char *format, ...)
{
	g_autofree char *text = NULL, *valid = NULL, *message = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	valid = g_utf8_make_valid(text, -1);
	message = g_strconcat("error:", valid, NULL);
	g_warning("%s", valid);
	notify(m, "error", message);
}

/* ---- tasks ---- */

bool monitor_begin(Monitor *m, const char *name, JsonrpcRequest *request, GError **error)
{
	const char *busy = m->destroying    ? "destroy"
			   : m->task.active ? m->task.name
					    : NULL;

	if (!busy) {
		m->task = (MonitorTask){ true, name, request };
		return true;
	}
	xt_fail(error, XT_ERROR_BUSY, "%s: %s is under way", name, busy);
	if (request)
		jsonrpc_fail(request, *error);
	return false;
}

void monitor_end(Monitor *m, const char *result, const GError *error)
{
	JsonrpcRequest *request = m->task.request;

	if (error)
		g_message("%s", error->message);
	m->task = (MonitorTask){ false, NULL, NULL };
	if (request && error)
		jsonrpc_fail(request, error);
	else if (request)
		jsonrpc_return(request, result);

	if (m->went_down && m->domid != XL_NO_DOMAIN) {
		m->went_down = false;
		monitor_domain_down(m, m->went_how);
	}
	if (!m->destroying)
		monitor_answer_destroyers(m, m->domid == XL_NO_DOMAIN ? NULL : error);
	monitor_quit_if_done(m);
}

void monitor_quit(Monitor *m)
{
	m->quits = true;
	g_main_loop_quit(m->loop);
}

void monitor_quit_if_done(Monitor *m)
{
	if (m->config->quit_on_halt && m->state == MONITOR_SHUTDOWN && !m->task.active &&
	    !m->destroying)
		monitor_quit(m);
}

/* ---- the domain ---- */

void monitor_adopt_domid(Monitor *m, uint32_t domid)
{
	m->domid = domid;
	if (libxl_evenable_domain_death(xl_ctx(m->xl), domid, 0, &m->death)) {
		g_warning("domain %u: its end will not be noticed", domid);
		m->death = NULL;
	}
}

void monitor_drop_domid(Monitor *m)
{
	if (m->death)
		libxl_evdisable_domain_death(xl_ctx(m->xl), m->death);
	m->death = NULL;
	m->domid = XL_NO_DOMAIN;
	if (m->channel)
		channel_close(m->channel);
}

static void on_domain_down(uint32_t domid, libxl_shutdown_reason reason, void *data)
{
	Monitor *m = data;

	if (domid != m->domid)
		return;
	g_message("domain %u went down: %s", domid,
		  libxl_shutdown_reason_to_string(reason));
	switch (reason) {
	case LIBXL_SHUTDOWN_REASON_POWEROFF:
		monitor_domain_down(m, LIFE_HALTED);
		break;
	case LIBXL_SHUTDOWN_REASON_REBOOT:
	case LIBXL_SHUTDOWN_REASON_SOFT_RESET:
		monitor_domain_down(m, LIFE_REBOOTED);
		break;
	case LIBXL_SHUTDOWN_REASON_SUSPEND:
		break; /* whoever suspends it goes on with it */
	case LIBXL_SHUTDOWN_REASON_UNKNOWN:
	case LIBXL_SHUTDOWN_REASON_CRASH:
	case LIBXL_SHUTDOWN_REASON_WATCHDOG:
		monitor_domain_down(m, LIFE_CRASHED);
		break;
	}
}

static void on_domain_gone(uint32_t domid, void *data)
{
	Monitor *m = data;

	if (domid == m->domid)
		monitor_domain_gone(m);
}

/* A new process has a new libxl, and takes the domain over. */
static void on_disaster(const char *what, void *data)
{
	Monitor *m = data;

	g_warning("libxl cannot go on: %s", what);
	monitor_quit(m);
}

static const XlEvents xl_events = {
	.domain_down = on_domain_down,
	.domain_gone = on_domain_gone,
	.disaster = on_disaster,
};

/* ---- pause ---- */

static void paused(int rc, void *data)
{
	Monitor *m = data;
	g_autoptr(GError) error = NULL;

	if (rc)
		xl_fail(m->xl, &error, "pause", rc);
	else if (m->domid != XL_NO_DOMAIN && !m->destroying && !m->preserved)
		monitor_set_state(m, MONITOR_PAUSED);
	monitor_end(m, NULL, error);
}

void monitor_pause(Monitor *m, JsonrpcRequest *request)
{
	g_autoptr(GError) error = NULL;
	XlOp *op;

	if (!monitor_begin(m, "pause", request, &error))
		return;
	if (m->state != MONITOR_RUNNING) {
		if (m->state != MONITOR_PAUSED && m->state != MONITOR_CREATED)
			xt_fail(&error, XT_ERROR_BAD_STATE, "pause: the VM is %s",
				monitor_word(m->state));
		monitor_end(m, NULL, error);
		return;
	}
	xl_begin(m->xl);
	op = xl_op_new(m->xl, paused, m);
	xl_op_started(op, libxl_domain_pause(xl_ctx(m->xl), m->domid, xl_op_how(op)));
}

/* ---- a domain that is there already ---- */

/* What a monitor that was killed had not finished does not run, and nobody can tell what
 * is missing in it. */
static bool clear_half_made(Monitor *m, uint32_t domid, const libxl_dominfo *info,
			    GError **error)
{
	xl_begin(m->xl);
	if (!info->paused || !guest_keys_half_made(m->xs, domid))
		return true;
	g_message("clearing domain %u, which never ran", domid);
	/* The loop does not run yet, and nobody waits for an answer. */
	for (unsigned int i = 0; i < 3; i++)
		if (libxl_domain_destroy(xl_ctx(m->xl), domid, NULL) == 0)
			return true;
	return xl_fail(m->xl, error, "clearing a domain that never ran", 0);
}

static bool take_over(Monitor *m, GError **error)
{
	g_autoptr(GArray) found = xl_domains_of(m->xl, m->config->uuid);

	for (guint i = 0; i < found->len; i++) {
		uint32_t domid = g_array_index(found, uint32_t, i);
		libxl_dominfo info;

		if (!xl_domain_info(m->xl, domid, &info))
			continue;
		if (!clear_half_made(m, domid, &info, error))
			return false;
		if (!xl_domain_info(m->xl, domid, &info))
			continue;
		if (m->domid != XL_NO_DOMAIN) {
			g_warning("domain %u has this uuid, too: left alone", domid);
			continue;
		}
		guest_keys_made(m->xs, domid);
		monitor_adopt_domid(m, domid);
		m->state = info.paused ? MONITOR_PAUSED : MONITOR_RUNNING;
		m->started = g_get_monotonic_time();
		g_message("took over domain %u, %s", domid, monitor_word(m->state));
	}
	return true;
}

/* ---- life ---- */

static gboolean on_signal(gpointer data)
{
	Monitor *m = data;

	g_message("ending, leaving the domain as it is");
	monitor_quit(m);
	return G_SOURCE_CONTINUE;
}

static void channel_is_open(void *data)
{
}

static bool monitor_set_up(Monitor *m, GError **error)
{
	m->xl = xl_open(&xl_events, m, error);
	if (!m->xl)
		return false;
	m->xs = xstore_open(error);
	if (!m->xs || !take_over(m, error))
		return false;
	if (m->domid != XL_NO_DOMAIN && !monitor_listen(m, error))
		return false;
	if (m->domid != XL_NO_DOMAIN && m->channel)
		channel_open(m->channel, m->domid, channel_is_open, NULL);
	return true;
}

Monitor *monitor_new(const char *path, Config *config, int listen_fd, GError **error)
{
	g_autoptr(Monitor) m = g_new0(Monitor, 1);

	m->path = g_strdup(path);
	m->config = config;
	m->domid = XL_NO_DOMAIN;
	m->destroyers = g_ptr_array_new();
	m->loop = g_main_loop_new(NULL, FALSE);
	m->server = jsonrpc_server_new(listen_fd, monitor_command, m);
	if (!monitor_set_up(m, error))
		return NULL;
	g_unix_signal_add(SIGTERM, on_signal, m);
	g_unix_signal_add(SIGINT, on_signal, m);
	return g_steal_pointer(&m);
}

void monitor_run(Monitor *m)
{
	if (m->domid == XL_NO_DOMAIN && m->config->startup != CONFIG_STARTUP_SHUTDOWN)
		monitor_start(m, NULL, m->config->startup == CONFIG_STARTUP_PAUSED,
			      false);
	if (!m->quits)
		g_main_loop_run(m->loop);
	jsonrpc_server_flush(m->server, LAST_WORDS);
}

void monitor_free(Monitor *m)
{
	if (!m)
		return;
	g_clear_pointer(&m->channel, channel_free);
	jsonrpc_server_free(m->server);
	xstore_free(m->xs);
	g_main_loop_unref(m->loop);
	g_ptr_array_unref(m->destroyers);
	config_free(m->config);
	g_free(m->path);
	g_free(m);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The monitor's state, for monitor*.c alone.
 */

#include <stdbool.h>
#include <stdint.h>
#include "lib/jsonrpc.h"
#include "lib/xstore.h"
#include "xenmgr/xenvm/channel.h"
#include "xenmgr/xenvm/life.h"
#include "xenmgr/xenvm/monitor.h"
#include "xenmgr/xenvm/xl.h"

typedef enum {
	MONITOR_SHUTDOWN,
	MONITOR_CREATING_DOMAIN,
	MONITOR_CREATING_DEVICES,
	MONITOR_CREATED,
	MONITOR_RUNNING,
	MONITOR_PAUSED,
	MONITOR_SHUTDOWNING,
	MONITOR_REBOOTING,
	MONITOR_REBOOTED,
} MonitorState;

/* What comes when the domain is destroyed. */
typedef enum {
	AFTER_SHUTDOWN,
	AFTER_REBOOT,
} MonitorAfter;

/* A command under way; the request is NULL if the monitor itself gave it. */
typedef struct {
	bool active;
	const char *name; /* static */
	JsonrpcRequest *request;
} MonitorTask;

struct Monitor {
	char *path;
	Config *config;
	GMainLoop *loop;
	bool quits;
	Xl *xl;
	Xstore *xs;
	JsonrpcServer *server;
	Channel *channel; /* NULL: none configured */

	MonitorState state;
	uint32_t domid; /* XL_NO_DOMAIN */
	libxl_evgen_domain_death *death;
	gint64 started; /* monotonic, us: when it first ran */
	bool preserved; /* it went down, and is kept to be looked at */
	bool went_down; /* while a start was under way; looked at afterwards */
	LifeEnd went_how;
	Life life;
	MonitorTask task;

	/* ---- start (monitor-start.c) ---- */
	libxl_domain_config wanted;
	uint32_t new_domid;
	XlOp *creating; /* libxl is at it */
	bool start_paused, start_cancelled, waits_for_channel;
	guint start_source;
	GError *start_error; /* why it is being undone */

	/* ---- halt, reboot (monitor-stop.c) ---- */
	XlOp *asking;
	bool stop_forced, stop_reboots, stop_late;
	guint stop_timer;
	guint reboot_timer; /* waits for the manager's start */

	/* ---- destroy (monitor-stop.c) ---- */
	bool destroying;
	MonitorAfter after;
	unsigned int destroy_tries;
	guint destroy_timer;
	GPtrArray *destroyers; /* of JsonrpcRequest, to be answered */
};

/* ---- monitor.c ---- */

const char *monitor_word(MonitorState state);
void monitor_set_state(Monitor *m, MonitorState state);
void monitor_tell_error(Monitor *m, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* False with @error: there is one. */
bool monitor_begin(Monitor *m, const char *name, JsonrpcRequest *request, GError **error);
/* @error NULL: success, with @result.  Takes neither. */
void monitor_end(Monitor *m, const char *result, const GError *error);

void monitor_adopt_domid(Monitor *m, uint32_t domid);
void monitor_drop_domid(Monitor *m);
void monitor_pause(Monitor *m, JsonrpcRequest *request);
void monitor_quit(Monitor *m); /* also before the loop runs */
void monitor_quit_if_done(Monitor *m);

/* ---- monitor-commands.c ---- */

void monitor_command(JsonrpcRequest *request, const char *method, const json_t *given,
		     void *data);

/* ---- monitor-start.c ---- */

void monitor_start(Monitor *m, JsonrpcRequest *request, bool paused, bool reread);
void monitor_unpause(Monitor *m, JsonrpcRequest *request);
bool monitor_listen(Monitor *m, GError **error); /* the channel, as configured */
/* What a destroy does to a start: it undoes itself, then the destroyers are answered. */
void monitor_cancel_start(Monitor *m);
/* The domain that failed to start is gone, or will not go. */
void monitor_start_undone(Monitor *m);

/* ---- monitor-stop.c ---- */

void monitor_stop(Monitor *m, JsonrpcRequest *request, bool reboots, bool forced,
		  unsigned int timeout_s);
void monitor_destroy(Monitor *m, JsonrpcRequest *request);
void monitor_destroy_begin(Monitor *m, MonitorAfter after);
void monitor_answer_destroyers(Monitor *m, const GError *error);
void monitor_domain_down(Monitor *m, LifeEnd end);
void monitor_domain_gone(Monitor *m);

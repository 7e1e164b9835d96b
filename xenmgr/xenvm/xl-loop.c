/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/xl-loop.h"

#include <glib-unix.h>
#include <glib.h>

typedef struct {
	libxl_ctx *ctx;
	GSource *source;
	void *for_libxl;
	int fd;
	short events;
} Reg;

static void reg_unpoll(Reg *reg)
{
	if (!reg->source)
		return;
	g_source_destroy(reg->source);
	g_source_unref(reg->source);
	reg->source = NULL;
}

static void reg_free(Reg *reg)
{
	reg_unpoll(reg);
	g_free(reg);
}

static void reg_attach(Reg *reg, GSource *source)
{
	reg->source = source;
	g_source_attach(source, NULL);
}

/* ---- descriptors ---- */

static gboolean fd_ready(int fd, GIOCondition revents, gpointer data)
{
	Reg *reg = data;

	/* GIOCondition has poll(2)'s bit values.  libxl may free reg in here. */
	libxl_osevent_occurred_fd(reg->ctx, reg->for_libxl, fd, reg->events, revents);
	return G_SOURCE_CONTINUE;
}

static void reg_poll(Reg *reg, short events)
{
	GSource *source;

	reg->events = events;
	if (!events)
		return; /* polled for nothing, it would still report errors, for ever */
	source = g_unix_fd_source_new(reg->fd, (GIOCondition)events);
	g_source_set_callback(source, G_SOURCE_FUNC(fd_ready), reg, NULL);
	reg_attach(reg, source);
}

static int fd_register(void *user, int fd, void **reg_out, short events, void *for_libxl)
{
	Reg *reg = g_new0(Reg, 1);

	reg->ctx = user;
	reg->fd = fd;
	reg->for_libxl = for_libxl;
	reg_poll(reg, events);
	*reg_out = reg;
	return 0;
}

static int fd_modify(void *user, int fd, void **reg_update, short events)
{
	Reg *reg = *reg_update;

	reg_unpoll(reg);
	reg_poll(reg, events);
	return 0;
}

static void fd_deregister(void *user, int fd, void *reg)
{
	reg_free(reg);
}

/* ---- timeouts, of the wall clock ---- */

static gboolean timeout_fired(gpointer data)
{
	Reg *reg = data;
	libxl_ctx *ctx = reg->ctx;
	void *for_libxl = reg->for_libxl;

	reg_free(reg);
	libxl_osevent_occurred_timeout(ctx, for_libxl);
	return G_SOURCE_REMOVE;
}

static int timeout_register(void *user, void **reg_out, struct timeval abs,
			    void *for_libxl)
{
	Reg *reg = g_new0(Reg, 1);
	gint64 at = abs.tv_sec * G_USEC_PER_SEC + abs.tv_usec;
	gint64 left = MAX(at - g_get_real_time(), 0);
	GSource *source;

	reg->ctx = user;
	reg->for_libxl = for_libxl;
	source = g_timeout_source_new(MIN(left / 1000, G_MAXINT));
	g_source_set_callback(source, timeout_fired, reg, NULL);
	reg_attach(reg, source);
	*reg_out = reg;
	return 0;
}

static int timeout_modify(void *user, void **reg_update, struct timeval abs)
{
	Reg *reg = *reg_update;

	g_source_set_ready_time(reg->source, 0);
	return 0;
}

static void timeout_deregister(void *user, void *reg)
{
	g_assert_not_reached();
}

/* ---- the whole ---- */

static const libxl_osevent_hooks osevent_hooks = {
	.fd_register = fd_register,
	.fd_modify = fd_modify,
	.fd_deregister = fd_deregister,
	.timeout_register = timeout_register,
	.timeout_modify = timeout_modify,
	.timeout_deregister = timeout_deregister,
};

/* libxl reaps its own children and nobody else's: GLib reaps ours, by pid. */
static const libxl_childproc_hooks child_hooks = {
	.chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

void xl_loop_attach(libxl_ctx *ctx)
{
	libxl_osevent_register_hooks(ctx, &osevent_hooks, ctx);
	libxl_childproc_setmode(ctx, &child_hooks, NULL);
}

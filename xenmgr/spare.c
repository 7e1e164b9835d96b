/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/spare.h"

#include "lib/paths.h"
#include "xenmgr/monitor.h"

/* After a start, so that the next spare is not in its way. */
#define REFILL_MS 300

struct Spare {
	Child *child; /* NULL: none now */
	guint refill;
};

/* It ended unasked: perhaps it cannot run at all, which the next start will say. */
static void ended(int status, const char *output, const GError *error, void *data)
{
	Spare *spare = data;

	spare->child = NULL;
}

static Child *hold(ChildDone done, void *data, GError **error)
{
	g_autofree char *program = g_build_filename(paths_libexec(), "xenvm", NULL);
	/* As long as that of any VM, which takes its place. */
	g_autofree char *place = monitor_config_path("00000000-0000-0000-0000-000000000000");
	const char *const argv[] = { program, "--daemon", "--told", place, NULL };

	return child_hold(argv, done, data, error);
}

static gboolean refill(void *data)
{
	Spare *spare = data;

	spare->refill = 0;
	if (!spare->child)
		spare->child = hold(ended, spare, NULL);
	return G_SOURCE_REMOVE;
}

static void refill_later(Spare *spare)
{
	g_clear_handle_id(&spare->refill, g_source_remove);
	spare->refill = g_timeout_add(REFILL_MS, refill, spare);
}

Spare *spare_new(void)
{
	Spare *spare = g_new0(Spare, 1);

	refill_later(spare);
	return spare;
}

void spare_free(Spare *spare)
{
	if (!spare)
		return;
	g_clear_handle_id(&spare->refill, g_source_remove);
	if (spare->child)
		child_cancel(spare->child);
	g_free(spare);
}

Child *spare_start(Spare *spare, const char *config, unsigned int timeout_ms,
		   ChildDone done, void *data, GError **error)
{
	Child *child = g_steal_pointer(&spare->child);

	if (!child)
		child = hold(ended, spare, error);
	refill_later(spare);
	if (child)
		child_tell(child, config, timeout_ms, done, data);
	return child;
}

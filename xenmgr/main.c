/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xenmgr: the manager of VMs.
 *
 * It comes up in this order: xenstore and the journal, the bus, the database (which it
 * waits for), recovery of what runs, and last its name: who finds that finds it ready.
 */

#include <errno.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/error.h"
#include "lib/identity.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "xenmgr/faces.h"
#include "xenmgr/manager.h"
#include "xenmgr/recover.h"
#include "xenmgr/vms.h"

#define NAME    "com.citrix.xenclient.xenmgr"
#define DB_NAME "com.citrix.xenclient.db"

static struct {
	gboolean no_daemonize, debug, version;
	char *proxy_user;
} options;

/* clang-format off */
static const GOptionEntry entries[] = {
	{ "no-daemonize", 0, 0, G_OPTION_ARG_NONE, &options.no_daemonize,
	  "Stay in the foreground, as it always does", NULL },
	{ "debug", 0, 0, G_OPTION_ARG_NONE, &options.debug, "Say more", NULL },
	{ "proxy-user", 0, 0, G_OPTION_ARG_STRING, &options.proxy_user,
	  "Calls of this user are the guests'", "USER" },
	{ "version", 0, 0, G_OPTION_ARG_NONE, &options.version,
	  "Print the version and exit", NULL },
	{ NULL }
};
/* clang-format on */

/* As long as the process: it ends without taking itself apart. */
static Manager manager;
static GPtrArray *unfinished;
static bool recovering;
static GMainLoop *loop;

static G_GNUC_NORETURN void die(const char *why)
{
	g_warning("%s", why);
	exit(1);
}

static gboolean told_to_end(void *data)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

/* ---- coming up: in the order it happens ---- */

static void database_there(const char *name, const char *owner, void *data);
static void recovered(const GError *error, void *data);

static bool make_folder(const char *path, int mode, GError **error)
{
	return g_mkdir_with_parents(path, mode) == 0 ||
	       xt_fail(error, XT_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
}

static bool come_up(GError **error)
{
	g_autofree char *journal = g_build_filename(paths_run(), "journal", NULL);
	g_autofree char *monitors = g_build_filename(paths_run(), "xenvm", NULL);

	if (!make_folder(paths_run(), 0755, error) || !make_folder(monitors, 0700, error))
		return false;
	manager.xs = xstore_open(error);
	if (!manager.xs)
		return false;
	manager.journal = journal_open(journal, &unfinished, error);
	if (!manager.journal)
		return false;
	manager.bus = bus_open(error);
	return manager.bus != NULL;
}

static void make_parts(void)
{
	Identity *identity = identity_new(manager.bus, options.proxy_user);

	manager.db = db_new(manager.bus);
	manager.facts = facts_new(manager.bus);
	manager.host = host_new();
	manager.spare = spare_new();
	manager.vms = vms_new();
	manager.creations = serial_new();
	manager.server = objects_serve(&manager, manager.bus,
				       (void (*)(void *, RpcCall *))identity_gate,
				       identity);
	bus_attach(manager.bus);
	bus_watch_name(manager.bus, DB_NAME, database_there, NULL);
}

static void database_there(const char *name, const char *owner, void *data)
{
	if (!*owner) {
		g_message("waiting for the database (%s)", DB_NAME);
		return;
	}
	if (!recovering)
		recover_all(&manager, unfinished, recovered, NULL);
	recovering = true;
}

static void recovered(const GError *error, void *data)
{
	g_autoptr(GError) failed = NULL;

	if (error)
		die(error->message);
	g_clear_pointer(&unfinished, g_ptr_array_unref);
	if (!bus_own_name(manager.bus, NAME, &failed))
		die(failed->message);
	g_message("ready, %u VMs", vms_all(manager.vms)->len);
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	setlocale(LC_ALL, "C.UTF-8");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
		fprintf(stderr, "xenmgr: %s\n",
			error ? error->message : "no arguments are taken (see --help)");
		return 1;
	}
	if (options.version) {
		puts("xenmgr " PACKAGE_VERSION);
		return 0;
	}
	log_init("xenmgr", options.debug);
	signal(SIGPIPE, SIG_IGN);

	loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, told_to_end, NULL);
	g_unix_signal_add(SIGINT, told_to_end, NULL);
	if (!come_up(&error))
		die(error->message);
	make_parts();
	g_main_loop_run(loop);
	/* The VMs run on: their monitors look after them. */
	bus_flush(manager.bus);
	return 0;
}

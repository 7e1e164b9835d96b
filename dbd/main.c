/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * dbd: the database daemon (dbd(8)).
 */

#include <glib-unix.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "dbd/database.h"
#include "dbd/db-dbus.h"
#include "lib/log.h"
#include "lib/paths.h"

typedef struct {
	gboolean debug;
	char *database;
	char *proxy_user;
} Options;

static GMainLoop *loop;
static int status = EXIT_SUCCESS;

static gboolean on_signal(gpointer data)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

static void on_bus_closed(void *data)
{
	g_warning("the bus is gone");
	status = EXIT_FAILURE;
	g_main_loop_quit(loop);
}

static bool parse_options(int *argc, char ***argv, Options *options, GError **error)
{
	const GOptionEntry entries[] = {
		{ "debug", 'd', 0, G_OPTION_ARG_NONE, &options->debug, "Log more", NULL },
		{ "database", 0, 0, G_OPTION_ARG_FILENAME, &options->database,
		  "The database file", "FILE" },
		{ "proxy-user", 0, 0, G_OPTION_ARG_STRING, &options->proxy_user,
		  "The user whose connections are the guests'", "USER" },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- the database daemon");

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	if (*argc > 1) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "'%s': dbd takes options only", (*argv)[1]);
		return false;
	}
	if (!options->database)
		options->database = g_build_filename(paths_state(), "db.sqlite", NULL);
	return true;
}

/* Everything is there before the name is: who sees the name is served. */
static bool serve(const Options *options, GError **error)
{
	g_autofree char *initial = g_build_filename(paths_data(), "db.default.json",
						    NULL);
	g_autoptr(Bus) bus = bus_open(error);
	g_autoptr(Database) database = NULL;
	g_autoptr(Identity) identity = NULL;
	g_autoptr(DbService) service = NULL;

	if (!bus)
		return false;
	database = database_open(options->database, initial, error);
	if (!database)
		return false;

	bus_attach(bus);
	bus_on_closed(bus, on_bus_closed, NULL);
	identity = identity_new(bus, options->proxy_user);
	service = db_service_new(bus, database_store(database), identity);
	if (!bus_own_name(bus, DB_BUS_NAME, error))
		return false;

	g_message("serving '%s'", options->database);
	database_keep_copy(database);
	g_main_loop_run(loop);
	bus_flush(bus);
	return true;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Options options = { 0 };

	if (!parse_options(&argc, &argv, &options, &error)) {
		g_printerr("dbd: %s\n", error->message);
		return EXIT_FAILURE;
	}
	log_init("dbd", options.debug);
	umask(077);

	loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, on_signal, NULL);
	g_unix_signal_add(SIGINT, on_signal, NULL);
	if (!serve(&options, &error)) {
		g_printerr("dbd: %s\n", error->message);
		status = EXIT_FAILURE;
	}

	g_main_loop_unref(loop);
	g_free(options.database);
	g_free(options.proxy_user);
	return status;
}

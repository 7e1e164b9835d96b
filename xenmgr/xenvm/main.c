/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xenvm: the monitor of one VM, or with --host of what belongs to none.
 */

#include <glib.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "xenmgr/xenvm/config.h"
#include "xenmgr/xenvm/daemon.h"
#include "xenmgr/xenvm/domain-config.h"
#include "xenmgr/xenvm/endpoint.h"
#include "xenmgr/xenvm/host.h"
#include "xenmgr/xenvm/monitor.h"
#include "xenmgr/xenvm/xl.h"

static struct {
	gboolean daemon, told, host, check, json, version, debug;
	char **files;
} options;

static char *last_argument;

/* clang-format off */
static const GOptionEntry entries[] = {
	{ "daemon",  'd', 0, G_OPTION_ARG_NONE, &options.daemon,
	  "Go into the background; return when the socket answers", NULL },
	{ "told",    0,	  0, G_OPTION_ARG_NONE, &options.told,
	  "Read the file's name from standard input; FILE holds its place", NULL },
	{ "host",    0,	  0, G_OPTION_ARG_NONE, &options.host,
	  "Serve the host's facts, not a VM", NULL },
	{ "check",   'n', 0, G_OPTION_ARG_NONE, &options.check,
	  "Check the configuration and exit", NULL },
	{ "json",    0,	  0, G_OPTION_ARG_NONE, &options.json,
	  "Print what libxl would be asked to create, and exit", NULL },
	{ "debug",   0,	  0, G_OPTION_ARG_NONE, &options.debug,
	  "Say more", NULL },
	{ "version", 0,	  0, G_OPTION_ARG_NONE, &options.version,
	  "Print the version and exit", NULL },
	{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL,
	  "FILE" },
	{ NULL }
};
/* clang-format on */

static int fail(const GError *error)
{
	fprintf(stderr, "xenvm: %s\n", error->message);
	return 1;
}

static bool read_options(int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	unsigned int n;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return false;
	n = options.files ? g_strv_length(options.files) : 0;
	if (options.version || (options.host ? n == 0 : n == 1))
		return true;
	return xt_fail(error, XT_ERROR_INVALID,
		       options.host ? "--host takes no file"
				    : "one configuration file is needed (see --help)");
}

/* ---- without a monitor ---- */

static void no_domain_down(uint32_t domid, libxl_shutdown_reason reason, void *data)
{
}

static void no_domain_gone(uint32_t domid, void *data)
{
}

static void no_disaster(const char *what, void *data)
{
}

static const XlEvents no_events = { no_domain_down, no_domain_gone, no_disaster };

static int print_json(const Config *config, GError **error)
{
	Xl *xl = xl_open(&no_events, NULL, error);
	libxl_domain_config wanted;
	char *text = NULL;

	if (!xl)
		return 1;
	if (domain_config_build(xl_ctx(xl), config, NULL, &wanted, error))
		text = libxl_domain_config_to_json(xl_ctx(xl), &wanted);
	libxl_domain_config_dispose(&wanted);
	if (!text)
		return 1;
	fputs(text, stdout);
	free(text);
	return 0;
}

/* ---- with one ---- */

/* Claim the name, go into the background; NULL with @error. */
static Endpoint *come_up(const char *socket_name, const char *log_name, GError **error)
{
	g_autofree char *log = g_strdup_printf("%s/xenvm-%s.log", paths_log(), log_name);
	g_autoptr(Endpoint) endpoint = endpoint_claim(socket_name, error);

	if (!endpoint ||
	    (options.daemon && ((!options.told && !daemon_fork(error)) ||
				!daemon_log(log, error))))
		return NULL;
	log_init("xenvm", options.debug);
	return g_steal_pointer(&endpoint);
}

static int run_host(GError **error)
{
	g_autoptr(Endpoint) endpoint = come_up("host", "host", error);
	g_autoptr(Host) host = endpoint ? host_new(endpoint_fd(endpoint), error) : NULL;

	if (!host)
		return 1;
	daemon_ready();
	host_run(host);
	return 0;
}

static int run_monitor(const char *path, Config *given, GError **error)
{
	g_autoptr(Config) config = given;
	g_autofree char *name = g_strconcat("vm-", config->uuid, NULL);
	g_autoptr(Endpoint) endpoint = NULL;
	g_autoptr(Monitor) monitor = NULL;

	options.debug |= config->debug;
	endpoint = come_up(name, config->uuid, error);
	if (!endpoint)
		return 1;
	monitor = monitor_new(path, g_steal_pointer(&config), endpoint_fd(endpoint),
			      error);
	if (!monitor)
		return 1;
	daemon_ready();
	monitor_run(monitor);
	return 0;
}

/* What `ps` shows: the file's name where only its place was held. */
static void show_path(const char *path)
{
	size_t room = strlen(last_argument);

	if (strlen(path) > room)
		return;
	memset(last_argument, 0, room);
	memcpy(last_argument, path, strlen(path));
}

/* NULL without @error: a monitor that was held in advance is not needed. */
static char *config_path(GError **error)
{
	char line[PATH_MAX + 1];
	char *path;

	if (!options.told)
		return g_canonicalize_filename(options.files[0], NULL);
	if (options.daemon && !daemon_fork(error)) /* what can be done in advance */
		return NULL;
	if (!fgets(line, sizeof(line), stdin))
		return NULL;
	if (!g_str_has_suffix(line, "\n")) {
		xt_fail(error, XT_ERROR_INVALID,
			"standard input: one line with the name of a file is needed");
		return NULL;
	}
	path = g_canonicalize_filename(g_strchomp(line), NULL);
	show_path(path);
	return path;
}

static int run(GError **error)
{
	g_autofree char *path = NULL;
	Config *config;
	int status;

	if (options.host)
		return run_host(error);
	path = config_path(error);
	if (!path)
		return *error ? 1 : 0;
	config = config_read(path, error);
	if (!config)
		return 1;
	if (!options.check && !options.json)
		return run_monitor(path, config, error);
	status = options.json ? print_json(config, error) : 0;
	config_free(config);
	return status;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int status;

	last_argument = argv[argc - 1];
	setlocale(LC_ALL, "C.UTF-8");
	if (!read_options(argc, argv, &error))
		return fail(error);
	if (options.version) {
		puts("xenvm " PACKAGE_VERSION);
		return 0;
	}
	log_init("xenvm", options.debug);
	if (options.daemon)
		daemon_close_inherited();

	status = run(&error);
	if (error && !daemon_failed(error->message))
		fail(error);
	g_strfreev(options.files);
	return status;
}

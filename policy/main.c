/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <errno.h>
#include <glib-unix.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/rpc.h"
#include "policy/control.h"
#include "policy/proxy.h"

static struct {
	char *rules;
	char *control;
	int control_fd;
	char *user;
	char *check;
	gboolean debug;
} options = { .control_fd = -1 };

/* clang-format off */
static const GOptionEntry entries[] = {
	{ "rules", 'r', 0, G_OPTION_ARG_FILENAME, &options.rules,
	  "the policy (default: rpc-proxy.rules in the configuration)", "FILE" },
	{ "control", 0, 0, G_OPTION_ARG_FILENAME, &options.control,
	  "listen for monitors there", "PATH" },
	{ "control-fd", 0, 0, G_OPTION_ARG_INT, &options.control_fd,
	  "this descriptor listens already", "N" },
	{ "user", 'u', 0, G_OPTION_ARG_STRING, &options.user,
	  "become this user once the control socket is there", "NAME" },
	{ "check", 'c', 0, G_OPTION_ARG_FILENAME, &options.check,
	  "say whether the policy in FILE is free of mistakes, and exit", "FILE" },
	{ "debug", 'd', 0, G_OPTION_ARG_NONE, &options.debug, "log more", NULL },
	{ NULL },
};
/* clang-format on */

static bool read_options(int *argc, char ***argv, GError **error)
{
	g_autoptr(GOptionContext)
		context = g_option_context_new("- the guests' way to the bus");

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, error))
		return false;
	if (*argc > 1)
		return xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not an option",
			       (*argv)[1]);
	if (!options.rules)
		options.rules = g_build_filename(paths_conf(), "rpc-proxy.rules", NULL);
	if (!options.control)
		options.control = g_build_filename(paths_run(), "rpc-proxy", "control",
						   NULL);
	return true;
}

static int get_control(GError **error)
{
	if (options.control_fd < 0)
		return control_bind(options.control, error);
	return control_check(options.control_fd, error) ? options.control_fd : -1;
}

static bool become(const char *name, GError **error)
{
	const struct passwd *user = getpwnam(name);

	if (!user)
		return xt_fail(error, XT_ERROR_NOT_FOUND, "there is no user \"%s\"",
			       name);
	if (initgroups(name, user->pw_gid) < 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return xt_fail(error, XT_ERROR_FAILED, "cannot become \"%s\": %s", name,
			       g_strerror(errno));
	return true;
}

static bool drop_privileges(GError **error)
{
	if (options.user && !become(options.user, error))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return xt_fail(error, XT_ERROR_FAILED, "no_new_privs: %s",
			       g_strerror(errno));
	return true;
}

/* ---- while it runs ---- */

static gboolean on_terminate(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

static gboolean on_hangup(gpointer proxy)
{
	proxy_reload(proxy);
	return G_SOURCE_CONTINUE;
}

/* Without the name nobody asks us who our guests are: they would pass for the host. */
static void own_name_changed(const char *name, const char *owner, void *bus)
{
	if (g_str_equal(owner, bus_unique_name(bus)))
		return;
	g_warning("the name \"%s\" is lost", name);
	exit(1);
}

static bool run(RuleSet *rules, int control_fd, GError **error)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, false);
	g_autoptr(Bus) bus = bus_open(error);
	g_autoptr(Proxy) proxy = NULL;
	g_autoptr(RpcServer) server = NULL;

	if (!bus)
		return false;
	bus_attach(bus);
	if (!bus_own_name(bus, PROXY_NAME, error))
		return false;
	bus_watch_name(bus, PROXY_NAME, own_name_changed, bus);

	proxy = proxy_new(bus, options.rules, rules, control_fd);
	server = proxy_serve(proxy, bus);
	g_unix_signal_add(SIGTERM, on_terminate, loop);
	g_unix_signal_add(SIGINT, on_terminate, loop);
	g_unix_signal_add(SIGHUP, on_hangup, proxy);
	g_message("%u rules from %s", rules->rules->len, options.rules);
	g_main_loop_run(loop);
	return true;
}

/* Each mistake on a line of its own, with nothing before its place. */
static RuleSet *read_rules(const char *path)
{
	g_autoptr(GError) error = NULL;
	RuleSet *rules = rules_parse_file(path, &error);

	if (!rules)
		g_printerr("%s\n", error->message);
	return rules;
}

/* False without @error: it has been said. */
static bool start(int *argc, char ***argv, GError **error)
{
	RuleSet *rules;
	int control_fd;

	if (!read_options(argc, argv, error))
		return false;
	log_init("rpc-proxy", options.debug);
	rules = read_rules(options.check ? options.check : options.rules);
	if (!rules)
		return false;
	if (options.check) {
		rule_set_free(rules);
		return true;
	}

	control_fd = get_control(error);
	return control_fd >= 0 && drop_privileges(error) && run(rules, control_fd, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	bool ok;

	g_set_prgname("rpc-proxy");
	ok = start(&argc, &argv, &error);
	if (error)
		g_printerr("rpc-proxy: %s\n", error->message);
	g_free(options.rules);
	g_free(options.control);
	g_free(options.user);
	g_free(options.check);
	return ok ? 0 : 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xenvm-cmd: one command to the monitor of a VM, or to that of the host.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "lib/error.h"
#include "lib/jsonrpc.h"
#include "lib/paths.h"
#include "lib/uuid.h"

static const char usage[] =
	"usage: xenvm-cmd [--reply-timeout SECONDS] UUID|host COMMAND [KEY=VALUE...]\n"
	"The command \"help\" lists the others.\n";

typedef struct {
	unsigned int timeout_ms;
	char *socket;
	const char *method;
	GPtrArray *params; /* key, value, ..., NULL */
} Command;

static bool read_options(char ***args, Command *command, GError **error)
{
	guint64 seconds;
	char **arg = *args;

	for (; *arg && g_str_has_prefix(*arg, "--"); arg++) {
		const char *value = NULL;

		if (g_str_equal(*arg, "--use-socket"))
			continue; /* the one way there is */
		if (g_str_has_prefix(*arg, "--reply-timeout="))
			value = strchr(*arg, '=') + 1;
		else if (g_str_equal(*arg, "--reply-timeout") && arg[1])
			value = *++arg;
		if (!value)
			return xt_fail(error, XT_ERROR_INVALID, "unknown option %s", *arg);
		if (!g_ascii_string_to_unsigned(value, 10, 0, 86400, &seconds, NULL))
			return xt_fail(error, XT_ERROR_INVALID,
				       "--reply-timeout: \"%s\" is no number of seconds",
				       value);
		command->timeout_ms = seconds * 1000;
	}
	*args = arg;
	return true;
}

static bool read_name(const char *name, Command *command, GError **error)
{
	g_autofree char *uuid = uuid_normalize(name);

	if (!uuid && !g_str_equal(name, "host"))
		return xt_fail(error, XT_ERROR_INVALID, "\"%s\" is neither a uuid nor host",
			       name);
	command->socket = uuid ? g_strdup_printf("%s/xenvm/vm-%s", paths_run(), uuid)
			       : g_strdup_printf("%s/xenvm/host", paths_run());
	return true;
}

static bool read_params(char **args, Command *command, GError **error)
{
	for (; *args; args++) {
		char *equals = strchr(*args, '=');

		if (!equals)
			return xt_fail(error, XT_ERROR_INVALID,
				       "\"%s\" is no parameter: KEY=VALUE would be", *args);
		*equals = '\0';
		g_ptr_array_add(command->params, *args);
		g_ptr_array_add(command->params, equals + 1);
	}
	g_ptr_array_add(command->params, NULL);
	return true;
}

static bool run(Command *command, GError **error)
{
	g_autofree char *result = NULL;

	if (!jsonrpc_call_once(command->socket, command->method,
			       (const char *const *)command->params->pdata,
			       command->timeout_ms, &result, error))
		return false;
	if (result)
		puts(result);
	return true;
}

int main(int argc, char **argv)
{
	Command command = { .timeout_ms = 60000 };
	g_autoptr(GError) error = NULL;
	char **args = argv + 1;

	if (argc == 2 && g_str_equal(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	command.params = g_ptr_array_new();
	if (read_options(&args, &command, &error) && (!args[0] || !args[1])) {
		fputs(usage, stderr);
		return 1;
	}
	if (!error && read_name(args[0], &command, &error)) {
		command.method = args[1];
		if (read_params(args + 2, &command, &error))
			run(&command, &error);
	}

	if (error && error->code == XT_ERROR_TIMEOUT &&
	    g_str_equal(error->message, "timeout"))
		fprintf(stderr, "timeout\n");
	else if (error && error->code == XT_ERROR_NOT_FOUND)
		fprintf(stderr, "cannot send command to xenvm. it is dead ?\n");
	else if (error)
		fprintf(stderr, "error: %s\n", error->message);
	g_ptr_array_unref(command.params);
	g_free(command.socket);
	return error ? 1 : 0;
}

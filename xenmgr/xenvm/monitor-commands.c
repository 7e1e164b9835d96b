/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The monitor's commands: a table, and their parameters.
 */

#include "xenmgr/xenvm/monitor-private.h"

#include <string.h>
#include "lib/error.h"

typedef struct {
	bool paused, forced;
	unsigned int timeout;
} Params;

static void run_start(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_start(m, request, params->paused, true);
}

static void run_pause(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_pause(m, request);
}

static void run_unpause(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_unpause(m, request);
}

static void run_halt(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_stop(m, request, false, params->forced, params->timeout);
}

static void run_reboot(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_stop(m, request, true, params->forced, params->timeout);
}

static void run_destroy(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	monitor_destroy(m, request);
}

static void run_get_domid(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	g_autofree char *domid = g_strdup_printf("%d", (int)m->domid);

	jsonrpc_return(request, domid);
}

static void run_get_status(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	jsonrpc_return(request, monitor_word(m->state));
}

static void run_quit(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	g_message("told to quit, leaving the domain as it is");
	jsonrpc_return(request, NULL);
	monitor_quit(m);
}

static void run_subscribe(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	jsonrpc_subscribe(request);
	jsonrpc_return(request, monitor_word(m->state));
}

static void run_help(Monitor *m, JsonrpcRequest *request, const Params *params);

/* clang-format off */
static const struct {
	const char *name;
	void (*run)(Monitor *m, JsonrpcRequest *request, const Params *params);
	const char *params; /* names, each with a blank before and after */
	const char *help;
} commands[] = {
	{ "destroy",	run_destroy,	"",		     "" },
	{ "get-domid",	run_get_domid,	"",		     "" },
	{ "get-status",	run_get_status,	"",		     "" },
	{ "halt",	run_halt,	" forced timeout ",  " [forced=false] [timeout=60]" },
	{ "help",	run_help,	"",		     "" },
	{ "pause",	run_pause,	"",		     "" },
	{ "quit",	run_quit,	"",		     "" },
	{ "reboot",	run_reboot,	" forced timeout ",  " [forced=false] [timeout=60]" },
	{ "start",	run_start,	" paused ",	     " [paused=false]" },
	{ "subscribe",	run_subscribe,	"",		     "" },
	{ "unpause",	run_unpause,	"",		     "" },
};
/* clang-format on */

static void run_help(Monitor *m, JsonrpcRequest *request, const Params *params)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++)
		g_string_append_printf(text, "%s%s%s", i ? "\n" : "", commands[i].name,
				       commands[i].help);
	jsonrpc_return(request, text->str);
}

static bool read_bool(const char *key, const char *text, bool *ret_value, GError **error)
{
	*ret_value = g_str_equal(text, "true") || g_str_equal(text, "1");
	return *ret_value || g_str_equal(text, "false") || g_str_equal(text, "0") ||
	       xt_fail(error, XT_ERROR_INVALID, "%s: \"%s\" is neither true nor false",
		       key, text);
}

static bool read_param(Params *params, const char *key, const char *text, GError **error)
{
	guint64 value;

	if (g_str_equal(key, "paused"))
		return read_bool(key, text, &params->paused, error);
	if (g_str_equal(key, "forced"))
		return read_bool(key, text, &params->forced, error);
	if (!g_ascii_string_to_unsigned(text, 10, 0, 86400, &value, NULL))
		return xt_fail(
			error, XT_ERROR_INVALID,
			"%s: \"%s\" is not right: seconds from 0 to 86400 would be", key,
			text);
	params->timeout = value;
	return true;
}

static bool read_params(const char *method, const char *known, const json_t *given,
			Params *params, GError **error)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)given, key, value)
	{
		g_autofree char *word = g_strdup_printf(" %s ", key);

		if (strchr(key, ' ') || !strstr(known, word))
			return xt_fail(error, XT_ERROR_INVALID,
				       "%s: unknown parameter \"%s\"", method, key);
		if (!read_param(params, key, json_string_value(value), error))
			return false;
	}
	return true;
}

void monitor_command(JsonrpcRequest *request, const char *method, const json_t *given,
		     void *data)
{
	Params params = { .timeout = 60 };
	g_autoptr(GError) error = NULL;
	Monitor *m = data;

	for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (!g_str_equal(commands[i].name, method))
			continue;
		if (read_params(method, commands[i].params, given, &params, &error))
			commands[i].run(m, request, &params);
		else
			jsonrpc_fail(request, error);
		return;
	}
	xt_fail(&error, XT_ERROR_UNKNOWN_METHOD, "%s: no such command, help lists them",
		method);
	jsonrpc_fail(request, error);
}

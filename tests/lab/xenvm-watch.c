/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xenvm-watch UUID [manager]: prints what the monitor tells a subscriber, a line each,
 * until it ends.  As a manager it sends "start" when the guest has rebooted.
 */

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include "lib/json.h"
#include "lib/jsonrpc.h"
#include "lib/paths.h"

static GMainLoop *loop;
static JsonrpcClient *client;
static bool manager;

static void on_started(const char *result, const GError *error, void *data)
{
	printf("started %s\n", error ? error->message : result);
}

static void on_notify(const char *method, const json_t *params, void *data)
{
	const char *message = json_string_value(json_object_get(params, "message"));
	const char *status = json_string_value(json_object_get(params, "status"));

	printf("%s %s\n", method, message ? message : status);
	if (manager && message && !strcmp(message, "vm:state:rebooted"))
		jsonrpc_call(client, "start", NULL, 0, on_started, NULL);
}

static void on_closed(void *data)
{
	printf("closed\n");
	g_main_loop_quit(loop);
}

int main(int argc, char **argv)
{
	static const JsonrpcEvents events = { on_notify, on_closed };
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	manager = argc > 2;
	path = g_strdup_printf("%s/xenvm/vm-%s", paths_run(), argv[1]);
	loop = g_main_loop_new(NULL, FALSE);
	client = jsonrpc_client_new(path, &events, NULL, &error);
	if (!client) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	g_main_loop_run(loop);
	jsonrpc_client_free(client);
	g_main_loop_unref(loop);
	return 0;
}

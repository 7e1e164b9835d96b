/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/host.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include "lib/error.h"
#include "lib/json.h"
#include "lib/jsonrpc.h"
#include "lib/uuid.h"
#include "xenmgr/xenvm/xl.h"

#define LAST_WORDS    1000 /* ms */
#define CLEAR_TRIES   8
#define CLEAR_PAUSE   50 /* ms, doubled each time */
#define PAGES_PER_MIB 256

struct Host {
	GMainLoop *loop;
	Xl *xl;
	JsonrpcServer *server;
};

/* ---- facts and domains ---- */

static json_t *mib(uint64_t pages)
{
	return json_integer(pages / PAGES_PER_MIB);
}

static json_t *host_facts(Host *host, GError **error)
{
	libxl_ctx *ctx = xl_ctx(host->xl);
	const libxl_version_info *version;
	libxl_physinfo info;
	json_t *facts;
	int rc;

	xl_begin(host->xl);
	libxl_physinfo_init(&info);
	rc = libxl_get_physinfo(ctx, &info);
	if (rc) {
		libxl_physinfo_dispose(&info);
		xl_fail(host->xl, error, "facts", rc);
		return NULL;
	}
	version = libxl_get_version_info(ctx);
	facts = json_object();
	json_object_set_new(facts, "total-mem", mib(info.total_pages));
	json_object_set_new(facts, "free-mem", mib(info.free_pages));
	/* Pages being scrubbed are free soon; claimed ones are free no more. */
	json_object_set_new(facts, "avail-mem",
			    mib(MAX((int64_t)(info.free_pages + info.scrub_pages -
					      info.outstanding_pages),
				    0)));
	json_object_set_new(facts, "cpu-count", json_integer(info.nr_cpus));
	json_object_set_new(facts, "xen-version",
			    json_sprintf("%d.%d%s",
					 version ? version->xen_version_major : 0,
					 version ? version->xen_version_minor : 0,
					 version && version->xen_version_extra
						 ? version->xen_version_extra
						 : ""));
	libxl_physinfo_dispose(&info);
	return facts;
}

static const char *state_of(const libxl_dominfo *info)
{
	if (info->dying)
		return "dying";
	if (info->shutdown)
		return "shutdown";
	return info->paused ? "paused" : "running";
}

static json_t *host_domains(Host *host, GError **error)
{
	int n = 0;
	libxl_dominfo *list;
	json_t *domains;

	xl_begin(host->xl);
	list = libxl_list_domain(xl_ctx(host->xl), &n);
	if (!list) {
		xl_fail(host->xl, error, "domains", ERROR_FAIL);
		return NULL;
	}
	domains = json_array();
	for (int i = 0; i < n; i++) {
		char *name = libxl_domid_to_name(xl_ctx(host->xl), list[i].domid);
		char uuid[UUID_LEN + 1];

		xl_uuid_text(&list[i].uuid, uuid);
		json_array_append_new(
			domains, json_pack("{s:i, s:s, s:s, s:s, s:b}", "domid",
					   (int)list[i].domid, "uuid", uuid, "name",
					   name ? name : "", "state", state_of(&list[i]),
					   "dying", list[i].dying));
		free(name);
	}
	libxl_dominfo_list_free(list, n);
	return domains;
}

static void return_json(JsonrpcRequest *request, json_t *value, const GError *error)
{
	char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;

	if (text)
		jsonrpc_return(request, text);
	else
		jsonrpc_fail(request, error);
	free(text);
	json_decref(value);
}

static void run_facts(Host *host, JsonrpcRequest *request, const json_t *params)
{
	g_autoptr(GError) error = NULL;

	return_json(request, host_facts(host, &error), error);
}

static void run_domains(Host *host, JsonrpcRequest *request, const json_t *params)
{
	g_autoptr(GError) error = NULL;

	return_json(request, host_domains(host, &error), error);
}

/* ---- clear: every domain of a uuid, answered when the last one is gone ---- */

typedef struct {
	Host *host;
	JsonrpcRequest *request;
	unsigned int left;
	GError *error; /* the first one */
} Clear;

typedef struct {
	Clear *clear;
	uint32_t domid;
	unsigned int tries;
} ClearOne;

static void clear_done(int rc, void *data);

static gboolean clear_now(gpointer data)
{
	ClearOne *one = data;
	Xl *xl = one->clear->host->xl;
	XlOp *op = xl_op_new(xl, clear_done, one);

	one->tries++;
	xl_begin(xl);
	xl_op_started(op, libxl_domain_destroy(xl_ctx(xl), one->domid, xl_op_how(op)));
	return G_SOURCE_REMOVE;
}

static void clear_answer(Clear *clear)
{
	if (clear->error)
		jsonrpc_fail(clear->request, clear->error);
	else
		jsonrpc_return(clear->request, NULL);
	g_clear_error(&clear->error);
	g_free(clear);
}

static void clear_done(int rc, void *data)
{
	ClearOne *one = data;
	Clear *clear = one->clear;
	Xl *xl = clear->host->xl;
	libxl_dominfo info;

	if (rc && xl_domain_info(xl, one->domid, &info)) {
		if (one->tries < CLEAR_TRIES) {
			g_timeout_add(CLEAR_PAUSE << (one->tries - 1), clear_now, one);
			return;
		}
		if (!clear->error)
			xl_fail(xl, &clear->error, "clear", rc);
	}
	g_free(one);
	if (--clear->left == 0)
		clear_answer(clear);
}

static void run_clear(Host *host, JsonrpcRequest *request, const json_t *params)
{
	const char *given = json_string_value(json_object_get(params, "uuid"));
	g_autofree char *uuid = given ? uuid_normalize(given) : NULL;
	g_autoptr(GArray) found = NULL;
	Clear *clear;

	if (!uuid) {
		g_autoptr(GError) error = NULL;

		xt_fail(&error, XT_ERROR_INVALID, "clear: uuid=UUID is missing, or none");
		jsonrpc_fail(request, error);
		return;
	}
	found = xl_domains_of(host->xl, uuid);
	clear = g_new0(Clear, 1);
	clear->host = host;
	clear->request = request;
	clear->left = found->len;
	for (guint i = 0; i < found->len; i++) {
		ClearOne *one = g_new0(ClearOne, 1);

		one->clear = clear;
		one->domid = g_array_index(found, uint32_t, i);
		g_message("clearing domain %u of %s", one->domid, uuid);
		clear_now(one);
	}
	if (found->len == 0)
		clear_answer(clear);
}

/* ---- the other commands ---- */

static void run_quit(Host *host, JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_return(request, NULL);
	g_main_loop_quit(host->loop);
}

/* It has nothing to notify of; a manager stays connected so as to see it end. */
static void run_subscribe(Host *host, JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_subscribe(request);
	jsonrpc_return(request, "running");
}

static void run_help(Host *host, JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_return(request, "clear uuid=UUID\ndomains\nfacts\nhelp\nquit\nsubscribe");
}

static const struct {
	const char *name;
	void (*run)(Host *host, JsonrpcRequest *request, const json_t *params);
} commands[] = {
	{ "clear", run_clear }, { "domains", run_domains },
	{ "facts", run_facts }, { "help", run_help },
	{ "quit", run_quit },   { "subscribe", run_subscribe },
};

static void on_request(JsonrpcRequest *request, const char *method, const json_t *params,
		       void *data)
{
	g_autoptr(GError) error = NULL;

	for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (g_str_equal(commands[i].name, method)) {
			commands[i].run(data, request, params);
			return;
		}
	}
	xt_fail(&error, XT_ERROR_UNKNOWN_METHOD, "%s: no such command, help lists them",
		method);
	jsonrpc_fail(request, error);
}

/* ---- life ---- */

static void on_domain(uint32_t domid, libxl_shutdown_reason reason, void *data)
{
}

static void on_domain_gone(uint32_t domid, void *data)
{
}

static void on_disaster(const char *what, void *data)
{
	Host *host = data;

	g_warning("libxl cannot go on: %s", what);
	g_main_loop_quit(host->loop);
}

static const XlEvents xl_events = {
	.domain_down = on_domain,
	.domain_gone = on_domain_gone,
	.disaster = on_disaster,
};

static gboolean on_signal(gpointer data)
{
	Host *host = data;

	g_main_loop_quit(host->loop);
	return G_SOURCE_CONTINUE;
}

Host *host_new(int listen_fd, GError **error)
{
	g_autoptr(Host) host = g_new0(Host, 1);

	host->loop = g_main_loop_new(NULL, FALSE);
	host->server = jsonrpc_server_new(listen_fd, on_request, host);
	host->xl = xl_open(&xl_events, host, error);
	if (!host->xl)
		return NULL;
	g_unix_signal_add(SIGTERM, on_signal, host);
	g_unix_signal_add(SIGINT, on_signal, host);
	return g_steal_pointer(&host);
}

void host_run(Host *host)
{
	g_main_loop_run(host->loop);
	jsonrpc_server_flush(host->server, LAST_WORDS);
}

void host_free(Host *host)
{
	if (!host)
		return;
	jsonrpc_server_free(host->server);
	g_main_loop_unref(host->loop);
	g_free(host);
}

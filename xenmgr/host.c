/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/host.h"

#include <string.h>
#include "lib/child.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/jsonrpc.h"
#include "lib/paths.h"

#define SPAWN_TIMEOUT_MS  20000
#define ANSWER_TIMEOUT_MS 10000
#define CLEAR_TIMEOUT_MS  30000
#define DOMAINS_MAX_BYTES (1024 * 1024)

typedef struct Question Question;

struct Host {
	JsonrpcClient *client; /* NULL: not connected */
	Child *child;          /* that starts it */
	guint later;           /* that answers questions it could not be started for */
	GQueue waiting;        /* Question, until it is connected */
};

/* One call, and how its answer is read. */
struct Question {
	const char *method;
	char *uuid; /* parameter, or NULL */
	unsigned int timeout_ms;
	void (*answer)(const Question *question, const char *result, const GError *error);
	void (*done)(void); /* of the type that answer() knows */
	void *data;
};

static void finish(Question *question, const char *result, const GError *error)
{
	question->answer(question, result, error);
	g_free(question->uuid);
	g_free(question);
}

/* ---- asking: in the order it happens ---- */

static void answered(const char *result, const GError *error, void *data)
{
	finish(data, result, error);
}

static void send_question(Host *host, Question *question)
{
	const char *const params[] = { "uuid", question->uuid, NULL };

	jsonrpc_call(host->client, question->method, question->uuid ? params : NULL,
		     question->timeout_ms, answered, question);
}

static void heard(const char *method, const json_t *params, void *data)
{
}

static void ended(void *data)
{
	Host *host = data;

	g_warning("the host's monitor ended, starting it again when needed");
	g_clear_pointer(&host->client, jsonrpc_client_free);
}

static bool connect_host(Host *host, GError **error)
{
	static const JsonrpcEvents events = { heard, ended };
	g_autofree char *path = g_build_filename(paths_run(), "xenvm", "host", NULL);
	Question *question;

	host->client = jsonrpc_client_new(path, &events, host, error);
	if (!host->client)
		return false;
	while ((question = g_queue_pop_head(&host->waiting)))
		send_question(host, question);
	return true;
}

static void give_up(Host *host, const GError *error)
{
	Question *question;

	while ((question = g_queue_pop_head(&host->waiting)))
		finish(question, NULL, error);
}

static void spawned(int status, const char *output, const GError *error, void *data)
{
	Host *host = data;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	host->child = NULL;
	if (failed || !connect_host(host, &failed))
		give_up(host, failed);
}

static gboolean cannot_start(void *data)
{
	Host *host = data;
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_FAILED,
					      "%s/xenvm cannot be run", paths_libexec());

	host->later = 0;
	give_up(host, error);
	return G_SOURCE_REMOVE;
}

static void spawn(Host *host)
{
	g_autofree char *program = g_build_filename(paths_libexec(), "xenvm", NULL);
	const char *const argv[] = { program, "--host", "--daemon", NULL };
	g_autoptr(GError) error = NULL;

	host->child = child_run(argv, NULL, SPAWN_TIMEOUT_MS, spawned, host, &error);
	if (host->child)
		return;
	g_warning("%s", error->message);
	host->later = g_idle_add(cannot_start, host);
}

static void ask(Host *host, const Question *asked)
{
	Question *question = g_new(Question, 1);

	*question = *asked;
	if (host->client) {
		send_question(host, question);
		return;
	}
	g_queue_push_tail(&host->waiting, question);
	/* One that the xenmgr before us started may be there. */
	if (!host->child && !host->later && !connect_host(host, NULL))
		spawn(host);
}

Host *host_new(void)
{
	Host *host = g_new0(Host, 1);

	g_queue_init(&host->waiting);
	return host;
}

void host_free(Host *host)
{
	g_autoptr(GError) gone = NULL;

	if (!host)
		return;
	if (host->child)
		child_cancel(host->child);
	g_clear_handle_id(&host->later, g_source_remove);
	gone = g_error_new(XT_ERROR, XT_ERROR_GONE, "given up");
	give_up(host, gone);
	g_clear_pointer(&host->client, jsonrpc_client_free);
	g_free(host);
}

/* ---- the questions ---- */

static json_t *parse_answer(const char *result, GError **error)
{
	const char *text = result ? result : "null";

	return json_parse(text, strlen(text), DOMAINS_MAX_BYTES, "xenvm --host", error);
}

static void domain_free(void *data)
{
	HostDomain *domain = data;

	g_free(domain->uuid);
	g_free(domain->name);
	g_free(domain);
}

static void domains_answered(const Question *question, const char *result,
			     const GError *error)
{
	HostDomainsDone done = (HostDomainsDone)question->done;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;
	g_autoptr(json_t) json = failed ? NULL : parse_answer(result, &failed);
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(domain_free);
	size_t i;
	json_t *entry;

	json_array_foreach(json, i, entry)
	{
		HostDomain *domain = g_new0(HostDomain, 1);
		const char *name = json_string_value(json_object_get(entry, "name"));

		domain->domid = (int)json_integer_value(json_object_get(entry, "domid"));
		domain->uuid = g_strdup(
			json_string_value(json_object_get(entry, "uuid")));
		domain->name = g_strdup(name ? name : "");
		domain->dying = json_is_true(json_object_get(entry, "dying"));
		g_ptr_array_add(domains, domain);
	}
	done(failed ? NULL : domains, failed, question->data);
}

void host_domains(Host *host, HostDomainsDone done, void *data)
{
	ask(host, &(Question){ .method = "domains",
			       .timeout_ms = ANSWER_TIMEOUT_MS,
			       .answer = domains_answered,
			       .done = (void (*)(void))done,
			       .data = data });
}

static int integer(const json_t *json, const char *name)
{
	return (int)json_integer_value(json_object_get(json, name));
}

static void facts_answered(const Question *question, const char *result,
			   const GError *error)
{
	HostFactsDone done = (HostFactsDone)question->done;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;
	g_autoptr(json_t) json = failed ? NULL : parse_answer(result, &failed);
	const HostFacts facts = {
		.total_mem = integer(json, "total-mem"),
		.free_mem = integer(json, "free-mem"),
		.avail_mem = integer(json, "avail-mem"),
		.cpu_count = integer(json, "cpu-count"),
	};

	done(failed ? NULL : &facts, failed, question->data);
}

void host_facts(Host *host, HostFactsDone done, void *data)
{
	ask(host, &(Question){ .method = "facts",
			       .timeout_ms = ANSWER_TIMEOUT_MS,
			       .answer = facts_answered,
			       .done = (void (*)(void))done,
			       .data = data });
}

static void clear_answered(const Question *question, const char *result,
			   const GError *error)
{
	((HostDone)question->done)(error, question->data);
}

void host_clear(Host *host, const char *uuid, HostDone done, void *data)
{
	ask(host, &(Question){ .method = "clear",
			       .uuid = g_strdup(uuid),
			       .timeout_ms = CLEAR_TIMEOUT_MS,
			       .answer = clear_answered,
			       .done = (void (*)(void))done,
			       .data = data });
}

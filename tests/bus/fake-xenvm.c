/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * fake-xenvm - a monitor without Xen, for tests of xenmgr.
 *
 * It speaks the protocol of a monitor's socket, and of `xenvm --host`.  Its domains are
 * files in <run>/fake: domains/<domid> holds "UUID STATE NAME", so that they outlive the
 * process as domains do.  What it is to do wrong stands in <run>/fake/<method>: "fail
 * WORDS", "hang" (no answer, ever), or "ack" (answered, and nothing else done).  The
 * method "event" is the guest: halt, reboot, crash.
 */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"
#include "lib/jsonrpc.h"
#include "lib/paths.h"

static struct {
	char *uuid, *name, *config, *socket;
	const char *state;
	int domid; /* -1: none */
	JsonrpcServer *server;
	GMainLoop *loop;
	guint rebooting;
} m = { .state = "shutdown", .domid = -1 };

static char *fake_path(const char *name)
{
	return g_build_filename(paths_run(), "fake", name, NULL);
}

static char *domain_path(int domid)
{
	return g_strdup_printf("%s/fake/domains/%d", paths_run(), domid);
}

/* ---- domains ---- */

static void save_domain(void)
{
	g_autofree char *path = domain_path(m.domid);
	g_autofree char *text = g_strdup_printf("%s %s %s", m.uuid, m.state, m.name);

	g_file_set_contents(path, text, -1, NULL);
}

static void drop_domain(void)
{
	g_autofree char *path = domain_path(m.domid);

	unlink(path);
	m.domid = -1;
}

static void make_domain(void)
{
	for (int domid = 1;; domid++) {
		g_autofree char *path = domain_path(domid);
		int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

		if (fd < 0)
			continue;
		close(fd);
		m.domid = domid;
		return;
	}
}

typedef void (*EachDomain)(int domid, char **words, const char *path, void *data);

static void each_domain(EachDomain each, void *data)
{
	g_autofree char *dir = fake_path("domains");
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	const char *name;

	while (entries && (name = g_dir_read_name(entries))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);
		g_autofree char *text = NULL;
		g_auto(GStrv) words = NULL;

		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		words = g_strsplit(text, " ", 3);
		if (g_strv_length(words) == 3)
			each(atoi(name), words, path, data);
	}
}

/* ---- a monitor ---- */

static void set_state(const char *state)
{
	g_autofree char *message = g_strconcat("vm:state:", state, NULL);
	g_autofree char *domid = NULL;
	g_autoptr(json_t) params = NULL;

	if (g_str_equal(m.state, state))
		return;
	m.state = state;
	if (m.domid >= 0)
		save_domain();
	domid = g_strdup_printf("%d", m.domid);
	params = json_pack("{s:s, s:s, s:s, s:s}", "uuid", m.uuid, "code", "vmstate",
			   "message", message, "domid", domid);
	jsonrpc_notify(m.server, "notify", params);
}

static void end_domain(const char *state)
{
	if (m.domid >= 0)
		drop_domain();
	set_state(state);
	if (g_str_equal(state, "shutdown"))
		g_main_loop_quit(m.loop);
}

static void run_start(JsonrpcRequest *request, const json_t *params)
{
	g_autofree char *domid = NULL;

	set_state("creating-domain");
	make_domain();
	set_state("creating-devices");
	set_state("created");
	domid = g_strdup_printf("%d", m.domid);
	jsonrpc_return(request, domid);
}

static void run_unpause(JsonrpcRequest *request, const json_t *params)
{
	set_state("running");
	jsonrpc_return(request, NULL);
}

static void run_pause(JsonrpcRequest *request, const json_t *params)
{
	set_state("paused");
	jsonrpc_return(request, NULL);
}

static void run_halt(JsonrpcRequest *request, const json_t *params)
{
	set_state("shutdowning");
	jsonrpc_return(request, NULL);
	end_domain("shutdown");
}

static void run_reboot(JsonrpcRequest *request, const json_t *params)
{
	set_state("rebooting");
	jsonrpc_return(request, NULL);
	end_domain("rebooted");
}

static void run_destroy(JsonrpcRequest *request, const json_t *params)
{
	if (m.domid >= 0)
		drop_domain();
	set_state("shutdown");
	jsonrpc_return(request, NULL);
	g_main_loop_quit(m.loop);
}

static void run_event(JsonrpcRequest *request, const json_t *params)
{
	const char *what = json_string_value(json_object_get(params, "what"));

	jsonrpc_return(request, NULL);
	set_state(g_str_equal(what, "reboot") ? "rebooting" : "shutdowning");
	end_domain(g_str_equal(what, "reboot") ? "rebooted" : "shutdown");
}

static void run_get_domid(JsonrpcRequest *request, const json_t *params)
{
	g_autofree char *domid = g_strdup_printf("%d", m.domid);

	jsonrpc_return(request, domid);
}

static void run_get_status(JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_return(request, m.state);
}

static void run_subscribe(JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_subscribe(request);
	jsonrpc_return(request, m.state);
}

static void run_quit(JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_return(request, NULL);
	g_main_loop_quit(m.loop);
}

/* ---- the host ---- */

static void add_domain(int domid, char **words, const char *path, void *data)
{
	json_array_append_new(data, json_pack("{s:i, s:s, s:s, s:s, s:b}", "domid", domid,
					      "uuid", words[0], "name", words[2], "state",
					      words[1], "dying", 0));
}

static void run_domains(JsonrpcRequest *request, const json_t *params)
{
	g_autoptr(json_t) domains = json_array();
	char *text;

	each_domain(add_domain, domains);
	text = json_dumps(domains, JSON_COMPACT);
	jsonrpc_return(request, text);
	free(text);
}

static void run_facts(JsonrpcRequest *request, const json_t *params)
{
	jsonrpc_return(request,
		       "{\"total-mem\":4096,\"free-mem\":1024,\"avail-mem\":1000,"
		       "\"cpu-count\":8,\"xen-version\":\"4.17\"}");
}

static void clear_domain(int domid, char **words, const char *path, void *data)
{
	if (g_str_equal(words[0], data))
		unlink(path);
}

static void run_clear(JsonrpcRequest *request, const json_t *params)
{
	each_domain(clear_domain,
		    (char *)json_string_value(json_object_get(params, "uuid")));
	jsonrpc_return(request, NULL);
}

/* ---- requests ---- */

static const struct {
	const char *name;
	void (*run)(JsonrpcRequest *request, const json_t *params);
} commands[] = {
	{ "start", run_start },         { "unpause", run_unpause },
	{ "pause", run_pause },         { "halt", run_halt },
	{ "reboot", run_reboot },       { "destroy", run_destroy },
	{ "get-domid", run_get_domid }, { "get-status", run_get_status },
	{ "subscribe", run_subscribe }, { "quit", run_quit },
	{ "event", run_event },         { "domains", run_domains },
	{ "facts", run_facts },         { "clear", run_clear },
};

/* True if the test wants it to go wrong. */
static bool goes_wrong(JsonrpcRequest *request, const char *method)
{
	g_autofree char *path = fake_path(method);
	g_autofree char *what = NULL;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &what, NULL, NULL))
		return false;
	if (g_str_has_prefix(what, "fail ")) {
		xt_fail(&error, XT_ERROR_FAILED, "%s", what + strlen("fail "));
		jsonrpc_fail(request, error);
	} else if (g_str_equal(what, "ack")) {
		jsonrpc_return(request, NULL);
	} else if (g_str_equal(method, "start")) {
		set_state("creating-domain"); /* and it hangs with half a domain */
		make_domain();
		set_state("creating-devices");
	}
	return true;
}

static void on_request(JsonrpcRequest *request, const char *method, const json_t *params,
		       void *data)
{
	g_autoptr(GError) error = NULL;

	if (goes_wrong(request, method))
		return;
	for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_str_equal(commands[i].name, method)) {
			commands[i].run(request, params);
			return;
		}
	xt_fail(&error, XT_ERROR_UNKNOWN_METHOD, "%s: no such command", method);
	jsonrpc_fail(request, error);
}

/* ---- life ---- */

static void take_over(int domid, char **words, const char *path, void *data)
{
	if (!m.uuid || !g_str_equal(words[0], m.uuid))
		return;
	if (g_str_equal(words[1], "running") || g_str_equal(words[1], "paused")) {
		m.domid = domid;
		m.state = g_str_equal(words[1], "running") ? "running" : "paused";
	} else {
		unlink(path);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	g_autofree char *lock = g_strconcat(path, ".lock", NULL);
	int lock_fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
		fprintf(stderr, "xenvm: there is a monitor already\n");
		exit(1);
	}
	unlink(path);
	g_strlcpy(addr.sun_path, path, sizeof addr.sun_path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 8) != 0) {
		fprintf(stderr, "xenvm: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return fd;
}

static char *config_value(const char *key)
{
	g_autofree char *text = NULL;
	g_autofree char *prefix = g_strconcat(key, " = ", NULL);
	g_auto(GStrv) lines = NULL;

	if (!g_file_get_contents(m.config, &text, NULL, NULL))
		exit(1);
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, prefix))
			return g_strdup(*line + strlen(prefix));
	return NULL;
}

/* Before it listens: the kernel tells who asks for its process who began to listen.  The
 * parent returns when the child closes the pipe, with its word. */
static int go_into_background(void)
{
	int fds[2];
	char word = 1;

	if (pipe(fds) != 0)
		exit(1);
	if (fork() != 0) {
		close(fds[1]);
		_exit(read(fds[0], &word, 1) == 1 ? word : 1);
	}
	close(fds[0]);
	setsid();
	return fds[1];
}

/* Of "--daemon --told FILE": standard input says which, and `ps` is to show it. */
static char *config_path(int argc, char **argv)
{
	static char line[4096];
	char *place = argv[argc - 1];

	if (argc < 3 || !g_str_equal(argv[2], "--told"))
		return place;
	if (!fgets(line, sizeof line, stdin))
		exit(0);
	g_strchomp(line);
	if (strlen(line) == strlen(place))
		memcpy(place, line, strlen(line));
	return line;
}

int main(int argc, char **argv)
{
	bool host = argc > 1 && g_str_equal(argv[1], "--host");
	g_autofree char *broken = fake_path("spawn");
	int fd, parent;

	if (!host)
		m.config = config_path(argc, argv);
	if (!host && access(broken, F_OK) == 0) {
		fprintf(stderr, "xenvm: told not to start\n");
		return 1;
	}
	if (!host) {
		m.uuid = config_value("uuid");
		m.name = config_value("name");
		m.socket = g_strdup_printf("%s/xenvm/vm-%s", paths_run(), m.uuid);
	} else {
		m.socket = g_strdup_printf("%s/xenvm/host", paths_run());
	}
	parent = go_into_background();
	fd = listen_at(m.socket);
	each_domain(take_over, NULL);
	m.loop = g_main_loop_new(NULL, FALSE);
	m.server = jsonrpc_server_new(fd, on_request, NULL);
	if (write(parent, "", 1) != 1)
		return 1;
	close(parent);
	g_main_loop_run(m.loop);
	jsonrpc_server_flush(m.server, 1000);
	unlink(m.socket);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/child.h"
#include "lib/error.h"
#include "lib/jsonrpc.h"
#include "lib/paths.h"
#include "lib/uuid.h"

#define SPAWN_TIMEOUT_MS  20000
#define ENDING_TIMEOUT_MS 3000 /* that the one before has to end */
#define ENDING_POLL_MS    5
#define ANSWER_TIMEOUT_MS 5000
#define SOCKET_PREFIX     "vm-"

struct Monitor {
	char uuid[UUID_LEN + 1];
	Spare *spare; /* not owned */
	const MonitorEvents *events;
	void *data;

	JsonrpcClient *client; /* NULL: not connected */
	bool told;             /* the first word */
	int domid;

	Child *child; /* that starts it */
	guint later;
	MonitorDone start_done; /* who waits for the start */
	void *start_data;
	gint64 start_until; /* us: the one before must have ended */
};

/* ---- places ---- */

static char *place(const char *uuid, const char *suffix)
{
	return g_strdup_printf("%s/xenvm/" SOCKET_PREFIX "%s%s", paths_run(), uuid,
			       suffix);
}

char *monitor_config_path(const char *uuid)
{
	return place(uuid, ".conf");
}

char *monitor_socket_path(const char *uuid)
{
	return place(uuid, "");
}

/* A folder of its own: who may look into it is its maker's to say. */
char *monitor_channel_path(const char *uuid)
{
	return g_strdup_printf("%s/guest/%s/bus", paths_run(), uuid);
}

char **monitor_list(void)
{
	g_autofree char *dir = g_build_filename(paths_run(), "xenvm", NULL);
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	GPtrArray *uuids = g_ptr_array_new();
	const char *name;

	while (entries && (name = g_dir_read_name(entries)))
		if (g_str_has_prefix(name, SOCKET_PREFIX) &&
		    uuid_is_valid(name + strlen(SOCKET_PREFIX)))
			g_ptr_array_add(uuids, g_strdup(name + strlen(SOCKET_PREFIX)));
	g_ptr_array_add(uuids, NULL);
	return (char **)g_ptr_array_free(uuids, FALSE);
}

static void remove_file(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		g_warning("%s: %s, ignoring", path, g_strerror(errno));
}

static void remove_channel(const char *uuid, bool killed)
{
	g_autofree char *path = monitor_channel_path(uuid);
	g_autofree char *dir = g_path_get_dirname(path);

	if (killed)
		remove_file(path);
	/* Not empty: the monitor is about to end, or somebody else keeps something there.
	 */
	if (rmdir(dir) != 0 && errno != ENOENT && errno != ENOTEMPTY)
		g_warning("%s: %s, ignoring", dir, g_strerror(errno));
}

void monitor_remove_files(const char *uuid, bool killed)
{
	static const char *const suffixes[] = { ".conf", "", ".lock" };

	for (unsigned int i = 0; i < (killed ? G_N_ELEMENTS(suffixes) : 1); i++) {
		g_autofree char *path = place(uuid, suffixes[i]);

		remove_file(path);
	}
	remove_channel(uuid, killed);
}

/* ---- life of the object ---- */

Monitor *monitor_new(const char *uuid, Spare *spare, const MonitorEvents *events,
		     void *data)
{
	Monitor *monitor = g_new0(Monitor, 1);

	g_strlcpy(monitor->uuid, uuid, sizeof monitor->uuid);
	monitor->spare = spare;
	monitor->events = events;
	monitor->data = data;
	monitor->domid = -1;
	return monitor;
}

static void finish_start(Monitor *monitor, const GError *error)
{
	MonitorDone done = monitor->start_done;

	monitor->start_done = NULL;
	if (done)
		done(NULL, error, monitor->start_data);
}

void monitor_free(Monitor *monitor)
{
	g_autoptr(GError) gone = NULL;

	if (!monitor)
		return;
	if (monitor->child)
		child_cancel(monitor->child);
	g_clear_handle_id(&monitor->later, g_source_remove);
	g_clear_pointer(&monitor->client, jsonrpc_client_free);
	gone = g_error_new(XT_ERROR, XT_ERROR_GONE, "given up");
	finish_start(monitor, gone);
	g_free(monitor);
}

bool monitor_is_connected(const Monitor *monitor)
{
	return monitor->client != NULL;
}

static gboolean try_start(void *data);

/* ---- what it says ---- */

static void tell(Monitor *monitor, const char *name)
{
	VmWord word;

	if (!vm_word_parse(name, &word)) {
		g_warning("vm %s: unknown state \"%s\" of its monitor, ignoring",
			  monitor->uuid, name);
		return;
	}
	monitor->told = true;
	monitor->events->word(word, monitor->domid, monitor->data);
}

static void take_domid(Monitor *monitor, const char *text)
{
	guint64 domid;

	monitor->domid = -1;
	if (text && g_ascii_string_to_unsigned(text, 10, 0, 0x7fff, &domid, NULL))
		monitor->domid = (int)domid;
}

static void heard_notification(Monitor *monitor, const json_t *params)
{
	static const char vmstate[] = "vm:state:";
	const char *code = json_string_value(json_object_get(params, "code"));
	const char *message = json_string_value(json_object_get(params, "message"));

	if (!code || !message)
		return;
	if (g_str_equal(code, "error")) {
		monitor->events->trouble(g_str_has_prefix(message, "error:")
						 ? message + strlen("error:")
						 : message,
					 monitor->data);
		return;
	}
	if (g_str_equal(code, "vmstate") && g_str_has_prefix(message, vmstate)) {
		take_domid(monitor, json_string_value(json_object_get(params, "domid")));
		tell(monitor, message + strlen(vmstate));
	}
}

typedef struct {
	Monitor *monitor;
	char *word;
} First;

/* The first word, now with its domid; unless a notification was faster. */
static void got_first_domid(const char *result, const GError *error, void *data)
{
	First *first = data;
	Monitor *monitor = first->monitor;

	if (!error && !monitor->told) {
		take_domid(monitor, result);
		tell(monitor, first->word);
	}
	finish_start(monitor, error);
	g_free(first->word);
	g_free(first);
}

static void heard(const char *method, const json_t *params, void *data)
{
	Monitor *monitor = data;
	const char *status;
	First *first;

	if (!g_str_equal(method, "subscribed")) {
		heard_notification(monitor, params);
		return;
	}
	status = json_string_value(json_object_get(params, "status"));
	if (g_strcmp0(status, vm_word_name(VM_WORD_SHUTDOWN)) == 0) { /* no domain to ask for */
		monitor->domid = -1;
		tell(monitor, status);
		finish_start(monitor, NULL);
		return;
	}
	first = g_new0(First, 1);
	first->monitor = monitor;
	first->word = g_strdup(status);
	jsonrpc_call(monitor->client, "get-domid", NULL, ANSWER_TIMEOUT_MS,
		     got_first_domid, first);
}

static void ended(void *data)
{
	Monitor *monitor = data;
	bool starting = monitor->start_done != NULL;
	g_autoptr(GError) gone = NULL;

	g_clear_pointer(&monitor->client, jsonrpc_client_free);
	monitor->told = false;
	if (!starting) {
		monitor->events->closed(monitor->data);
		return;
	}
	if (g_get_monotonic_time() < monitor->start_until) {
		monitor->later = g_timeout_add(ENDING_POLL_MS, try_start, monitor);
		return;
	}
	gone = g_error_new(XT_ERROR, XT_ERROR_GONE, "the monitor ended at once");
	finish_start(monitor, gone);
}

static const JsonrpcEvents client_events = { heard, ended };

bool monitor_connect(Monitor *monitor, GError **error)
{
	g_autofree char *path = monitor_socket_path(monitor->uuid);

	if (!monitor->client)
		monitor->client = jsonrpc_client_new(path, &client_events, monitor,
						     error);
	return monitor->client != NULL;
}

/* ---- start: in the order it happens ---- */

static gboolean already_there(void *data)
{
	Monitor *monitor = data;

	monitor->later = 0;
	finish_start(monitor, NULL);
	return G_SOURCE_REMOVE;
}

static gboolean cannot_start(void *data)
{
	Monitor *monitor = data;
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_FAILED,
					      "%s/xenvm cannot be run", paths_libexec());

	monitor->later = 0;
	finish_start(monitor, error);
	return G_SOURCE_REMOVE;
}

static void spawned(int status, const char *output, const GError *error, void *data)
{
	Monitor *monitor = data;
	g_autoptr(GError) failed = error ? g_error_copy(error) : NULL;

	monitor->child = NULL;
	if (failed || !monitor_connect(monitor, &failed))
		finish_start(monitor, failed);
}

/* Somebody holds the lock that lets there be one monitor. */
static bool is_locked(const char *uuid)
{
	g_autofree char *path = place(uuid, ".lock");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

static void spawn(Monitor *monitor)
{
	g_autofree char *config = monitor_config_path(monitor->uuid);
	g_autoptr(GError) error = NULL;

	monitor->child = spare_start(monitor->spare, config, SPAWN_TIMEOUT_MS, spawned,
				     monitor, &error);
	if (monitor->child)
		return;
	g_warning("%s", error->message);
	monitor->later = g_idle_add(cannot_start, monitor);
}

/* One that is about to end may answer still, or hold its lock. */
static gboolean try_start(void *data)
{
	Monitor *monitor = data;

	monitor->later = 0;
	if (monitor_connect(monitor, NULL))
		return G_SOURCE_REMOVE;
	if (is_locked(monitor->uuid) && g_get_monotonic_time() < monitor->start_until)
		monitor->later = g_timeout_add(ENDING_POLL_MS, try_start, monitor);
	else
		spawn(monitor);
	return G_SOURCE_REMOVE;
}

bool monitor_is_starting(const Monitor *monitor)
{
	return monitor->start_done != NULL;
}

void monitor_start(Monitor *monitor, MonitorDone done, void *data)
{
	g_autoptr(GError) gone = NULL;
	bool starting = monitor->start_done != NULL;

	if (starting) {
		gone = g_error_new(XT_ERROR, XT_ERROR_GONE, "given up");
		finish_start(monitor, gone);
	}
	monitor->start_done = done;
	monitor->start_data = data;
	if (starting)
		return;
	monitor->start_until = g_get_monotonic_time() +
			       ENDING_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
	if (monitor->client && monitor->told)
		monitor->later = g_idle_add(already_there, monitor);
	else if (!monitor->client)
		try_start(monitor);
}

/* ---- calls ---- */

typedef struct {
	MonitorDone done;
	void *data;
} Late;

static gboolean too_late(void *data)
{
	Late *late = data;
	g_autoptr(GError) gone = g_error_new(XT_ERROR, XT_ERROR_GONE,
					     "the monitor ended before it was asked");

	late->done(NULL, gone, late->data);
	g_free(late);
	return G_SOURCE_REMOVE;
}

void monitor_call(Monitor *monitor, const char *method, const char *const *params,
		  unsigned int timeout_ms, MonitorDone done, void *data)
{
	Late *late;

	if (monitor->client) {
		jsonrpc_call(monitor->client, method, params, timeout_ms, done, data);
		return;
	}
	late = g_new(Late, 1);
	late->done = done;
	late->data = data;
	g_idle_add(too_late, late);
}

/* ---- the last resort ---- */

/* A process that does not read its socket still owns it: the kernel knows who listens. */
static pid_t process_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ucred who = { .pid = 0 };
	socklen_t len = sizeof who;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return 0;
	g_strlcpy(addr.sun_path, path, sizeof addr.sun_path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		who.pid = 0;
	close(fd);
	return who.pid;
}

bool monitor_kill(Monitor *monitor)
{
	g_autofree char *path = monitor_socket_path(monitor->uuid);
	pid_t pid = process_at(path);

	if (pid <= 1 || pid == getpid())
		return false;
	g_warning("vm %s: killing its monitor, process %d", monitor->uuid, (int)pid);
	return kill(pid, SIGKILL) == 0;
}

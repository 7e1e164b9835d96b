/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/fixture.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct Fixture {
	char *dir, *address;
	FixtureDaemon *dbus_daemon;
	GPtrArray *daemons; /* FixtureDaemon, the bus's own too */
	GPtrArray *buses;   /* Bus; the first is fixture_bus() */
};

struct FixtureDaemon {
	char *program;
	pid_t pid;
	bool running;
	int status; /* of waitpid() */
	guint watch;
};

/* ---- whatever way it ends ---- */

/* The folder that has to go; "" if there is none.  Its owner is the process @dying_pid. */
static char dying_dir[4096];
static pid_t dying_pid;

static const int deadly[] = { SIGALRM, SIGABRT, SIGTRAP, SIGSEGV, SIGBUS,
			      SIGFPE,  SIGTERM, SIGINT,	 SIGHUP };

/* Of a sanitizer, if there is one: it ends the process without a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* Children die with us (see child_setup), the folder needs somebody.  Called wherever
 * the process ends, also from signal handlers. */
static void remove_dying_dir(void)
{
	pid_t pid;

	if (!*dying_dir || getpid() != dying_pid)
		return;
	pid = fork();
	if (!pid) {
		execlp("rm", "rm", "-rf", dying_dir, NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	*dying_dir = '\0';
}

static void die(int signal_number)
{
	static const char text[] = "fixture: the test hangs\n";

	signal(signal_number, SIG_DFL);
	if (signal_number == SIGALRM && write(2, text, strlen(text)) < 0)
		_exit(1);
	remove_dying_dir();
	raise(signal_number == SIGALRM ? SIGKILL : signal_number);
}

static void arm(const char *dir)
{
	static bool once;

	g_assert_cmpuint(g_strlcpy(dying_dir, dir, sizeof(dying_dir)), <,
			 sizeof(dying_dir));
	dying_pid = getpid();
	for (unsigned int i = 0; i < G_N_ELEMENTS(deadly); i++)
		signal(deadly[i], die);
	if (!once) {
		atexit(remove_dying_dir);
		if (__sanitizer_set_death_callback)
			__sanitizer_set_death_callback(remove_dying_dir);
	}
	once = true;
	alarm(FIXTURE_TIMEOUT_S);
}

static void disarm(void)
{
	alarm(0);
	*dying_dir = '\0';
	for (unsigned int i = 0; i < G_N_ELEMENTS(deadly); i++)
		signal(deadly[i], SIG_DFL);
}

/* ---- processes ---- */

static void child_setup(void *data)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(STDERR_FILENO, STDOUT_FILENO); /* our standard output is the test's report */
}

static void daemon_ended(GPid pid, gint status, gpointer data)
{
	FixtureDaemon *daemon = data;

	daemon->running = false;
	daemon->status = status;
	daemon->watch = 0;
}

static FixtureDaemon *daemon_new(Fixture *f, const char *program, pid_t pid)
{
	FixtureDaemon *daemon = g_new0(FixtureDaemon, 1);

	daemon->program = g_strdup(program);
	daemon->pid = pid;
	daemon->running = true;
	daemon->watch = g_child_watch_add(pid, daemon_ended, daemon);
	g_ptr_array_add(f->daemons, daemon);
	return daemon;
}

static bool has_ended(void *data)
{
	return !((FixtureDaemon *)data)->running;
}

static void daemon_free(void *data)
{
	FixtureDaemon *daemon = data;

	fixture_kill(daemon);
	g_free(daemon->program);
	g_free(daemon);
}

static char *path_of(const char *program)
{
	const char *build = g_getenv("XENMGR_BUILD_DIR");

	if (g_path_is_absolute(program))
		return g_strdup(program);
	if (!build)
		g_error("XENMGR_BUILD_DIR is not set: run this by meson test");
	return g_build_filename(build, program, NULL);
}

/* Wait for @name; fail if @daemon ends before it comes. */
static void wait_served(Fixture *f, FixtureDaemon *daemon, const char *name);

FixtureDaemon *fixture_start(Fixture *f, const char *program, const char *name, ...)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *path = path_of(program);
	g_autoptr(GError) error = NULL;
	FixtureDaemon *daemon;
	va_list args;
	GPid pid;

	g_ptr_array_add(argv, path);
	va_start(args, name);
	while (argv->pdata[argv->len - 1])
		g_ptr_array_add(argv, va_arg(args, char *));
	va_end(args);

	g_spawn_async(NULL, (char **)argv->pdata, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
		      child_setup, NULL, &pid, &error);
	g_assert_no_error(error);
	daemon = daemon_new(f, program, pid);
	if (name)
		wait_served(f, daemon, name);
	return daemon;
}

/* In a child: the connections of the test, and its loop's sources, are not ours. */
static void leave_connections(Fixture *f)
{
	for (guint i = 0; i < f->buses->len; i++) {
		DBusConnection *conn = bus_connection(g_ptr_array_index(f->buses, i));

		dbus_connection_set_watch_functions(conn, NULL, NULL, NULL, NULL, NULL);
		dbus_connection_set_timeout_functions(conn, NULL, NULL, NULL, NULL, NULL);
	}
}

static void end_child(int signal_number)
{
	_exit(0);
}

FixtureDaemon *fixture_serve(Fixture *f, void (*serve)(Bus *bus, void *data), void *data,
			     const char *name)
{
	FixtureDaemon *daemon;
	pid_t pid = fork();

	g_assert_cmpint(pid, >=, 0);
	if (!pid) {
		g_autoptr(GError) error = NULL;
		Bus *bus;

		disarm();
		child_setup(NULL);
		leave_connections(f);
		signal(SIGTERM, end_child);
		bus = bus_open(&error);
		g_assert_no_error(error);
		bus_attach(bus);
		serve(bus, data);
		bus_own_name(bus, name, &error);
		g_assert_no_error(error);
		g_main_loop_run(g_main_loop_new(NULL, FALSE));
	}
	daemon = daemon_new(f, name, pid);
	wait_served(f, daemon, name);
	return daemon;
}

pid_t fixture_pid(const FixtureDaemon *daemon)
{
	return daemon->pid;
}

bool fixture_running(const FixtureDaemon *daemon)
{
	return daemon->running;
}

void fixture_stop(FixtureDaemon *daemon)
{
	g_assert_true(daemon->running);
	kill(daemon->pid, SIGTERM);
	fixture_until(has_ended, daemon);
	if (!WIFEXITED(daemon->status) || WEXITSTATUS(daemon->status))
		g_error("%s ended with wait status %d", daemon->program, daemon->status);
}

void fixture_kill(FixtureDaemon *daemon)
{
	if (!daemon->running)
		return;
	kill(daemon->pid, SIGKILL);
	fixture_until(has_ended, daemon);
}

static void run_setup(void *data)
{
	int uid = *(int *)data;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (uid >= 0 && (setgroups(0, NULL) || setgid(uid) || setuid(uid)))
		_exit(126);
}

int fixture_run(Fixture *f, int uid, char **ret_output, const char *program, ...)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *output = NULL;
	g_autoptr(GError) error = NULL;
	va_list args;
	int status, in_out[2];
	GString *text = g_string_new(NULL);
	char block[4096];
	ssize_t n;
	GPid pid;

	g_ptr_array_add(argv, (char *)program);
	va_start(args, program);
	while (argv->pdata[argv->len - 1])
		g_ptr_array_add(argv, va_arg(args, char *));
	va_end(args);

	g_assert_true(g_unix_open_pipe(in_out, FD_CLOEXEC, NULL));
	g_spawn_async_with_fds(NULL, (char **)argv->pdata, NULL,
			       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, run_setup,
			       &uid, &pid, -1, in_out[1], in_out[1], &error);
	g_assert_no_error(error);
	close(in_out[1]);
	while ((n = read(in_out[0], block, sizeof(block))) > 0)
		g_string_append_len(text, block, n);
	close(in_out[0]);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);

	output = g_string_free(text, FALSE);
	if (ret_output)
		*ret_output = g_steal_pointer(&output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the bus ---- */

/* clang-format off */
static const char open_policy[] =
	"<policy context=\"default\">"
	"<allow user=\"*\"/><allow own=\"*\"/>"
	"<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"
	"</policy>";

/* What a stock system bus says before the files of its services. */
static const char stock_policy[] =
	"<policy context=\"default\">"
	"<allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/>"
	"<allow send_type=\"signal\"/>"
	"<allow send_requested_reply=\"true\" send_type=\"method_return\"/>"
	"<allow send_requested_reply=\"true\" send_type=\"error\"/>"
	"<allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>"
	"<allow receive_type=\"error\"/><allow receive_type=\"signal\"/>"
	"<allow send_destination=\"org.freedesktop.DBus\""
	" send_interface=\"org.freedesktop.DBus\"/>"
	"<allow send_destination=\"org.freedesktop.DBus\""
	" send_interface=\"org.freedesktop.DBus.Introspectable\"/>"
	"<allow send_destination=\"org.freedesktop.DBus\""
	" send_interface=\"org.freedesktop.DBus.Properties\"/>"
	"</policy>";
/* clang-format on */

static char *write_config(const Fixture *f, const char *policy)
{
	g_autofree char *include =
		policy ? g_strdup_printf("<include>%s</include>", policy) : g_strdup("");
	g_autofree char *text = g_strdup_printf(
		"<!DOCTYPE busconfig PUBLIC "
		"\"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
		"\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
		"<busconfig><type>custom</type><listen>%s</listen><auth>EXTERNAL</auth>%s%s"
		"</busconfig>\n",
		f->address, policy ? stock_policy : open_policy, include);
	char *path = g_build_filename(f->dir, "bus.conf", NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	return path;
}

static void bus_setup(void *data)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* dbus-daemon tells its address once it listens. */
static void start_bus(Fixture *f, const char *policy)
{
	g_autofree char *config = write_config(f, policy);
	const char *argv[] = { "dbus-daemon", "--nofork", "--nopidfile", "--config-file",
			       config, "--print-address=3", NULL };
	g_autoptr(GError) error = NULL;
	g_autofree char *log_path = g_build_filename(f->dir, "dbus-daemon.log", NULL);
	int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	int ready[2], target = 3;
	char c;
	GPid pid;

	g_assert_cmpint(log, >=, 0);
	g_assert_true(g_unix_open_pipe(ready, FD_CLOEXEC, NULL));
	g_spawn_async_with_pipes_and_fds(NULL, argv, NULL,
					 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
					 bus_setup, NULL, -1, log, log, &ready[1], &target, 1,
					 &pid, NULL, NULL, NULL, &error);
	g_assert_no_error(error);
	close(log);
	close(ready[1]);
	f->dbus_daemon = daemon_new(f, "dbus-daemon", pid);
	if (read(ready[0], &c, 1) != 1) {
		g_autofree char *text = NULL;

		g_file_get_contents(log_path, &text, NULL, NULL);
		g_error("dbus-daemon did not start: %s", text);
	}
	close(ready[0]);
}

static void bus_closed(void *data)
{
	g_error("the bus closed a connection of the test");
}

static void free_bus(void *bus)
{
	bus_free(bus);
}

Bus *fixture_connect(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	Bus *bus = bus_open_address(f->address, &error);

	g_assert_no_error(error);
	bus_on_closed(bus, bus_closed, NULL);
	bus_attach(bus);
	g_ptr_array_add(f->buses, bus);
	return bus;
}

void fixture_disconnect(Fixture *f, Bus *bus)
{
	g_ptr_array_remove(f->buses, bus);
}

Bus *fixture_bus(Fixture *f)
{
	return g_ptr_array_index(f->buses, 0);
}

/* ---- beginning and end ---- */

/* A folder in ours, in the environment. */
static void set_dir(Fixture *f, const char *variable, const char *name)
{
	g_autofree char *path = g_build_filename(f->dir, name, NULL);

	g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
	g_setenv(variable, path, TRUE);
}

Fixture *fixture_new(const char *policy)
{
	Fixture *f = g_new0(Fixture, 1);
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("xenmgr-test-XXXXXX", &error);
	g_assert_no_error(error);
	arm(f->dir);
	g_assert_cmpint(chmod(f->dir, 0755), ==, 0); /* other users get to the bus */
	f->address = g_strdup_printf("unix:path=%s/bus", f->dir);
	f->daemons = g_ptr_array_new_with_free_func(daemon_free);
	f->buses = g_ptr_array_new_with_free_func(free_bus);

	g_setenv("DBUS_SYSTEM_BUS_ADDRESS", f->address, TRUE);
	set_dir(f, "XENMGR_RUN_DIR", "run");
	set_dir(f, "XENMGR_STATE_DIR", "state");
	set_dir(f, "XENMGR_LOG_DIR", "log");
	set_dir(f, "XENMGR_CONF_DIR", "conf");
	set_dir(f, "XENMGR_DATA_DIR", "data");
	set_dir(f, "XENMGR_LIBEXEC_DIR", "libexec");
	start_bus(f, policy);
	fixture_connect(f);
	return f;
}

static void remove_tree(const char *path)
{
	GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL :
								g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		remove_tree(child);
	}
	g_clear_pointer(&dir, g_dir_close);
	g_remove(path);
}

void fixture_free(Fixture *f)
{
	if (!f)
		return;

	g_ptr_array_unref(f->buses);
	/* the latest first; the bus last */
	while (f->daemons->len)
		g_ptr_array_remove_index(f->daemons, f->daemons->len - 1);
	g_ptr_array_unref(f->daemons);
	while (g_main_context_iteration(NULL, FALSE))
		;
	remove_tree(f->dir);
	disarm();
	g_free(f->dir);
	g_free(f->address);
	g_free(f);
}

const char *fixture_dir(const Fixture *f)
{
	return f->dir;
}

const char *fixture_address(const Fixture *f)
{
	return f->address;
}

/* ---- waiting ---- */

void fixture_until(bool (*condition)(void *data), void *data)
{
	while (!condition(data))
		g_main_context_iteration(NULL, TRUE);
}

typedef struct {
	bool want; /* an owner, or none */
	bool met;
	const FixtureDaemon *daemon; /* whose end ends the wait; or NULL */
} NameWait;

static void owner_changed(const char *name, const char *owner, void *data)
{
	NameWait *wait = data;

	wait->met = wait->want == (*owner != '\0');
}

static bool name_wait_over(void *data)
{
	const NameWait *wait = data;

	return wait->met || (wait->daemon && !wait->daemon->running);
}

static void wait_name(Fixture *f, const char *name, NameWait *wait)
{
	BusNameWatch *watch = bus_watch_name(fixture_bus(f), name, owner_changed, wait);

	fixture_until(name_wait_over, wait);
	bus_unwatch_name(watch);
}

static void wait_served(Fixture *f, FixtureDaemon *daemon, const char *name)
{
	NameWait wait = { .want = true, .daemon = daemon };

	wait_name(f, name, &wait);
	if (!wait.met)
		g_error("%s ended with wait status %d before it took its name",
			daemon->program, daemon->status);
}

void fixture_wait_name(Fixture *f, const char *name)
{
	NameWait wait = { .want = true };

	wait_name(f, name, &wait);
}

void fixture_wait_no_name(Fixture *f, const char *name)
{
	NameWait wait = { .want = false };

	wait_name(f, name, &wait);
}

/* ---- settling ---- */

static void pinged(DBusPendingCall *pending, void *data)
{
	(*(guint *)data)--;
}

/* The bus answers each connection's ping after all that it had for it before. */
static void ping_all(Fixture *f, guint *left)
{
	for (guint i = 0; i < f->buses->len; i++) {
		DBusConnection *conn = bus_connection(g_ptr_array_index(f->buses, i));
		DBusMessage *msg = dbus_message_new_method_call(
			DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_PEER, "Ping");
		DBusPendingCall *pending = NULL;

		g_assert_true(dbus_connection_send_with_reply(conn, msg, &pending, -1));
		g_assert_nonnull(pending);
		(*left)++;
		dbus_pending_call_set_notify(pending, pinged, left, NULL);
		dbus_pending_call_unref(pending);
		dbus_message_unref(msg);
	}
}

static bool none_left(void *data)
{
	return !*(guint *)data;
}

void fixture_settle(Fixture *f)
{
	/* a call arrives; its answer, or what it led to; what that led to */
	for (int round = 0; round < 4; round++) {
		guint left = 0;

		while (g_main_context_iteration(NULL, FALSE))
			;
		ping_all(f, &left);
		fixture_until(none_left, &left);
	}
	while (g_main_context_iteration(NULL, FALSE))
		;
}

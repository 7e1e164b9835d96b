/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>
#include "tests/bus/manager.h"

/* The life of a VM: what clients see of start, stop, failure, and of xenmgr's own death.
 */

typedef struct {
	Host h;
	char *vm, *uuid;
} Life;

static void set_up_with(Life *l, const char *json)
{
	host_up(&l->h, NULL);
	l->vm = host_new_vm(&l->h, json);
	l->uuid = host_uuid(l->vm);
}

static void set_up(Life *l, gconstpointer unused)
{
	set_up_with(l, "{\"name\":\"web\"}");
}

static void set_up_sentinel(Life *l, gconstpointer unused)
{
	set_up_with(l, "{\"boot-sentinel\":\"booted\"}");
}

static void tear_down(Life *l, gconstpointer unused)
{
	g_free(l->vm);
	g_free(l->uuid);
	host_down(&l->h, NULL);
}

static void start(Life *l)
{
	host_call_is(&l->h, l->vm, XENMGR_VM, "start", "ok");
	host_assert_seen(&l->h, "state creating;state running;");
}

static char *config_text(Life *l)
{
	g_autofree char *path = g_strdup_printf("%s/xenvm/vm-%s.conf", l->h.run, l->uuid);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static bool has_domain(void *data)
{
	return host_domains_left(data) > 0;
}

/* ---- ordinary ---- */

static void test_start_and_shutdown(Life *l, gconstpointer unused)
{
	Host *h = &l->h;
	g_autofree char *config = NULL;
	g_autofree char *name = NULL, *state = NULL;

	host_assert_property(h, l->vm, "domid", "-1");
	start(l);
	host_assert_property(h, l->vm, "state", "running");
	host_assert_property(h, l->vm, "domid", "1");
	host_assert_property(h, l->vm, "acpi-state", "0");
	config = config_text(l);
	g_assert_nonnull(strstr(config, "\nname = web\n"));
	g_assert_nonnull(strstr(config, "\nkernel = /bin/sh\n"));
	name = xstore_readf(h->xs, "/xenmgr/vms/%s/name", l->uuid);
	g_assert_cmpstr(name, ==, "web");
	state = xstore_readf(h->xs, "/state/%s/state", l->uuid);
	g_assert_cmpstr(state, ==, "running");

	host_call_is(h, l->vm, XENMGR_VM, "shutdown", "ok");
	host_assert_seen(h, "state stopping;state stopped;");
	host_assert_property(h, l->vm, "domid", "-1");
	host_assert_property(h, l->vm, "acpi-state", "5");
	host_assert_nothing_left(h, l->uuid);
	start(l); /* and again, at once */
}

static void test_what_is_so_already_succeeds(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_call_is(h, l->vm, XENMGR_VM, "shutdown", "ok");
	host_call_is(h, l->vm, XENMGR_VM, "destroy", "ok");
	start(l);
	host_call_is(h, l->vm, XENMGR_VM, "start", "ok");
	host_call_is(h, l->vm, XENMGR_VM, "unpause", "ok");
	host_assert_seen(h, "");
}

static void test_pause_and_what_it_refuses(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_call_is(h, l->vm, XENMGR_VM, "pause",
		     "Failed: 102:VM is in unexpected state! (pause: it is stopped)");
	start(l);
	host_call_is(h, l->vm, XENMGR_VM, "pause", "ok");
	host_call_is(h, l->vm, XENMGR_VM, "shutdown",
		     "Failed: 102:VM is in unexpected state! (shutdown: it is paused)");
	host_call_is(h, l->vm, XENMGR_VM, "unpause", "ok");
	host_assert_seen(h, "state paused;state running;");
}

static void test_two_starts_are_one(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_begin(h, l->vm, "start");
	host_begin(h, l->vm, "start");
	host_wait_seen(h, "start: ok;start: ok;");
	host_assert_seen(h, "state creating;state running;start: ok;start: ok;");
	g_assert_cmpuint(host_domains_left(h), ==, 1);
}

static void test_reboot_takes_the_new_configuration(Life *l, gconstpointer by_guest)
{
	Host *h = &l->h;
	g_autofree char *key = g_strdup_printf("/vm/%s/config/memory", l->uuid);
	g_autofree char *config = NULL;

	start(l);
	host_db_write(h, key, "96");
	if (by_guest)
		host_guest(h, l->uuid, "reboot");
	else
		host_call_is(h, l->vm, XENMGR_VM, "reboot", "ok");
	host_wait_seen(h, "state running;");
	host_assert_seen(h,
			 "state rebooting;state rebooted;state creating;state running;");
	config = config_text(l);
	g_assert_nonnull(strstr(config, "\nmemory = 96\n"));
	g_assert_cmpuint(host_domains_left(h), ==, 1);
}

static void test_guest_ends_by_itself(Life *l, gconstpointer event)
{
	Host *h = &l->h;

	start(l);
	host_guest(h, l->uuid, event);
	host_wait_seen(h, "state stopped;");
	host_assert_nothing_left(h, l->uuid);
	g_string_truncate(h->seen, 0);
	start(l);
}

/* ---- failure ---- */

typedef struct {
	const char *method, *what; /* what the monitor does wrong */
	const char *error;
} Fault;

static const Fault faults[] = {
	{ "spawn", "",
	  "Failed: 199:start: monitor: xenvm: exit status 1: xenvm: told not to "
	  "start" },
	{ "start", "fail create: libxl: no memory",
	  "Failed: 199:start: create: libxl: no memory" },
	{ "unpause", "fail unpause: no", "Failed: 199:start: unpause: no" },
};

static void test_failed_start_leaves_nothing(Life *l, gconstpointer data)
{
	const Fault *fault = data;
	Host *h = &l->h;

	host_misbehave(h, fault->method, fault->what);
	host_call_is(h, l->vm, XENMGR_VM, "start", fault->error);
	host_assert_seen(h, "state creating;state stopped;");
	host_assert_nothing_left(h, l->uuid);
	host_misbehave(h, fault->method, NULL);
	start(l);
}

static void test_missing_files_are_named(Life *l, gconstpointer unused)
{
	Host *h = &l->h;
	g_autofree char *kernel = g_strdup_printf("/vm/%s/config/kernel", l->uuid);
	g_autofree char *disk = g_strdup_printf("/vm/%s/config/disk/3/path", l->uuid);

	host_db_write(h, kernel, "/nonexistent");
	host_call_is(h, l->vm, XENMGR_VM, "start",
		     "Failed: 199:start: check: kernel: /nonexistent: No such file or "
		     "directory");
	host_db_write(h, kernel, "/bin/sh");
	host_db_write(h, disk, "/no/disk");
	host_call_is(h, l->vm, XENMGR_VM, "start",
		     "Failed: 199:start: check: config/disk/3: \"\" is no type, device "
		     "or mode "
		     "of a disk");
	g_free(disk);
	disk = g_strdup_printf("/vm/%s/config/disk/3/device", l->uuid);
	host_db_write(h, disk, "xvda");
	host_call_is(h, l->vm, XENMGR_VM, "start",
		     "Failed: 199:start: check: Bad Physical Path for disk 3 (/no/disk)");
	host_assert_property(h, l->vm, "state", "stopped");
	host_assert_nothing_left(h, l->uuid);
}

static void test_destroy_ends_a_start_that_hangs(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_misbehave(h, "start", "hang");
	host_begin(h, l->vm, "start");
	host_wait_seen(h, "state creating;");
	host_begin(h, l->vm, "destroy");
	host_wait_seen(h, "destroy: ok;");
	host_assert_seen(
		h, "state creating;start: Failed: 102:VM is in unexpected state! "
		   "(start: it was destroyed meanwhile);state stopped;destroy: ok;");
	host_assert_nothing_left(h, l->uuid);
	host_misbehave(h, "start", NULL);
	start(l);
}

/* Before its monitor is there, while it comes up, and after: nothing is left behind. */
static void test_destroy_at_any_moment_of_a_start(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	for (unsigned int i = 0; i < 20; i++) {
		host_begin(h, l->vm, "start");
		host_wait_seen(h, "state creating;");
		g_usleep(i * 500);
		host_begin(h, l->vm, "destroy");
		host_wait_seen(h, "destroy: ok;");
		host_assert_property(h, l->vm, "state", "stopped");
		host_assert_nothing_left(h, l->uuid);
		g_string_truncate(h->seen, 0);
	}
	start(l);
}

static void test_deaf_monitor_is_killed(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	host_misbehave(h, "destroy", "hang");
	host_call_is(h, l->vm, XENMGR_VM, "destroy", "ok");
	host_assert_seen(h, "state stopped;");
	host_assert_nothing_left(h, l->uuid);
	host_misbehave(h, "destroy", NULL);
	start(l);
}

static void test_shutdown_that_is_refused(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	host_misbehave(h, "halt", "fail halt: the guest did not answer in time");
	host_call_is(
		h, l->vm, XENMGR_VM, "shutdown",
		"Failed: 103:VM didn't shutdown as expected. (halt: the guest did not "
		"answer in time)");
	host_assert_property(h, l->vm, "state", "running");
	host_misbehave(h, "halt", "ack"); /* acknowledged, and it goes on */
	host_begin(h, l->vm, "shutdown");
	host_begin(h, l->vm, "destroy");
	host_wait_seen(h, "destroy: ok;");
	host_assert_seen(
		h, "shutdown: Failed: 102:VM is in unexpected state! (shutdown: it was "
		   "destroyed meanwhile);state stopped;destroy: ok;");
}

/* ---- xenmgr's death, its monitors', the database's ---- */

static void test_xenmgr_finds_what_runs(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	fixture_kill(h->xenmgr);
	host_restart_xenmgr(h);
	host_assert_property(h, l->vm, "state", "running");
	host_assert_property(h, l->vm, "domid", "1");
	host_call_is(h, l->vm, XENMGR_VM, "shutdown", "ok");
	host_assert_nothing_left(h, l->uuid);
}

static void test_xenmgr_sees_what_ended_meanwhile(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	fixture_kill(h->xenmgr);
	host_guest(h, l->uuid, "halt");
	host_restart_xenmgr(h);
	host_assert_property(h, l->vm, "state", "stopped");
	host_assert_nothing_left(h, l->uuid);
}

static void test_half_a_start_is_ended(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_misbehave(h, "start", "hang");
	host_begin(h, l->vm, "start");
	host_wait_seen(h, "state creating;");
	host_until(has_domain, h);
	fixture_kill(h->xenmgr);
	host_misbehave(h, "start", NULL);
	host_restart_xenmgr(h);
	host_assert_property(h, l->vm, "state", "stopped");
	host_assert_nothing_left(h, l->uuid);
	g_string_truncate(h->seen, 0);
	start(l);
}

static void test_reboot_goes_on_after_xenmgr(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	fixture_kill(h->xenmgr);
	host_guest(h, l->uuid, "reboot");
	host_restart_xenmgr(h);
	host_call_is(h, l->vm, XENMGR_VM, "start", "ok"); /* waits for it */
	host_assert_property(h, l->vm, "state", "running");
	g_assert_cmpuint(host_domains_left(h), ==, 1);
}

static pid_t monitor_pid(Life *l)
{
	g_autofree char *marker = g_strdup_printf("vm-%s.conf", l->uuid);
	g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(proc))) {
		g_autofree char *path = g_strdup_printf("/proc/%s/cmdline", name);
		g_autofree char *text = NULL;
		gsize len;

		if (!g_ascii_isdigit(*name) ||
		    !g_file_get_contents(path, &text, &len, NULL))
			continue;
		for (gsize i = 0; i + 1 < len; i++)
			if (!text[i])
				text[i] = ' ';
		if (strstr(text, marker))
			return (pid_t)g_ascii_strtoll(name, NULL, 10);
	}
	return 0;
}

static bool has_new_monitor(void *data)
{
	const Life *l = ((void **)data)[0];
	pid_t old = (pid_t)GPOINTER_TO_INT(((void **)data)[1]);
	pid_t now = monitor_pid((Life *)l);

	return now != 0 && now != old;
}

static void test_lost_monitor_is_replaced(Life *l, gconstpointer unused)
{
	Host *h = &l->h;
	pid_t old;
	void *wanted[2];

	start(l);
	old = monitor_pid(l);
	g_assert_cmpint(old, >, 1);
	wanted[0] = l;
	wanted[1] = GINT_TO_POINTER((int)old);
	g_assert_cmpint(kill(old, SIGKILL), ==, 0);
	host_until(has_new_monitor, wanted);
	host_assert_property(h, l->vm, "state", "running");
	host_call_is(h, l->vm, XENMGR_VM, "shutdown", "ok");
	host_assert_seen(h, "state stopping;state stopped;");
	host_assert_nothing_left(h, l->uuid);
}

static void test_database_comes_back(Life *l, gconstpointer unused)
{
	Host *h = &l->h;
	g_autofree char *failed = NULL;

	fixture_kill(h->dbd);
	fixture_wait_no_name(h->f, "com.citrix.xenclient.db");
	failed = host_call(h, l->vm, XENMGR_VM, "start", NULL);
	g_assert_true(g_str_has_prefix(failed, "Failed: 199:start: read: database: "));
	host_assert_property(h, l->vm, "state", "stopped");
	h->dbd = fixture_start(h->f, "dbd/dbd", "com.citrix.xenclient.db", NULL);
	g_string_truncate(h->seen, 0);
	start(l);
}

/* ---- sentinel and agent ---- */

static void test_start_waits_for_the_sentinel(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	host_begin(h, l->vm, "start");
	host_wait_seen(h, "state creating;");
	host_until(has_domain, h);
	host_assert_seen(h, "state creating;");
	g_assert_true(xstore_write(h->xs, "/local/domain/1/booted", "1", NULL));
	host_wait_seen(h, "start: ok;");
	host_assert_seen(h, "state running;start: ok;");
}

static void report(Host *h, const char *node, const char *value)
{
	g_autofree char *path = g_strconcat("/local/domain/1/", node, NULL);

	g_assert_true(xstore_write(h->xs, path, value, NULL));
}

static bool agent_is_seen(void *data)
{
	Life *l = data;
	g_autofree char *there = host_get(&l->h, l->vm, XENMGR_VM, "pv-addons");

	return g_str_equal(there, "true");
}

static void test_agent_is_seen_and_forgotten(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	host_assert_property(h, l->vm, "pv-addons", "false");
	report(h, "attr/PVAddons/MajorVersion", "9");
	report(h, "attr/PVAddons/MinorVersion", "4");
	report(h, "attr/PVAddons/MicroVersion", "50");
	report(h, "attr/PVAddons/BuildVersion", "1");
	report(h, "attr/PVAddons/Installed", "1");
	report(h, "data/updated", "1");
	host_until(agent_is_seen, l);
	host_assert_property(h, l->vm, "pv-addons-version", "9.4.50.1");
	host_call_is(h, l->vm, XENMGR_VM, "destroy", "ok");
	host_assert_property(h, l->vm, "pv-addons", "false");
	host_assert_property(h, l->vm, "pv-addons-version", "");
}

static void test_bad_agent_is_not_believed(Life *l, gconstpointer unused)
{
	Host *h = &l->h;

	start(l);
	report(h, "attr/PVAddons/MajorVersion", "9; rm -rf /");
	report(h, "attr/PVAddons/Installed", "1");
	report(h, "data/updated", "1");
	host_until(agent_is_seen, l);
	host_assert_property(h, l->vm, "pv-addons-version", "");
}

#define ADD(name, data, fn)                                                              \
	g_test_add("/xenmgr/life/" name, Life, data, set_up, fn, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("start-and-shutdown", NULL, test_start_and_shutdown);
	ADD("what-is-so-already-succeeds", NULL, test_what_is_so_already_succeeds);
	ADD("pause-and-what-it-refuses", NULL, test_pause_and_what_it_refuses);
	ADD("two-starts-are-one", NULL, test_two_starts_are_one);
	ADD("missing-files-are-named", NULL, test_missing_files_are_named);
	ADD("destroy-ends-a-start-that-hangs", NULL,
	    test_destroy_ends_a_start_that_hangs);
	ADD("destroy-at-any-moment-of-a-start", NULL,
	    test_destroy_at_any_moment_of_a_start);
	ADD("deaf-monitor-is-killed", NULL, test_deaf_monitor_is_killed);
	ADD("shutdown-that-is-refused", NULL, test_shutdown_that_is_refused);
	ADD("xenmgr-finds-what-runs", NULL, test_xenmgr_finds_what_runs);
	ADD("xenmgr-sees-what-ended-meanwhile", NULL,
	    test_xenmgr_sees_what_ended_meanwhile);
	ADD("half-a-start-is-ended", NULL, test_half_a_start_is_ended);
	ADD("reboot-goes-on-after-xenmgr", NULL, test_reboot_goes_on_after_xenmgr);
	ADD("lost-monitor-is-replaced", NULL, test_lost_monitor_is_replaced);
	ADD("database-comes-back", NULL, test_database_comes_back);
	ADD("agent-is-seen-and-forgotten", NULL, test_agent_is_seen_and_forgotten);
	ADD("bad-agent-is-not-believed", NULL, test_bad_agent_is_not_believed);
	ADD("reboot-takes-the-new-configuration", NULL,
	    test_reboot_takes_the_new_configuration);
	ADD("guest-reboots-with-the-new-configuration", "guest",
	    test_reboot_takes_the_new_configuration);
	ADD("guest-halts", "halt", test_guest_ends_by_itself);
	ADD("guest-crashes", "crash", test_guest_ends_by_itself);
	ADD("failed-start-leaves-nothing/monitor", &faults[0],
	    test_failed_start_leaves_nothing);
	ADD("failed-start-leaves-nothing/create", &faults[1],
	    test_failed_start_leaves_nothing);
	ADD("failed-start-leaves-nothing/unpause", &faults[2],
	    test_failed_start_leaves_nothing);
	g_test_add("/xenmgr/life/start-waits-for-the-sentinel", Life, NULL,
		   set_up_sentinel, test_start_waits_for_the_sentinel, tear_down);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "idl/db_client.h"
#include "idl/guest_client.h"
#include "idl/guest_server.h"
#include "idl/rpc_proxy_client.h"
#include "idl/xenmgr_client.h"
#include "idl/xenmgr_server.h"
#include "lib/error.h"
#include "tests/bus/guests.h"

#define GUEST_NAME "com.citrix.xenclient.guest.uuid_00000000_0000_0000_0000_00000000000a"
#define VM_IFACE   XENMGR ".vm.unrestricted"

/* A world with one guest, its facts as they are at first: nothing is allowed it but what
 * the rules say to all. */
typedef struct {
	Fixture *f;
	FixtureDaemon *host, *proxy;
	Monitor *monitor;
	Bus *guest;
	RpcTarget db, xenmgr;        /* of the guest */
	RpcTarget host_db, of_proxy; /* of the host */
} World;

static char *shipped_rules(void)
{
	g_autofree char *path = g_build_filename(g_getenv("RULES_DIR"), "rpc-proxy.rules",
						 NULL);
	char *text;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static void world_up(World *w, gconstpointer rules)
{
	g_autofree char *shipped = rules ? NULL : shipped_rules();

	w->f = fixture_new(NULL);
	w->host = guests_host(w->f);
	w->proxy = guests_proxy(w->f, rules ? rules : shipped);
	w->monitor = monitor_new(w->f, UUID_A, 5, false);
	g_assert_cmpstr(w->monitor->answer, ==, "{\"ready\":true}");
	w->guest = monitor_connect(w->monitor);
	w->db = (RpcTarget){ w->guest, DB, "/", 0 };
	w->xenmgr = (RpcTarget){ w->guest, XENMGR, "/", 0 };
	w->host_db = (RpcTarget){ fixture_bus(w->f), DB, "/", 0 };
	w->of_proxy = (RpcTarget){ fixture_bus(w->f), PROXY, "/", 0 };
}

static void world_down(World *w, gconstpointer rules)
{
	bus_free(w->guest);
	monitor_free(w->monitor);
	if (fixture_running(w->proxy))
		fixture_stop(w->proxy);
	fixture_free(w->f);
}

static void host_writes(World *w, const char *what, const char *value)
{
	g_assert_true(db_rpc_write(&w->host_db, what, value, NULL));
}

static void refresh(World *w)
{
	g_autoptr(GError) error = NULL;

	rpc_proxy_facts_rpc_refresh(&w->of_proxy, UUID_A, &error);
	g_assert_no_error(error);
}

static void check_read(const RpcTarget *db, const char *wanted)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;

	db_rpc_read(db, "/x", &value, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(value, ==, wanted);
}

static void check_read_denied(const RpcTarget *db)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;

	g_assert_false(db_rpc_read(db, "/x", &value, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_DENIED);
}

/* ---- calls ---- */

static void test_calls(World *w, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	int64_t before = g_get_monotonic_time();
	RpcStrings vms;

	g_assert_true(xenmgr_rpc_list_vms(&w->xenmgr, &vms, &error));
	g_assert_cmpuint(vms.n, ==, 1);
	rpc_clear(&rpc_type_object_paths, &vms);

	g_assert_false(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_DENIED);
	g_assert_cmpstr(error->message, ==,
			"denied by policy: com.citrix.xenclient.xenmgr.create_vm on / of "
			"com.citrix.xenclient.xenmgr");
	g_assert_cmpint(g_get_monotonic_time() - before, <, 5 * G_USEC_PER_SEC);
}

static void test_own_vm(World *w, gconstpointer data)
{
	RpcTarget own = { w->guest, XENMGR, PATH_A, 0 };
	RpcTarget other = { w->guest, XENMGR, PATH_B, 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(RpcValue) value = rpc_get_property(&own, VM_IFACE, "type", &error);

	g_assert_no_error(error);
	g_assert_cmpstr(value->string, ==, PATH_A);
	g_assert_null(rpc_get_property(&other, VM_IFACE, "type", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_DENIED);
}

static void test_facts(World *w, gconstpointer data)
{
	check_read_denied(&w->db);
	host_writes(w, "domstore-read-access", "true");
	check_read_denied(&w->db); /* nobody has said so to the proxy */
	refresh(w);
	check_read(&w->db, "guest 5 " UUID_A " /x");
	host_writes(w, "domstore-read-access", "false");
	refresh(w);
	check_read_denied(&w->db);
}

static void test_facts_after_restart(World *w, gconstpointer data)
{
	fixture_kill(w->host);
	w->host = guests_host(w->f);
	host_writes(w, "domstore-read-access", "true");
	refresh(w);
	check_read(&w->db, "guest 5 " UUID_A " /x");
}

static void test_own_rules(World *w, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	host_writes(w, "rules",
		    "{\"10\":\"allow destination " XENMGR " member create_vm\","
		    "\"9\":\"deny member create_vm\"}");
	refresh(w);
	g_assert_true(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));

	/* A mistake changes nothing, and is told with its place. */
	host_writes(w, "rules", "{\"1\":\"deny all\",\"2\":\"allow destinatoin x\"}");
	g_assert_false(rpc_proxy_facts_rpc_refresh(&w->of_proxy, UUID_A, &error));
	g_assert_true(g_str_has_prefix(error->message,
				       "/vm/" UUID_A "/rpc-firewall-rules/2:1:7: "));
	g_clear_error(&error);
	g_clear_pointer(&path, g_free);
	g_assert_true(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));

	host_writes(w, "rules", "null");
	refresh(w);
	g_clear_pointer(&path, g_free);
	g_assert_false(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));
}

/* A guest whose own rules were never read without a mistake gets nothing but Hello. */
static void test_broken_own_rules(World *w, gconstpointer data)
{
	g_autoptr(Monitor) other = NULL;
	g_autoptr(Bus) guest = NULL;
	RpcTarget xenmgr = { NULL, XENMGR, "/", 0 };
	RpcStrings vms;

	host_writes(w, "rules", "{\"x\":\"allow all\"}");
	other = monitor_new(w->f, UUID_B, 6, false);
	g_assert_cmpstr(other->answer, ==,
			"{\"error\":\"/vm/" UUID_B
			"/rpc-firewall-rules/x: the name of a rule "
			"is a number\"}");
	xenmgr.bus = guest = monitor_connect(other);
	g_assert_false(xenmgr_rpc_list_vms(&xenmgr, &vms, NULL));
	g_assert_true(
		xenmgr_rpc_list_vms(&w->xenmgr, &vms, NULL)); /* the first goes on */
	rpc_clear(&rpc_type_object_paths, &vms);
}

/* ---- who is who ---- */

static void test_identity(World *w, gconstpointer data)
{
	g_autoptr(Monitor) monitor = monitor_new(w->f, UUID_B, 6, true);
	g_autoptr(Bus) stubdom = monitor_connect(monitor);
	g_autoptr(GError) error = NULL;
	g_autofree char *uuid = NULL, *other_uuid = NULL, *gone_uuid = NULL;
	g_autofree char *name = g_strdup(bus_unique_name(stubdom));
	int32_t domid;
	bool is_stubdom;

	g_assert_true(rpc_proxy_identity_rpc_lookup(&w->of_proxy,
						    bus_unique_name(w->guest), &domid,
						    &uuid, &is_stubdom, &error));
	g_assert_cmpint(domid, ==, 5);
	g_assert_cmpstr(uuid, ==, UUID_A);
	g_assert_false(is_stubdom);
	g_assert_true(rpc_proxy_identity_rpc_lookup(&w->of_proxy, name, &domid,
						    &other_uuid, &is_stubdom, &error));
	g_assert_cmpint(domid, ==, 6);
	g_assert_true(is_stubdom);

	g_assert_false(rpc_proxy_identity_rpc_lookup(
		&w->of_proxy, bus_unique_name(fixture_bus(w->f)), &domid, &gone_uuid,
		&is_stubdom, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_NOT_FOUND);
	g_clear_error(&error);

	/* With its connection its name is forgotten. */
	g_clear_pointer(&stubdom, bus_free);
	fixture_wait_no_name(w->f, name);
	while (rpc_proxy_identity_rpc_lookup(&w->of_proxy, name, &domid, &gone_uuid,
					     &is_stubdom, NULL))
		g_clear_pointer(&gone_uuid, g_free);
}

static void test_host_is_host(World *w, gconstpointer data)
{
	check_read(&w->host_db, "host /x");
}

static void test_no_proxy(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	RpcTarget db = { fixture_bus(f), DB, "/", 0 };

	guests_host(f);
	check_read(&db, "host /x");
}

/* A process that once was the proxy stays on the guests' side. */
static void test_former_proxy(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	RpcTarget db = { NULL, DB, "/", 0 };
	Bus *proxy;

	guests_host(f);
	proxy = fixture_connect(f);
	db.bus = fixture_connect(f);
	check_read(&db, "host /x"); /* decided before */

	g_assert_true(bus_own_name(proxy, PROXY, NULL));
	db.bus = fixture_connect(f);
	check_read_denied(&db); /* we, as the proxy, do not answer for it in time */
	fixture_disconnect(f, proxy);
	fixture_wait_no_name(f, PROXY);
	check_read_denied(&db);
}

/* ---- ends ---- */

static bool is_told(void *seen)
{
	return ((GString *)seen)->len > 0;
}

static bool is_true(void *data)
{
	return *(bool *)data;
}

static void guest_closed(void *data)
{
	*(bool *)data = true;
}

static void test_proxy_killed(World *w, gconstpointer rules)
{
	bool closed = false;

	host_writes(w, "domstore-read-access", "true");
	refresh(w);
	bus_on_closed(w->guest, guest_closed, &closed);
	bus_attach(w->guest);
	for (int i = 0; i < 20; i++)
		db_rpc_exists_async(&w->db, "/x", NULL, NULL);
	check_read(&w->db, "guest 5 " UUID_A " /x"); /* so those before it have arrived */

	fixture_kill(w->proxy);
	fixture_until(is_true, &closed);

	/* The host's side goes on as if nothing had been. */
	g_assert_true(fixture_running(w->host));
	check_read(&w->host_db, "host /x");

	/* A new one takes over; guests come anew. */
	w->proxy = guests_proxy(w->f, rules ? rules : "allow all\nallow out-any");
	g_clear_pointer(&w->guest, bus_free);
	g_clear_pointer(&w->monitor, monitor_free);
	w->monitor = monitor_new(w->f, UUID_A, 7, false);
	w->guest = w->db.bus = monitor_connect(w->monitor);
	check_read(&w->db, "guest 7 " UUID_A " /x");
}

static void test_monitor_gone(World *w, gconstpointer data)
{
	g_autofree char *name = g_strdup(bus_unique_name(w->guest));

	bus_on_closed(w->guest, guest_closed, &(bool){ false });
	fixture_wait_name(w->f, name);
	g_clear_pointer(&w->monitor, monitor_free);
	fixture_wait_no_name(w->f, name);
	w->monitor = monitor_new(w->f, UUID_A, 5, false);
}

static void test_second_proxy(World *w, gconstpointer data)
{
	g_autofree char *output = NULL;
	g_autofree char *program = g_build_filename(g_getenv("XENMGR_BUILD_DIR"),
						    "policy", "rpc-proxy", NULL);

	/* A second one does not start, and does not take the socket away. */
	g_assert_cmpint(fixture_run(w->f, -1, &output, program, "-r",
				    guests_rules_path(w->f), NULL),
			==, 1);
	g_assert_nonnull(strstr(output, "somebody serves it already"));
	g_clear_pointer(&w->monitor, monitor_free);
	w->monitor = monitor_new(w->f, UUID_A, 5, false);
	g_assert_cmpstr(w->monitor->answer, ==, "{\"ready\":true}");
}

/* ---- rules ---- */

static unsigned int count_rules(World *w)
{
	RpcStrings rules;
	unsigned int n;

	g_assert_true(rpc_proxy_rpc_list_rules(&w->of_proxy, &rules, NULL));
	n = rules.n;
	rpc_clear(&rpc_type_strings, &rules);
	return n;
}

/* New rules, in force when this returns; @n of them. */
static void reload(World *w, const char *text, unsigned int n)
{
	guests_write_rules(w->f, text);
	kill(fixture_pid(w->proxy), SIGHUP);
	while (count_rules(w) != n)
		;
}

static void test_reload(World *w, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	reload(w, "allow all\nallow out-any", 2);
	g_assert_true(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));

	/* Broken: what was in force stays, until there is a good one. */
	guests_write_rules(w->f, "deny all\nfrobnicate");
	kill(fixture_pid(w->proxy), SIGHUP);
	for (int i = 0; i < 20; i++) {
		g_clear_pointer(&path, g_free);
		g_assert_true(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));
	}
	g_assert_cmpuint(count_rules(w), ==, 2);
	reload(w, "deny all", 1);
	g_clear_pointer(&path, g_free);
	g_assert_false(xenmgr_rpc_create_vm(&w->xenmgr, &path, &error));
}

static void test_broken_file(void)
{
	g_autoptr(Fixture) f = fixture_new(NULL);
	g_autofree char *program = g_build_filename(g_getenv("XENMGR_BUILD_DIR"),
						    "policy", "rpc-proxy", NULL);
	g_autofree char *output = NULL, *wanted = NULL;

	guests_write_rules(f, "deny all\nallow dom-id x\n");
	g_assert_cmpint(
		fixture_run(f, -1, &output, program, "-r", guests_rules_path(f), NULL),
		==, 1);
	wanted = g_strdup_printf("%s:2:14: \"x\" is not a domid (0 to 32751)\n",
				 guests_rules_path(f));
	g_assert_cmpstr(output, ==, wanted);
	g_clear_pointer(&output, g_free);

	g_assert_cmpint(
		fixture_run(f, -1, NULL, program, "--check", guests_rules_path(f), NULL),
		==, 1);
	guests_write_rules(f, "deny all");
	g_assert_cmpint(fixture_run(f, -1, &output, program, "--check",
				    guests_rules_path(f), NULL),
			==, 0);
	g_assert_cmpstr(output, ==, "");
}

static void test_validate(World *w, gconstpointer data)
{
	/* clang-format off */
	static const struct {
		int domid;
		const char *destination, *interface, *member;
		bool allowed;
	} rows[] = {
		{ 5, XENMGR, XENMGR, "list_vms",  true },
		{ 5, XENMGR, XENMGR, "create_vm", false },
		{ 5, DB,     DB,     "read",	  false },
		{ 5, "",     XENMGR, "list_vms",  false },
		{ 4, XENMGR, XENMGR, "list_vms",  false },
	};
	/* clang-format on */
	bool r;

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_true(rpc_proxy_rpc_validate_call(
			&w->of_proxy, rows[i].domid, rows[i].destination,
			rows[i].interface, rows[i].member, &r, NULL));
		g_assert_cmpint(r, ==, rows[i].allowed);
	}
	g_assert_true(rpc_proxy_rpc_validate_recv_signal(&w->of_proxy, 5, XENMGR,
							 "vm_created", &r, NULL));
	g_assert_true(r);
	g_assert_true(rpc_proxy_rpc_validate_send_signal(&w->of_proxy, 5, XENMGR,
							 "vm_created", &r, NULL));
	g_assert_false(r);
}

/* Not even with a rule for it. */
static void test_proxy_is_not_for_guests(World *w, gconstpointer data)
{
	RpcTarget proxy = { w->guest, PROXY, "/", 0 };
	g_autoptr(GError) error = NULL;

	g_assert_false(rpc_proxy_facts_rpc_refresh(&proxy, UUID_A, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_DENIED);
	g_assert_cmpstr(error->message, ==, "no guest may call this");
}

/* ---- the guest serves ---- */

static bool request_sleep(void *impl, const RpcCall *call, GError **error)
{
	g_string_append_printf(impl, "asked by %s;", rpc_call_sender(call));
	return true;
}

static const GuestRpcOps guest_ops = { .request_sleep = request_sleep };
static const RpcBinding guest_bindings[] = { { &guest_rpc_service, &guest_ops, NULL },
					     { NULL, NULL, NULL } };

static bool guest_lookup(void *data, const char *path, RpcObject *ret_object)
{
	*ret_object = (RpcObject){ data, guest_bindings };
	return true;
}

static const RpcServerFuncs guest_funcs = { .lookup = guest_lookup };

static void slept(const GError *error, void *data)
{
	g_string_append(data, error ? error->message : "answered;");
}

static void test_guest_serves(World *w, gconstpointer data)
{
	g_autoptr(GString) seen = g_string_new(NULL), answers = g_string_new(NULL);
	RpcTarget guest = { fixture_bus(w->f), GUEST_NAME, "/", 0 };
	g_autofree char *wanted = NULL;
	g_autoptr(GError) error = NULL;
	RpcServer *server;

	g_assert_false(bus_own_name(w->guest, "com.example.other", &error));
	g_clear_error(&error);
	g_assert_false(bus_own_name(w->guest, GUEST_NAME "b", &error));
	g_clear_error(&error);
	bus_own_name(w->guest, GUEST_NAME, &error);
	g_assert_no_error(error);

	bus_attach(w->guest);
	server = rpc_server_new(w->guest, &guest_funcs, seen);
	guest_rpc_request_sleep_async(&guest, slept, answers);
	fixture_until(is_told, answers);
	wanted = g_strdup_printf("asked by %s;", bus_unique_name(fixture_bus(w->f)));
	g_assert_cmpstr(seen->str, ==, wanted);
	g_assert_cmpstr(answers->str, ==, "answered;");

	/* What the rules do not let to it is answered to the host at once. */
	g_string_truncate(answers, 0);
	reload(w, "allow all\nallow out-any\ndeny out-method-call", 3);
	guest_rpc_request_sleep_async(&guest, slept, answers);
	fixture_until(is_told, answers);
	g_assert_true(g_str_has_prefix(answers->str, "denied by policy: "));
	g_assert_cmpstr(seen->str, ==, wanted);
	rpc_server_free(server);
}

/* ---- signals ---- */

static void vm_created(const char *path, const XenmgrRpcVmCreatedArgs *args, void *data)
{
	g_string_append_printf(data, "%s;", args->uuid);
}

static void test_signals(World *w, gconstpointer data)
{
	Bus *host = fixture_bus(w->f);
	g_autoptr(GString) seen = g_string_new(NULL), on_host = g_string_new(NULL);
	RpcSubscription *subscription, *host_subscription;
	RpcStrings vms;

	bus_attach(w->guest);
	subscription = xenmgr_rpc_on_vm_created(w->guest, bus_unique_name(host), "/",
						vm_created, seen);
	host_subscription = xenmgr_rpc_on_vm_created(host, bus_unique_name(w->guest), "/",
						     vm_created, on_host);
	g_assert_true(
		xenmgr_rpc_list_vms(&w->xenmgr, &vms, NULL)); /* AddMatch is through */
	rpc_clear(&rpc_type_object_paths, &vms);

	xenmgr_rpc_emit_vm_created(host, "/", UUID_A, PATH_A);
	fixture_until(is_told, seen);
	g_assert_cmpstr(seen->str, ==, UUID_A ";");

	/* A guest's own are for the rules to allow: the shipped ones do not. */
	xenmgr_rpc_emit_vm_created(w->guest, "/", UUID_B, PATH_B);
	g_assert_true(xenmgr_rpc_list_vms(&w->xenmgr, &vms, NULL));
	rpc_clear(&rpc_type_object_paths, &vms);
	fixture_settle(w->f);
	g_assert_cmpstr(on_host->str, ==, "");
	rpc_unsubscribe(subscription);
	rpc_unsubscribe(host_subscription);
}

/* ---- the control socket ---- */

static void test_control(World *w, gconstpointer data)
{
	/* clang-format off */
	static const struct { const char *packet, *answer; } rows[] = {
		{ "frob", "control:1:4: not JSON" },
		{ "{\"stream\":1}", "no guest: " },
		{ "{\"guest\":{\"uuid\":\"" UUID_A "\",\"domid\":5}}", "no guest: " },
		{ "{\"guest\":{\"uuid\":\"x\",\"domid\":5,\"stubdom\":false}}",
		  "\\\"x\\\" is not a uuid" },
		{ "{\"guest\":{\"uuid\":\"" UUID_A "\",\"domid\":0,\"stubdom\":false}}",
		  "0 is no guest's domid" },
	};
	/* clang-format on */
	RpcStrings vms;

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *answer = monitor_try(rows[i].packet);
		g_autofree char *wanted = g_strconcat("{\"error\":\"", rows[i].answer,
						      NULL);

		if (!g_str_has_prefix(answer, wanted))
			g_error("%s: %s", rows[i].packet, answer);
	}
	g_assert_true(xenmgr_rpc_list_vms(&w->xenmgr, &vms, NULL));
	rpc_clear(&rpc_type_object_paths, &vms);
}

#define ALLOW_ALL "allow all\nallow out-any\n"
#define TEST(path, rules, function)                                                      \
	g_test_add(path, World, rules, world_up, function, world_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/proxy/allowed-and-denied-at-once", NULL, test_calls);
	TEST("/proxy/own-vm", NULL, test_own_vm);
	TEST("/proxy/facts-in-force-before-the-answer", NULL, test_facts);
	TEST("/proxy/facts-after-the-host-restarts", NULL, test_facts_after_restart);
	TEST("/proxy/own-rules", NULL, test_own_rules);
	TEST("/proxy/broken-own-rules-deny", NULL, test_broken_own_rules);
	TEST("/proxy/identity", NULL, test_identity);
	TEST("/proxy/host-is-host", NULL, test_host_is_host);
	g_test_add_func("/proxy/no-proxy", test_no_proxy);
	g_test_add_func("/proxy/former-proxy-is-guests-side", test_former_proxy);
	TEST("/proxy/killed-with-calls-in-flight", ALLOW_ALL, test_proxy_killed);
	TEST("/proxy/monitor-gone", NULL, test_monitor_gone);
	TEST("/proxy/there-is-one", NULL, test_second_proxy);
	TEST("/proxy/reload", NULL, test_reload);
	g_test_add_func("/proxy/broken-file", test_broken_file);
	TEST("/proxy/validate", NULL, test_validate);
	TEST("/proxy/not-for-guests", ALLOW_ALL, test_proxy_is_not_for_guests);
	TEST("/proxy/guest-serves", ALLOW_ALL, test_guest_serves);
	TEST("/proxy/signals", NULL, test_signals);
	TEST("/proxy/control-socket", NULL, test_control);
	return g_test_run();
}

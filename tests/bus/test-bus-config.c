/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "idl/db_client.h"
#include "idl/rpc_proxy_types.h"
#include "idl/vm_disk_types.h"
#include "idl/vm_nic_types.h"
#include "idl/xenmgr_host_types.h"
#include "idl/xenmgr_types.h"
#include "idl/xenmgr_vm_types.h"
#include "tests/bus/guests.h"

#define NOBODY 65534

/* The files of policy/dbus/, and those made of the interfaces: what they say, and what a
 * bus makes of it. */

/* ---- every method that only reads, and no other ---- */

static const RpcInterface *const xenmgr_interfaces[] = {
	&policy_rpc_interface,
	&vmdisk_rpc_interface,
	&vmnic_rpc_interface,
	&xenmgr_config_rpc_interface,
	&xenmgr_config_ui_rpc_interface,
	&xenmgr_diag_rpc_interface,
	&xenmgr_guestreq_rpc_interface,
	&xenmgr_host_rpc_interface,
	&xenmgr_installer_rpc_interface,
	&xenmgr_powersettings_rpc_interface,
	&xenmgr_query_rpc_interface,
	&xenmgr_rpc_interface,
	&xenmgr_testing_rpc_interface,
	&xenmgr_unrestricted_rpc_interface,
	&xenmgr_vm_auth_rpc_interface,
	&xenmgr_vm_pci_rpc_interface,
	&xenmgr_vm_product_rpc_interface,
	&xenmgr_vm_rpc_interface,
	&xenmgr_vm_unrestricted_rpc_interface,
	NULL,
};

static const RpcInterface *const proxy_interfaces[] = {
	&rpc_proxy_facts_rpc_interface,
	&rpc_proxy_identity_rpc_interface,
	&rpc_proxy_rpc_interface,
	NULL,
};

static const RpcInterface *const db_interfaces[] = { &db_rpc_interface, NULL };

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join_sorted(GPtrArray *texts)
{
	g_ptr_array_sort(texts, compare_texts);
	g_ptr_array_add(texts, NULL);
	return g_strjoinv("\n", (char **)texts->pdata);
}

static void add_methods_that_read(GPtrArray *names, const char *service,
				  const RpcInterface *const *interfaces)
{
	for (; *interfaces; interfaces++) {
		const RpcInterface *iface = *interfaces;

		for (unsigned int i = 0; i < iface->n_methods; i++)
			if (iface->methods[i].access == RPC_ACCESS_READ)
				g_ptr_array_add(names,
						g_strdup_printf("%s %s %s", service, iface->name,
								iface->methods[i].name));
	}
}

typedef struct {
	GPtrArray *names;
	bool for_all; /* inside the policy of everybody */
} Reading;

static const char *attribute(const char **names, const char **values, const char *name)
{
	for (; *names; names++, values++)
		if (g_str_equal(*names, name))
			return *values;
	return NULL;
}

static void start_element(GMarkupParseContext *context, const char *element,
			  const char **names, const char **values, gpointer data,
			  GError **error)
{
	Reading *reading = data;
	const char *service = attribute(names, values, "send_destination");
	const char *interface = attribute(names, values, "send_interface");
	const char *member = attribute(names, values, "send_member");

	if (g_str_equal(element, "policy"))
		reading->for_all = attribute(names, values, "context") != NULL;
	if (!g_str_equal(element, "allow") || !reading->for_all)
		return;

	/* Whatever is for everybody names where it goes and what it is. */
	g_assert_nonnull(service);
	g_assert_nonnull(interface);
	if (g_str_has_prefix(interface, "org.freedesktop.DBus."))
		return;
	g_assert_nonnull(member);
	g_ptr_array_add(reading->names,
			g_strdup_printf("%s %s %s", service, interface, member));
}

static void add_methods_for_all(GPtrArray *names, const char *file)
{
	static const GMarkupParser parser = { .start_element = start_element };
	g_autofree char *path = g_build_filename(g_getenv("DBUS_CONF_DIR"), file, NULL);
	Reading reading = { .names = names };
	g_autoptr(GMarkupParseContext)
		context = g_markup_parse_context_new(&parser, 0, &reading, NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	g_markup_parse_context_parse(context, text, -1, &error);
	g_assert_no_error(error);
}

/* What all files of the folder give to everybody: as a bus, which reads every *.conf. */
static void test_lists(void)
{
	static const struct {
		const char *service;
		const RpcInterface *const *interfaces;
	} rows[] = {
		{ XENMGR, xenmgr_interfaces },
		{ PROXY, proxy_interfaces },
		{ DB, db_interfaces },
	};
	g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) listed = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *wanted_text = NULL;
	g_autofree char *listed_text = NULL;
	g_autoptr(GDir) dir = g_dir_open(g_getenv("DBUS_CONF_DIR"), 0, NULL);
	const char *file;

	g_assert_nonnull(dir);
	while ((file = g_dir_read_name(dir)))
		if (g_str_has_suffix(file, ".conf"))
			add_methods_for_all(listed, file);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++)
		add_methods_that_read(wanted, rows[i].service, rows[i].interfaces);

	wanted_text = join_sorted(wanted);
	listed_text = join_sorted(listed);
	g_assert_cmpstr(listed_text, ==, wanted_text);
}

/* ---- a bus with them ---- */

static Fixture *up(void)
{
	g_autofree char *path = NULL;
	g_autofree char *text = g_strdup_printf(
		"<busconfig><includedir>%s</includedir></busconfig>",
		g_getenv("DBUS_CONF_DIR"));
	Fixture *f;
	int fd = g_file_open_tmp("bus-config-XXXXXX", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	f = fixture_new(path);
	g_unlink(path);
	return f;
}

typedef struct {
	const char *service, *path, *method, *argument;
	bool passes;
} Call;

/* clang-format off */
static const Call calls_of_nobody[] = {
	{ XENMGR, "/", XENMGR ".list_vms", NULL, true },
	{ XENMGR, "/", "org.freedesktop.DBus.Introspectable.Introspect", NULL, true },
	{ XENMGR, "/", "org.freedesktop.DBus.Peer.Ping", NULL, true },
	{ XENMGR, "/", XENMGR ".create_vm", NULL, false },
	{ XENMGR, PATH_A, "org.freedesktop.DBus.Properties.GetAll", "string:", false },
	{ XENMGR, PATH_A, XENMGR ".vm.destroy", NULL, false },
	{ DB,	  "/", DB ".read", "string:/x", false },
	{ DB,	  "/", DB ".dump", "string:/", false },
	{ PROXY,  "/", PROXY ".list_rules", NULL, true },
	{ PROXY,  "/", PROXY ".facts.refresh", "string:" UUID_A, false },
};

static const char *const names_of_others[] = {
	XENMGR, DB, PROXY, "com.citrix.xenclient.guest.uuid_x", "com.example.other",
};
/* clang-format on */

static void check_call(Fixture *f, const Call *call)
{
	g_autofree char *destination = g_strconcat("--dest=", call->service, NULL);
	g_autofree char *output = NULL;
	int status = fixture_run(f, NOBODY, &output, "dbus-send", "--system",
				 "--print-reply", destination, call->path, call->method,
				 call->argument, NULL);

	if (status != (call->passes ? 0 : 1) ||
	    (!call->passes && !strstr(output, "AccessDenied")))
		g_error("%s: %s", call->method, output);
}

static void check_name(Fixture *f, const char *name)
{
	g_autofree char *wanted = g_strconcat("string:", name, NULL);
	g_autofree char *output = NULL;

	g_assert_cmpint(fixture_run(f, NOBODY, &output, "dbus-send", "--system",
				    "--print-reply", "--dest=org.freedesktop.DBus", "/",
				    "org.freedesktop.DBus.RequestName", wanted,
				    "uint32:4", NULL),
			==, 1);
	g_assert_nonnull(strstr(output, "AccessDenied"));
}

static void test_other_user(void)
{
	g_autoptr(Fixture) f = NULL;
	g_autofree char *value = NULL;
	FixtureDaemon *proxy;
	RpcTarget db;

	if (geteuid() != 0) {
		g_test_skip("only root can be another user");
		return;
	}
	f = up();
	guests_host(f);
	proxy = guests_proxy(f, "allow all\nallow out-any");
	for (unsigned int i = 0; i < G_N_ELEMENTS(calls_of_nobody); i++)
		check_call(f, &calls_of_nobody[i]);
	for (unsigned int i = 0; i < G_N_ELEMENTS(names_of_others); i++)
		check_name(f, names_of_others[i]);

	/* Root does what it likes. */
	db = (RpcTarget){ fixture_bus(f), DB, "/", 0 };
	g_assert_true(db_rpc_read(&db, "/x", &value, NULL));
	g_assert_cmpstr(value, ==, "host /x");
	fixture_stop(proxy);
}

/* A guest gets through it too, and owns its name. */
static void test_guest(void)
{
	g_autoptr(Fixture) f = NULL;
	g_autoptr(Monitor) monitor = NULL;
	g_autoptr(Bus) guest = NULL;
	g_autoptr(GError) error = NULL;
	FixtureDaemon *proxy;

	if (geteuid() != 0) {
		g_test_skip("only root may own the names");
		return;
	}
	f = up();
	guests_host(f);
	proxy = guests_proxy(f, "allow all\nallow out-any");
	monitor = monitor_new(f, UUID_A, 5, false);
	guest = monitor_connect(monitor);
	bus_own_name(guest,
		     "com.citrix.xenclient.guest.uuid_"
		     "00000000_0000_0000_0000_00000000000a",
		     &error);
	g_assert_no_error(error);
	fixture_stop(proxy);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bus-config/lists-are-those-of-the-interfaces", test_lists);
	g_test_add_func("/bus-config/another-user", test_other_user);
	g_test_add_func("/bus-config/guest", test_guest);
	return g_test_run();
}

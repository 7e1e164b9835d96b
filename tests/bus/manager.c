/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/manager.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include "idl/db_client.h"
#include "idl/xenmgr_client.h"
#include "idl/xenmgr_vm_client.h"
#include "lib/error.h"
#include "lib/jsonrpc.h"
#include "lib/uuid.h"

#define DB "com.citrix.xenclient.db"

/* ---- what is seen ---- */

static void saw_created(const char *path, const XenmgrRpcVmCreatedArgs *args, void *data)
{
	g_string_append(data, "created;");
}

static void saw_deleted(const char *path, const XenmgrRpcVmDeletedArgs *args, void *data)
{
	g_string_append(data, "deleted;");
}

static void saw_state(const char *path, const XenmgrRpcVmStateChangedArgs *args,
		      void *data)
{
	g_string_append_printf(data, "state %s;", args->state);
}

static void saw_name(const char *path, const XenmgrRpcVmNameChangedArgs *args, void *data)
{
	g_string_append(data, "name;");
}

static void saw_config(const char *path, const XenmgrRpcVmConfigChangedArgs *args,
		       void *data)
{
	g_string_append(data, "config;");
}

static void subscribe(Host *h)
{
	unsigned int n = 0;

	h->subscriptions[n++] = xenmgr_rpc_on_vm_created(h->bus, XENMGR, "/", saw_created,
							 h->seen);
	h->subscriptions[n++] = xenmgr_rpc_on_vm_deleted(h->bus, XENMGR, "/", saw_deleted,
							 h->seen);
	h->subscriptions[n++] = xenmgr_rpc_on_vm_state_changed(h->bus, XENMGR, "/",
							       saw_state, h->seen);
	h->subscriptions[n++] = xenmgr_rpc_on_vm_name_changed(h->bus, XENMGR, "/",
							      saw_name, h->seen);
	h->subscriptions[n++] = xenmgr_rpc_on_vm_config_changed(h->bus, XENMGR, "/",
								saw_config, h->seen);
}

void host_assert_seen(Host *h, const char *expected)
{
	fixture_settle(h->f);
	g_assert_cmpstr(h->seen->str, ==, expected);
	g_string_truncate(h->seen, 0);
}

typedef struct {
	const GString *seen;
	const char *end;
} SeenEnd;

static bool ends_so(void *data)
{
	const SeenEnd *wanted = data;

	return g_str_has_suffix(wanted->seen->str, wanted->end);
}

void host_wait_seen(Host *h, const char *end)
{
	SeenEnd wanted = { h->seen, end };

	fixture_until(ends_so, &wanted);
}

static gboolean tick(void *data)
{
	return G_SOURCE_CONTINUE;
}

void host_until(bool (*condition)(void *data), void *data)
{
	guint timer = g_timeout_add(5, tick, NULL);

	fixture_until(condition, data);
	g_source_remove(timer);
}

/* ---- up and down ---- */

static void link_into(const char *variable, const char *name, const char *target)
{
	g_autofree char *path = g_build_filename(g_getenv(variable), name, NULL);

	g_assert_cmpint(symlink(target, path), ==, 0);
}

void host_up(Host *h, gconstpointer unused)
{
	g_autofree char *fake = g_build_filename(g_getenv("XENMGR_BUILD_DIR"), "tests",
						 "bus", "fake-xenvm", NULL);
	g_autofree char *domains = NULL;

	h->f = fixture_new(NULL);
	h->bus = fixture_bus(h->f);
	h->seen = g_string_new(NULL);
	h->run = g_strdup(g_getenv("XENMGR_RUN_DIR"));
	h->xs = xstore_open(NULL);
	g_assert_nonnull(h->xs);
	domains = g_build_filename(h->run, "fake", "domains", NULL);
	g_assert_cmpint(g_mkdir_with_parents(domains, 0700), ==, 0);
	link_into("XENMGR_LIBEXEC_DIR", "xenvm", fake);
	link_into("XENMGR_DATA_DIR", "templates", g_getenv("TEMPLATES_DIR"));
	h->dbd = fixture_start(h->f, "dbd/dbd", DB, NULL);
	host_db_write(h, "/xenmgr/default-kernel", "/bin/sh");
	h->xenmgr = fixture_start(h->f, "xenmgr/xenmgr", XENMGR, g_getenv("XENMGR_TEST_DEBUG"), NULL);
	subscribe(h);
}

void host_down(Host *h, gconstpointer unused)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(h->subscriptions); i++)
		rpc_unsubscribe(h->subscriptions[i]);
	if (fixture_running(h->xenmgr))
		fixture_stop(h->xenmgr);
	fixture_stop(h->dbd);
	xstore_remove(h->xs, "/local/domain/1", NULL);
	xstore_free(h->xs);
	g_string_free(h->seen, TRUE);
	g_free(h->run);
	fixture_free(h->f);
}

void host_restart_xenmgr(Host *h)
{
	/* The bus may not have seen yet that the one before is gone. */
	fixture_wait_no_name(h->f, XENMGR);
	h->xenmgr = fixture_start(h->f, "xenmgr/xenmgr", XENMGR, g_getenv("XENMGR_TEST_DEBUG"), NULL);
}

/* ---- calls ---- */

static char *error_text(const GError *error)
{
	g_autofree char *name = g_strdup(strrchr(xt_error_bus_name(error), '.') + 1);

	return g_strdup_printf("%s: %s", name, error->message);
}

static char *value_text(const RpcValue *value)
{
	g_autoptr(GString) text = g_string_new(NULL);

	switch (value->signature[0]) {
	case 'b':
		return g_strdup(value->boolean ? "true" : "false");
	case 'i':
		return g_strdup_printf("%d", value->int32);
	case 's':
	case 'o':
		return g_strdup(value->string);
	case 'v':
		return value_text(g_ptr_array_index(value->items, 0));
	default:
		for (unsigned int i = 0; i < value->items->len; i++) {
			g_autofree char *item = value_text(
				g_ptr_array_index(value->items, i));

			g_string_append_printf(text, "%s%s", i ? "," : "", item);
		}
		return g_strdup(text->str);
	}
}

static void free_value(void *data)
{
	rpc_value_free(data);
}

char *host_call(Host *h, const char *path, const char *iface, const char *member, ...)
{
	const RpcTarget to = { h->bus, XENMGR, path, 0 };
	g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func(free_value);
	g_autoptr(GPtrArray) out = NULL;
	g_autoptr(GError) error = NULL;
	const char *arg;
	va_list list;

	va_start(list, member);
	while ((arg = va_arg(list, const char *)))
		g_ptr_array_add(args, rpc_value_new_string(arg));
	va_end(list);
	out = rpc_call_values(&to, iface, member, args, &error);
	if (!out)
		return error_text(error);
	return out->len ? value_text(g_ptr_array_index(out, 0)) : g_strdup("ok");
}

void host_call_is(Host *h, const char *path, const char *iface, const char *member,
		  const char *expected)
{
	g_autofree char *got = host_call(h, path, iface, member, NULL);

	g_assert_cmpstr(got, ==, expected);
}

typedef struct {
	Host *h;
	const char *member;
} Begun;

static void begun_done(const void *out, const GError *error, void *data)
{
	Begun *begun = data;
	g_autofree char *text = error ? error_text(error) : g_strdup("ok");

	g_string_append_printf(begun->h->seen, "%s: %s;", begun->member, text);
	g_free(begun);
}

void host_begin(Host *h, const char *path, const char *member)
{
	const RpcInterface *iface = &xenmgr_vm_rpc_interface;
	const RpcTarget to = { h->bus, XENMGR, path, 0 };
	Begun *begun = g_new(Begun, 1);

	begun->h = h;
	begun->member = member;
	rpc_call_async(&to, iface, rpc_find_method(iface, member), NULL, begun_done,
		       begun);
}

char *host_new_vm(Host *h, const char *json)
{
	char *path = host_call(h, "/", XENMGR, "create_vm_with_template_and_json",
			       "new-vm-pv", json, NULL);

	if (path[0] != '/')
		g_error("no VM: %s", path);
	host_assert_seen(h, "created;");
	return path;
}

char *host_uuid(const char *path)
{
	return uuid_from_path(path, NULL);
}

/* ---- properties ---- */

char *host_get(Host *h, const char *path, const char *iface, const char *property)
{
	const RpcTarget to = { h->bus, XENMGR, path, 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(RpcValue) value = rpc_get_property(&to, iface, property, &error);

	return value ? value_text(value) : error_text(error);
}

void host_assert_property(Host *h, const char *path, const char *property,
			  const char *expected)
{
	g_autofree char *got = host_get(h, path, XENMGR_VM, property);

	g_assert_cmpstr(got, ==, expected);
}

char *host_set(Host *h, const char *path, const char *iface, const char *property,
	       RpcValue *taken)
{
	const RpcTarget to = { h->bus, XENMGR, path, 0 };
	g_autoptr(RpcValue) value = taken;
	g_autoptr(GError) error = NULL;

	return rpc_set_property(&to, iface, property, value, &error) ? g_strdup("ok")
								     : error_text(error);
}

/* ---- the monitor ---- */

void host_misbehave(Host *h, const char *method, const char *what)
{
	g_autofree char *path = g_build_filename(h->run, "fake", method, NULL);

	if (what)
		g_assert_true(g_file_set_contents(path, what, -1, NULL));
	else
		g_remove(path);
}

void host_guest(Host *h, const char *uuid, const char *event)
{
	g_autofree char *path = g_strdup_printf("%s/xenvm/vm-%s", h->run, uuid);
	const char *const params[] = { "what", event, NULL };
	g_autofree char *result = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(jsonrpc_call_once(path, "event", params, 5000, &result, &error));
	g_assert_no_error(error);
}

unsigned int host_domains_left(Host *h)
{
	g_autofree char *path = g_build_filename(h->run, "fake", "domains", NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	unsigned int n = 0;

	while (g_dir_read_name(dir))
		n++;
	return n;
}

/* ---- the database, and what is left ---- */

void host_db_write(Host *h, const char *path, const char *value)
{
	const RpcTarget to = { h->bus, DB, "/", 0 };
	g_autoptr(GError) error = NULL;

	g_assert_true(db_rpc_write(&to, path, value, &error));
	g_assert_no_error(error);
}

char *host_db_read(Host *h, const char *path)
{
	const RpcTarget to = { h->bus, DB, "/", 0 };
	char *value = NULL;

	g_assert_true(db_rpc_read(&to, path, &value, NULL));
	return value;
}

typedef struct {
	char *socket, *config;
} Files;

static bool files_are_gone(void *data)
{
	const Files *files = data;

	return !g_file_test(files->socket, G_FILE_TEST_EXISTS) &&
	       !g_file_test(files->config, G_FILE_TEST_EXISTS);
}

void host_assert_nothing_left(Host *h, const char *uuid)
{
	g_autofree char *journal = g_build_filename(h->run, "journal", NULL);
	g_autofree char *claimed = xstore_readf(h->xs, "/xenmgr/vms/%s/domid", uuid);
	g_autofree char *state = xstore_readf(h->xs, "/state/%s/state", uuid);
	g_autofree char *text = NULL;
	g_autofree char *socket = g_strdup_printf("%s/xenvm/vm-%s", h->run, uuid);
	g_autofree char *config = g_strconcat(socket, ".conf", NULL);
	Files files = { socket, config };

	g_assert_cmpuint(host_domains_left(h), ==, 0);
	g_assert_null(claimed);
	g_assert_cmpstr(state, ==, "shutdown");
	g_assert_true(g_file_get_contents(journal, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "");
	host_until(files_are_gone, &files);
}

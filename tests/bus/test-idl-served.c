/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

#include "lib/error.h"
#include "tests/bus/manager.h"
#include "xenmgr/cli/known.h"

/*
 * What the documentation in idl/ says is not served is not, and everything else is: each
 * method of the daemons is called, and each property asked for.
 */

#define DB    "com.citrix.xenclient.db"
#define PROXY "com.citrix.xenclient.rpc_proxy"

static void free_value(void *data)
{
	rpc_value_free(data);
}

static void free_document(void *data)
{
	xmlFreeDoc(data);
}

/* ---- what is said ---- */

static GPtrArray *read_documents(void)
{
	GPtrArray *documents = g_ptr_array_new_with_free_func(free_document);
	g_autoptr(GDir) dir = g_dir_open(g_getenv("IDL_DIR"), 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(g_getenv("IDL_DIR"), name, NULL);

		if (g_str_has_suffix(name, ".xml"))
			g_ptr_array_add(documents,
					xmlReadFile(path, NULL, XML_PARSE_NONET));
	}
	return documents;
}

static char *evaluate(xmlDocPtr document, const char *path)
{
	xmlXPathContextPtr context = xmlXPathNewContext(document);
	xmlXPathObjectPtr value = xmlXPathEval((const xmlChar *)path, context);
	char *text = g_strdup((const char *)value->stringval);

	xmlXPathFreeObject(value);
	xmlXPathFreeContext(context);
	return text;
}

/* Of @member, an element's name and then its own; of the interface if it is NULL. */
static bool is_said_to_be_served(const GPtrArray *documents, const char *iface,
				 const char *element, const char *member)
{
	/* a property is in the interface, or in the one that it includes */
	g_autofree char *path =
		member ? g_strdup_printf("normalize-space(//interface[@name = '%s' or "
					 "@name = //interface[@name = '%s']/annotation"
					 "[contains(@name, 'Includes')]/@value]"
					 "/%s[@name = '%s']/*[name() = 'tp:docstring'])",
					 iface, iface, element, member)
		       : g_strdup_printf("normalize-space(//interface[@name = '%s']"
					 "/*[name() = 'tp:docstring'])",
					 iface);

	for (guint i = 0; i < documents->len; i++) {
		g_autofree char *text = evaluate(g_ptr_array_index(documents, i), path);

		if (*text)
			return !strstr(text, "Not served");
	}
	g_error("%s %s is not documented", iface, member);
}

/* ---- what is ---- */

typedef struct {
	Host *h;
	GPtrArray *documents;
	unsigned int n, wrong;
} Check;

static void compare(Check *check, const char *iface, const char *element,
		    const char *member, bool served)
{
	check->n++;
	if (is_said_to_be_served(check->documents, iface, element, member) == served)
		return;
	check->wrong++;
	g_printerr("%s %s is %sserved: idl/ says otherwise\n", iface,
		   member ? member : "", served ? "" : "not ");
}

/* Names and values of the properties; NULL: there is no such interface. */
static GPtrArray *get_all(const RpcTarget *to, const char *iface)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func(free_value);
	g_autoptr(GError) error = NULL;
	GPtrArray *out;

	g_ptr_array_add(args, rpc_value_new_string(iface));
	out = rpc_call_values(to, "org.freedesktop.DBus.Properties", "GetAll", args,
			      &error);
	if (!out)
		g_assert_error(error, XT_ERROR, XT_ERROR_UNKNOWN_INTERFACE);
	return out;
}

static bool has_entry(const RpcValue *dict, const char *key)
{
	for (guint i = 0; i < dict->items->len; i++) {
		const RpcValue *entry = g_ptr_array_index(dict->items, i);
		const RpcValue *name = g_ptr_array_index(entry->items, 0);

		if (g_str_equal(name->string, key))
			return true;
	}
	return false;
}

static RpcValue *nothing_of(const char *signature)
{
	switch (signature[0]) {
	case 'b':
		return rpc_value_new_boolean(false);
	case 'i':
		return rpc_value_new_int32(0);
	case 's':
		return rpc_value_new_string("");
	default:
		g_error("no argument of type \"%s\"", signature);
	}
}

static bool answers(const RpcTarget *to, const char *iface, const RpcMethod *method)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func(free_value);
	g_autoptr(GPtrArray) out = NULL;
	g_autoptr(GError) error = NULL;

	for (unsigned int i = 0; i < method->in->n_fields; i++)
		g_ptr_array_add(args, nothing_of(method->in->fields[i].type->signature));
	out = rpc_call_values(to, iface, method->name, args, &error);
	g_test_message("%s.%s: %s", iface, method->name, error ? error->message : "ok");
	g_assert_false(g_error_matches(error, XT_ERROR, XT_ERROR_UNKNOWN_OBJECT));
	return !g_error_matches(error, XT_ERROR, XT_ERROR_UNKNOWN_METHOD);
}

/* What removes its own object is called last of all. */
static void check_methods(Check *check, const RpcTarget *to, const RpcInterface *iface,
			  bool removing)
{
	for (unsigned int i = 0; i < iface->n_methods; i++) {
		const RpcMethod *method = &iface->methods[i];

		if (g_str_equal(method->name, "delete") == removing)
			compare(check, iface->name, "method", method->name,
				answers(to, iface->name, method));
	}
}

static void check_interface(Check *check, const RpcTarget *to, const RpcInterface *iface)
{
	g_autoptr(GPtrArray) all = get_all(to, iface->name);

	compare(check, iface->name, NULL, NULL, all != NULL);
	for (unsigned int i = 0; all && i < iface->n_properties; i++)
		compare(check, iface->name, "property", iface->properties[i].name,
			has_entry(g_ptr_array_index(all, 0), iface->properties[i].name));
	if (all)
		check_methods(check, to, iface, false);
}

static void check_object(Check *check, const char *service, const char *path)
{
	const RpcTarget to = { check->h->bus, service, path, 0 };
	const RpcInterface *const *iface = known_interfaces(service, path);

	for (; *iface; iface++)
		check_interface(check, &to, *iface);
}

static void check_removal(Check *check, const char *path)
{
	const RpcTarget to = { check->h->bus, XENMGR, path, 0 };

	check_methods(check, &to, known_interfaces(XENMGR, path)[0], true);
}

static void test_served(Host *h, gconstpointer unused)
{
	g_autoptr(GPtrArray) documents = read_documents();
	Check check = { .h = h, .documents = documents };
	g_autofree char *rules = g_build_filename(g_getenv("RULES_DIR"),
						  "rpc-proxy.rules", NULL);
	FixtureDaemon *proxy = fixture_start(h->f, "policy/rpc-proxy", PROXY, "--rules",
					     rules, NULL);
	g_autofree char *vm = host_new_vm(h, "");
	g_autofree char *disk = host_call(h, vm, XENMGR_VM, "add_disk", NULL);
	g_autofree char *nic = host_call(h, vm, XENMGR_VM, "add_nic", NULL);

	check_object(&check, XENMGR, "/");
	check_object(&check, XENMGR, "/host");
	check_object(&check, XENMGR, disk);
	check_object(&check, XENMGR, nic);
	check_object(&check, XENMGR, vm);
	check_object(&check, PROXY, "/");
	host_call_is(h, vm, XENMGR_VM, "destroy", "ok");
	check_removal(&check, disk);
	check_removal(&check, nic);
	check_removal(&check, vm);
	check_object(&check, DB, "/"); /* which is empty then */
	g_assert_cmpuint(check.wrong, ==, 0);
	g_assert_cmpuint(check.n, >, 400);
	fixture_stop(proxy);
	xmlCleanupParser();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/idl/what-is-served-is-what-it-says", Host, NULL, host_up,
		   test_served, host_down);
	return g_test_run();
}

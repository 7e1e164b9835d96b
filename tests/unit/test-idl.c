/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxml/parser.h>
#include <libxml/valid.h>
#include <libxml/xpath.h>

#include "rpcgen/idl.h"
#include "xenmgr/cli/known.h"
#include "xenmgr/cli/text.h"

/* The interface files of idl/, as documents and as tables. */

static const char *const names[] = {
	"db",     "guest",  "rpc_proxy",   "vm_disk",
	"vm_nic", "xenmgr", "xenmgr_host", "xenmgr_vm",
};

static IdlFile *read_file(const char *name)
{
	g_autofree char *path = g_strdup_printf("%s/%s.xml", g_getenv("IDL_DIR"), name);
	IdlFile *file = idl_read(path, name);

	for (guint i = 0; i < file->errors->len; i++)
		g_test_message("%s", (char *)g_ptr_array_index(file->errors, i));
	g_assert_cmpuint(file->errors->len, ==, 0);
	return file;
}

static void test_valid(void)
{
	g_autofree char *dtd_path = g_strdup_printf("%s/xenmgr-idl.dtd",
						    g_getenv("IDL_DIR"));
	xmlDtdPtr dtd = xmlParseDTD(NULL, (const xmlChar *)dtd_path);

	g_assert_nonnull(dtd);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s.xml", g_getenv("IDL_DIR"),
							names[i]);
		xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
		xmlValidCtxtPtr context = xmlNewValidCtxt();

		g_test_message("%s", path);
		g_assert_nonnull(doc);
		g_assert_cmpint(xmlValidateDtd(context, doc, dtd), ==, 1);
		xmlFreeValidCtxt(context);
		xmlFreeDoc(doc);
	}
	xmlFreeDtd(dtd);
	xmlCleanupParser();
}

/* ---- every element says what it is ---- */

/* "file:line: element name", a line for each that says nothing. */
static void list_silent(const char *path, xmlDocPtr doc, GString *list)
{
	static const char silent[] =
		"//*[contains(' node interface method signal arg property tp:enum "
		"tp:enumvalue ', concat(' ', name(), ' '))]"
		"[not(normalize-space(*[name() = 'tp:docstring']))]";
	xmlXPathContextPtr context = xmlXPathNewContext(doc);
	xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)silent, context);

	g_assert_nonnull(found);
	for (int i = 0; i < xmlXPathNodeSetGetLength(found->nodesetval); i++) {
		xmlNodePtr node = found->nodesetval->nodeTab[i];
		xmlChar *name = xmlGetProp(node, (const xmlChar *)"name");

		g_string_append_printf(list, "%s:%ld: %s %s\n", path, xmlGetLineNo(node),
				       node->name, name ? (char *)name : "");
		xmlFree(name);
	}
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
}

static void test_documented(void)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_strdup_printf("%s/%s.xml", g_getenv("IDL_DIR"),
							names[i]);
		xmlDocPtr doc = xmlReadFile(path, NULL, XML_PARSE_NONET);

		g_assert_nonnull(doc);
		list_silent(path, doc, list);
		xmlFreeDoc(doc);
	}
	xmlCleanupParser();
	if (list->len)
		g_printerr("no documentation:\n%s", list->str);
	g_assert_cmpuint(list->len, ==, 0);
}

static void test_what_is_not_documented(void)
{
	static const char xml[] =
		"<node xmlns:tp='t'><tp:docstring>n</tp:docstring>\n"
		"<interface name='a.b'><tp:docstring> \n </tp:docstring>\n"
		"<method name='m'><tp:docstring>m</tp:docstring>\n"
		"<arg name='x' type='s'/>\n"
		"<arg name='y' type='s'><tp:docstring>y</tp:docstring></arg>\n"
		"</method></interface></node>";
	g_autoptr(GString) list = g_string_new(NULL);
	xmlDocPtr doc = xmlReadMemory(xml, sizeof(xml) - 1, "f", NULL, XML_PARSE_NONET);

	list_silent("f", doc, list);
	xmlFreeDoc(doc);
	xmlCleanupParser();
	g_assert_cmpstr(list->str, ==, "f:2: interface a.b\nf:5: arg x\n");
}

static void test_access(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(IdlFile) file = read_file(names[i]);

		for (guint j = 0; j < file->interfaces->len; j++) {
			const IdlInterface *iface = g_ptr_array_index(file->interfaces,
								      j);

			for (guint k = 0; k < iface->methods->len; k++) {
				const IdlMember *m = g_ptr_array_index(iface->methods, k);

				g_test_message("%s.%s", iface->name, m->name);
				g_assert_nonnull(idl_annotation(m->annotations,
								IDL_OURS "Access"));
			}
		}
	}
}

/* ---- defaults, and the keys in the database ---- */

static void check_property(const RpcProperty *property, GHashTable *keys)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(RpcValue) value = NULL;

	g_test_message("%s", property->name);
	if (property->fallback) {
		g_assert_nonnull(property->key);
		value = text_parse(property->fallback, property->type->signature, &error);
		g_assert_no_error(error);
		rpc_check_property(property, value, &error);
		g_assert_no_error(error);
	}
	/* the icon is a property twice */
	if (property->key && !g_str_equal(property->key, "image_path"))
		g_assert_true(g_hash_table_add(keys, (char *)property->key));
}

static void test_defaults(void)
{
	static const char *const objects[] = { "/", "/host", "/vm/x", "/vm/x/disk/0",
					       "/vm/x/nic/0" };
	unsigned int n = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
		const RpcInterface *const *iface = known_interfaces(
			"com.citrix.xenclient.xenmgr", objects[i]);

		for (; *iface; iface++) {
			g_autoptr(GHashTable)
				keys = g_hash_table_new(g_str_hash, g_str_equal);

			for (unsigned int j = 0; j < (*iface)->n_properties; j++, n++)
				check_property(&(*iface)->properties[j], keys);
		}
	}
	g_assert_cmpuint(n, >, 300);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/idl/follow-the-dtd", test_valid);
	g_test_add_func("/idl/say-what-everything-is", test_documented);
	g_test_add_func("/idl/what-says-nothing-is-found", test_what_is_not_documented);
	g_test_add_func("/idl/say-who-may-call", test_access);
	g_test_add_func("/idl/defaults-are-allowed-and-keys-are-distinct", test_defaults);
	return g_test_run();
}

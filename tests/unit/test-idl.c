/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxml/parser.h>
#include <libxml/valid.h>

#include "rpcgen/idl.h"
#include "xenmgr/cli/known.h"
#include "xenmgr/cli/text.h"

/* The interface files of idl/, as documents and as tables. */

static const char *const names[] = {
	"db",	  "guest",	 "rpc_proxy", "vm_disk", "vm_nic",
	"xenmgr", "xenmgr_host", "xenmgr_vm",
};

static IdlFile *read_file(const char *dir, const char *name)
{
	g_autofree char *path = g_strdup_printf("%s/%s.xml", dir, name);
	IdlFile *file = idl_read(path, name);

	for (guint i = 0; i < file->errors->len; i++)
		g_test_message("%s", (char *)g_ptr_array_index(file->errors, i));
	g_assert_cmpuint(file->errors->len, ==, 0);
	return file;
}

static void test_valid(void)
{
	g_autofree char *dtd_path = g_strdup_printf("%s/xenmgr-idl.dtd", g_getenv("IDL_DIR"));
	xmlDtdPtr dtd = xmlParseDTD(NULL, (const xmlChar *)dtd_path);

	g_assert_nonnull(dtd);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path =
			g_strdup_printf("%s/%s.xml", g_getenv("IDL_DIR"), names[i]);
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

static void test_documented(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(IdlFile) file = read_file(g_getenv("IDL_DIR"), names[i]);

		for (guint j = 0; j < file->interfaces->len; j++) {
			const IdlInterface *iface = g_ptr_array_index(file->interfaces, j);

			g_assert_nonnull(iface->doc);
			for (guint k = 0; k < iface->methods->len; k++) {
				const IdlMember *m = g_ptr_array_index(iface->methods, k);

				g_test_message("%s.%s", iface->name, m->name);
				g_assert_nonnull(m->doc);
				g_assert_nonnull(idl_annotation(m->annotations,
								IDL_OURS "Access"));
			}
			for (guint k = 0; k < iface->properties->len; k++) {
				const IdlProperty *p = g_ptr_array_index(iface->properties, k);

				g_test_message("%s.%s", iface->name, p->name);
				g_assert_nonnull(p->doc);
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
		const RpcInterface *const *iface =
			known_interfaces("com.citrix.xenclient.xenmgr", objects[i]);

		for (; *iface; iface++) {
			g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);

			for (unsigned int j = 0; j < (*iface)->n_properties; j++, n++)
				check_property(&(*iface)->properties[j], keys);
		}
	}
	g_assert_cmpuint(n, >, 300);
}

/* ---- the real system's interfaces are all there, and the same ---- */

static void add_args(GString *s, const GPtrArray *args)
{
	for (guint i = 0; i < args->len; i++) {
		const IdlArg *arg = g_ptr_array_index(args, i);

		g_string_append_printf(s, " %s:%s", arg->name ?: "", arg->type->signature);
	}
}

/* One line for every member of every interface, in a set. */
static GHashTable *members_of(const char *dir, const char *name)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(IdlFile) file = read_file(dir, name);

	for (guint i = 0; i < file->interfaces->len; i++) {
		const IdlInterface *iface = g_ptr_array_index(file->interfaces, i);

		for (guint j = 0; j < iface->methods->len + iface->signals->len; j++) {
			bool method = j < iface->methods->len;
			const IdlMember *m =
				method ? g_ptr_array_index(iface->methods, j) :
					 g_ptr_array_index(iface->signals, j - iface->methods->len);
			GString *s = g_string_new(NULL);

			g_string_printf(s, "%s %s.%s:", method ? "method" : "signal",
					iface->name, m->name);
			add_args(s, m->in);
			g_string_append(s, " ->");
			add_args(s, m->out);
			g_hash_table_add(set, g_string_free(s, FALSE));
		}
		for (guint j = 0; j < iface->properties->len; j++) {
			const IdlProperty *p = g_ptr_array_index(iface->properties, j);

			g_hash_table_add(set, g_strdup_printf("property %s.%s: %s %d%d",
							      iface->name, p->name,
							      p->type->signature, p->read,
							      p->write));
		}
	}
	for (guint i = 0; i < file->enums->len; i++) {
		const IdlEnum *e = g_ptr_array_index(file->enums, i);

		for (guint j = 0; j < e->values->len; j++) {
			const IdlEnumValue *v = g_ptr_array_index(e->values, j);

			g_hash_table_add(set, g_strdup_printf("enum %s %c %s=%s", e->name, e->type,
							      v->suffix, v->value));
		}
	}
	return set;
}

static void test_upstream(void)
{
	const char *root = g_getenv("XENMGR_UPSTREAM");
	g_autofree char *dir = g_strdup_printf("%s/idl", root ?: "");
	unsigned int n = 0;

	if (!root || !g_file_test(dir, G_FILE_TEST_IS_DIR)) {
		g_test_skip("XENMGR_UPSTREAM names no files of the real system");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GHashTable) theirs = members_of(dir, names[i]);
		g_autoptr(GHashTable) ours = members_of(g_getenv("IDL_DIR"), names[i]);
		GHashTableIter iter;
		void *line;

		g_hash_table_iter_init(&iter, theirs);
		for (; g_hash_table_iter_next(&iter, &line, NULL); n++) {
			g_test_message("%s", (char *)line);
			g_assert_true(g_hash_table_contains(ours, line));
		}
	}
	g_assert_cmpuint(n, >, 500);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/idl/follow-the-dtd", test_valid);
	g_test_add_func("/idl/say-what-members-are-and-who-may-call", test_documented);
	g_test_add_func("/idl/defaults-are-allowed-and-keys-are-distinct", test_defaults);
	g_test_add_func("/idl/have-all-of-the-real-system", test_upstream);
	return g_test_run();
}

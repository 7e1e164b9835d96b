/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/template.h"

#include <string.h>

#include "lib/error.h"
#include "xenmgr/mac.h"
#include "xenmgr/property.h"
#include "xenmgr/tree.h"

#define TEMPLATES_MAX 1000

/* ---- files ---- */

static bool is_template_name(const char *name)
{
	return g_ascii_isalnum(*name) && strlen(name) <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-") == strlen(name);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **template_list(const char *dir, GError **error)
{
	g_autoptr(GDir) entries = g_dir_open(dir, 0, error);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (!entries)
		return NULL;
	while ((name = g_dir_read_name(entries)) && names->len < TEMPLATES_MAX)
		if (is_template_name(name))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

json_t *template_load(const char *dir, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	if (!*name)
		return json_object();
	if (!is_template_name(name) || !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
		xt_fail(error, XT_ERROR_NOT_FOUND, "no template \"%s\" in %s", name, dir);
		return NULL;
	}
	return tree_parse_file(path, error);
}

/* ---- checking ---- */

typedef struct {
	const char *where;
	GError **error;
} Check;

static bool bad(const Check *check, const char *path, const char *what)
{
	return xt_fail(check->error, XT_ERROR_INVALID, "%s: \"%s\": %s", check->where,
		       path, what);
}

/* What lies on the way to @key must be objects. */
static bool check_way(const Check *check, const json_t *tree, const char *key)
{
	for (const char *slash = strchr(key, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		g_autofree char *above = g_strndup(key, (gsize)(slash - key));
		const json_t *node = tree_node(tree, above);

		if (node && !json_is_object(node))
			return bad(check, above, "must be an object");
	}
	return true;
}

static bool check_keys(const Check *check, const json_t *tree, const char *prefix,
		       const RpcInterface *iface)
{
	for (unsigned int i = 0; i < iface->n_properties; i++) {
		const RpcProperty *property = &iface->properties[i];
		g_autofree char *key = g_strconcat(prefix, property->key, NULL);
		const json_t *node;
		g_autoptr(RpcValue) value = NULL;
		g_autoptr(GError) error = NULL;

		if (!property->key)
			continue;
		if (!check_way(check, tree, key))
			return false;
		node = tree_node(tree, key);
		if (!node)
			continue;
		if (!json_is_string(node))
			return bad(check, key, "must be a value, not an object");
		if (!*json_string_value(node))
			continue; /* as if it were missing */
		value = property_parse(property, json_string_value(node), &error);
		if (!value)
			return bad(check, key, error->message);
	}
	return true;
}

/* A node whose children are objects that @iface describes (NULL: are texts). */
static bool check_numbered(const Check *check, const json_t *tree, const char *path,
			   const RpcInterface *iface)
{
	const json_t *node = tree_node(tree, path);
	const char *name;
	json_t *child;

	if (node && !json_is_object(node))
		return bad(check, path,
			   "must be an object with the members \"0\", \"1\", ...");
	json_object_foreach((json_t *)node, name, child)
	{
		g_autofree char *below = g_strdup_printf("%s/%s", path, name);
		g_autofree char *prefix = g_strconcat(below, "/", NULL);
		int64_t id;

		if (!tree_parse_number(name, &id) || id < 0 || id > TREE_MAX_ID ||
		    (name[0] == '0' && name[1]))
			return bad(check, below, "its name must be a number, 0 to 255");
		if (!iface && !json_is_string(child))
			return bad(check, below, "must be a text");
		if (iface && !json_is_object(child))
			return bad(check, below, "must be an object");
		if (iface && !check_keys(check, tree, prefix, iface))
			return false;
	}
	return true;
}

static bool check_macs(const Check *check, const json_t *tree)
{
	unsigned int ids[TREE_MAX_ID + 1];
	unsigned int n = tree_ids(tree, "config/nic", ids);

	for (unsigned int i = 0; i < n; i++) {
		const char *mac = tree_textf(tree, "config/nic/%u/mac", ids[i]);

		if (mac && *mac && !g_str_equal(mac, "auto") && !mac_is_valid(mac))
			return bad(check, "config/nic",
				   "a mac is neither \"auto\" nor like "
				   "02:00:00:00:00:01");
	}
	return true;
}

bool template_check(const json_t *tree, const TemplateKeys *keys, const char *where,
		    GError **error)
{
	static const char *const lists[] = { "config/extra-hvm", "config/extra-xenvm",
					     "argo-firewall-rules",
					     "rpc-firewall-rules" };
	const Check check = { where, error };

	if (!check_keys(&check, tree, "", keys->vm) ||
	    !check_way(&check, tree, "policies/x") ||
	    !check_numbered(&check, tree, "config/disk", keys->disk) ||
	    !check_numbered(&check, tree, "config/nic", keys->nic))
		return false;
	for (unsigned int i = 0; i < G_N_ELEMENTS(lists); i++)
		if (!check_numbered(&check, tree, lists[i], NULL))
			return false;
	return check_macs(&check, tree);
}

/* ---- making a VM of it ---- */

static json_t *expand(const json_t *from, const char *uuid)
{
	json_t *to;
	const char *name;
	json_t *value;

	if (!json_is_object(from)) {
		g_auto(GStrv) parts = g_strsplit(json_string_value(from), "${UUID}", -1);
		g_autofree char *text = g_strjoinv(uuid, parts);

		return json_string(text);
	}
	to = json_object();
	json_object_foreach((json_t *)from, name, value)
		json_object_set_new(to, name, expand(value, uuid));
	return to;
}

json_t *template_expand(const json_t *tree, const char *uuid)
{
	return expand(tree, uuid);
}

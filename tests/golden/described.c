/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <libxml/parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * described FILE: what an introspection document describes, a line for each thing,
 * sorted: so that two documents can be compared that say the same in other words.  It is
 * a reader of its own: nothing of xc-rpcgen is in it.
 */

#define OURS "com.citrix.xenclient.rpcgen."
#define EMITS "org.freedesktop.DBus.Property.EmitsChangedSignal"

static char *get(xmlNode *node, const char *name, const char *otherwise)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *text = g_strdup(value ? (const char *)value : otherwise);

	xmlFree(value);
	return text;
}

static bool is(xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name);
}

static char *annotation(xmlNode *node, const char *name, const char *otherwise)
{
	for (xmlNode *child = node->children; child; child = child->next) {
		g_autofree char *own = is(child, "annotation") ? get(child, "name", "")
							       : NULL;

		if (!g_strcmp0(own, name))
			return get(child, "value", "");
	}
	return g_strdup(otherwise);
}

/* Those of D-Bus and others, but for what is said of changes of properties. */
static void describe_annotations(GPtrArray *lines, xmlNode *node, const char *of)
{
	for (xmlNode *child = node->children; child; child = child->next) {
		g_autofree char *name = is(child, "annotation") ? get(child, "name", "")
								: NULL;
		g_autofree char *value = NULL;

		if (!name || g_str_has_prefix(name, OURS) || g_str_equal(name, EMITS))
			continue;
		value = get(child, "value", "");
		g_ptr_array_add(lines, g_strdup_printf("%s: %s=%s", of, name, value));
	}
}

static void describe_member(GPtrArray *lines, xmlNode *node, const char *interface)
{
	bool signal = is(node, "signal");
	g_autofree char *name = get(node, "name", "");
	g_autofree char *of = g_strdup_printf("%s %s %s", interface, node->name, name);
	unsigned int n_in = 0, n_out = 0;

	g_ptr_array_add(lines, g_strdup(of));
	describe_annotations(lines, node, of);
	for (xmlNode *arg = node->children; arg; arg = arg->next) {
		g_autofree char *direction = NULL;
		g_autofree char *type = NULL;
		g_autofree char *own = NULL;
		g_autofree char *line = NULL;
		bool out;

		if (!is(arg, "arg"))
			continue;
		direction = get(arg, "direction", "in");
		out = !signal && g_str_equal(direction, "out");
		type = get(arg, "type", "");
		own = get(arg, "name", "");
		line = g_strdup_printf("%s %s %u: %s %s", of, out ? "out" : "in",
				       out ? n_out++ : n_in++, type, own);
		describe_annotations(lines, arg, line);
		g_ptr_array_add(lines, g_steal_pointer(&line));
	}
}

/* Those of @node, which are @interface's own too if it includes it. */
static void describe_properties(GPtrArray *lines, xmlNode *node, const char *interface)
{
	g_autofree char *for_all = annotation(node, EMITS, "true");

	for (xmlNode *child = node->children; child; child = child->next) {
		g_autofree char *name = NULL;
		g_autofree char *type = NULL;
		g_autofree char *access = NULL;
		g_autofree char *emits = NULL;
		g_autofree char *of = NULL;

		if (!is(child, "property"))
			continue;
		name = get(child, "name", "");
		type = get(child, "type", "");
		access = get(child, "access", "");
		emits = annotation(child, EMITS, for_all);
		of = g_strdup_printf("%s property %s", interface, name);
		describe_annotations(lines, child, of);
		g_ptr_array_add(lines,
				g_strdup_printf("%s: %s %s %s", of, type, access, emits));
	}
}

static void describe_included(GPtrArray *lines, xmlNode *node, const char *interface)
{
	g_autofree char *other = annotation(node, OURS "Includes", NULL);

	for (xmlNode *of = node->parent->children; of && other; of = of->next) {
		g_autofree char *name = is(of, "interface") ? get(of, "name", "") : NULL;

		if (!g_strcmp0(name, other))
			describe_properties(lines, of, interface);
	}
}

static void describe_interface(GPtrArray *lines, xmlNode *node)
{
	g_autofree char *name = get(node, "name", "");

	g_ptr_array_add(lines, g_strdup(name));
	describe_annotations(lines, node, name);
	describe_included(lines, node, name);
	describe_properties(lines, node, name);
	for (xmlNode *child = node->children; child; child = child->next)
		if (is(child, "method") || is(child, "signal"))
			describe_member(lines, child, name);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int main(int argc, char **argv)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	xmlDoc *doc = xmlReadFile(argc > 1 ? argv[1] : "", NULL, XML_PARSE_NONET);

	if (!doc)
		return 1;
	for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next)
		if (is(node, "interface"))
			describe_interface(lines, node);
	g_ptr_array_sort(lines, compare_texts);
	for (guint i = 0; i < lines->len; i++)
		puts(g_ptr_array_index(lines, i));
	xmlFreeDoc(doc);
	xmlCleanupParser();
	return 0;
}

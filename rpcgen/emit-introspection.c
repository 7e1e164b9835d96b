/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

/* The document that a served object shows: what D-Bus knows of, without what is ours. */

static void append_annotations(GString *xml, const GPtrArray *annotations, const char *indent)
{
	for_each (IdlAnnotation, annotation, annotations) {
		g_autofree char *name = g_markup_escape_text(annotation->name, -1);
		g_autofree char *value = g_markup_escape_text(annotation->value, -1);

		if (!g_str_has_prefix(annotation->name, IDL_OURS))
			emit(xml, "%s<annotation name=\"%s\" value=\"%s\"/>\n", indent, name,
			     value);
	}
}

static bool has_annotations(const GPtrArray *annotations)
{
	for_each (IdlAnnotation, annotation, annotations)
		if (!g_str_has_prefix(annotation->name, IDL_OURS))
			return true;
	return false;
}

static void append_args(GString *xml, const GPtrArray *args, const char *direction)
{
	for_each (IdlArg, arg, args) {
		emit(xml, "      <arg");
		if (arg->name)
			emit(xml, " name=\"%s\"", arg->name);
		emit(xml, " type=\"%s\"", arg->type->signature);
		if (direction)
			emit(xml, " direction=\"%s\"", direction);
		if (!has_annotations(arg->annotations)) {
			emit(xml, "/>\n");
			continue;
		}
		emit(xml, ">\n");
		append_annotations(xml, arg->annotations, "        ");
		emit(xml, "      </arg>\n");
	}
}

static void append_member(GString *xml, const IdlMember *member, const char *kind)
{
	bool signal = *kind == 's';

	emit(xml, "    <%s name=\"%s\"", kind, member->name);
	if (!member->in->len && !member->out->len && !has_annotations(member->annotations)) {
		emit(xml, "/>\n");
		return;
	}
	emit(xml, ">\n");
	append_args(xml, member->in, signal ? NULL : "in");
	append_args(xml, member->out, "out");
	append_annotations(xml, member->annotations, "      ");
	emit(xml, "    </%s>\n", kind);
}

static void append_property(GString *xml, const IdlProperty *property)
{
	emit(xml, "    <property name=\"%s\" type=\"%s\" access=\"%s%s\"", property->name,
	     property->type->signature, property->read ? "read" : "",
	     property->write ? "write" : "");
	if (!has_annotations(property->annotations)) {
		emit(xml, "/>\n");
		return;
	}
	emit(xml, ">\n");
	append_annotations(xml, property->annotations, "      ");
	emit(xml, "    </property>\n");
}

char *emit_introspection(const IdlInterface *iface)
{
	GString *xml = g_string_new(NULL);

	emit(xml, "  <interface name=\"%s\">\n", iface->name);
	for_each (IdlMember, method, iface->methods)
		append_member(xml, method, "method");
	for_each (IdlMember, signal, iface->signals)
		append_member(xml, signal, "signal");
	for_each (IdlProperty, property, iface->properties)
		append_property(xml, property);
	append_annotations(xml, iface->annotations, "    ");
	emit(xml, "  </interface>\n");
	return g_string_free(xml, FALSE);
}

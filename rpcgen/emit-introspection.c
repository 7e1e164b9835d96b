/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

/* NAME_introspection.xml, and what a served object shows: what D-Bus knows of, without
 * what is ours. */

#define EMITS "org.freedesktop.DBus.Property.EmitsChangedSignal"

static void append_annotation(GString *xml, const char *name, const char *value,
			      const char *indent)
{
	emit(xml, "%s<annotation name=\"", indent);
	emit_xml(xml, name);
	emit(xml, "\" value=\"");
	emit_xml(xml, value);
	emit(xml, "\"/>\n");
}

static void append_annotations(GString *xml, const GPtrArray *annotations, const char *indent)
{
	for_each (IdlAnnotation, annotation, annotations)
		if (!g_str_has_prefix(annotation->name, IDL_OURS))
			append_annotation(xml, annotation->name, annotation->value, indent);
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

/* What the interface that @property comes from says for all is said for it alone in one
 * that includes it. */
static bool differs(const IdlInterface *iface, const IdlProperty *property)
{
	return !idl_annotation(property->annotations, EMITS) &&
	       !g_str_equal(property->emits, iface->emits);
}

static void append_property(GString *xml, const IdlInterface *iface,
			    const IdlProperty *property)
{
	emit(xml, "    <property name=\"%s\" type=\"%s\" access=\"%s%s\"", property->name,
	     property->type->signature, property->read ? "read" : "",
	     property->write ? "write" : "");
	if (!has_annotations(property->annotations) && !differs(iface, property)) {
		emit(xml, "/>\n");
		return;
	}
	emit(xml, ">\n");
	append_annotations(xml, property->annotations, "      ");
	if (differs(iface, property))
		append_annotation(xml, EMITS, property->emits, "      ");
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
		append_property(xml, iface, property);
	append_annotations(xml, iface->annotations, "    ");
	emit(xml, "  </interface>\n");
	return g_string_free(xml, FALSE);
}

char *emit_introspection_xml(const IdlFile *file)
{
	GString *xml = g_string_new(NULL);

	emit_xml_head(xml, file);
	emit_doctype(xml, "node", "D-BUS Object Introspection", "introspect");
	emit(xml, "<node>\n");
	for_each (IdlInterface, iface, file->interfaces) {
		g_autofree char *text = emit_introspection(iface);

		emit(xml, "%s", text);
	}
	emit(xml, "</node>\n");
	return g_string_free(xml, FALSE);
}

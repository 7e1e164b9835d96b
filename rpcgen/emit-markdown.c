/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/emit.h"

#include <string.h>

/*
 * NAME.md: a reference of the interfaces.  Headings: the file, enums, each interface, its
 * methods, properties and signals, each of these.  Enums and interfaces have anchors.
 */

#define COLUMNS 90

/* ---- text ---- */

/* What begins something else than a paragraph where a line begins. */
static bool begins_block(const char *word)
{
	size_t len = strlen(word);

	return *word == '>' || strspn(word, "#") == len || strspn(word, "-+=") == len;
}

/* "1." and "1)" begin a list. */
static bool is_number(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits && (word[digits] == '.' || word[digits] == ')') &&
	       !word[digits + 1];
}

/* Does @c between these mean something, wherever it stands? */
static bool is_special(char before, char c, char after)
{
	if (c == '_')
		return !g_ascii_isalnum(before) || !g_ascii_isalnum(after);
	if (c == '&')
		return g_ascii_isalnum(after) || after == '#';
	return strchr("\\`*[<|~", c) != NULL;
}

static void append_word(GString *out, const char *word, bool first_of_line)
{
	bool number = first_of_line && is_number(word);
	char before = '\0';

	if (first_of_line && begins_block(word))
		emit(out, "\\");
	for (; *word; before = *word++) {
		if (is_special(before, *word, word[1]) || (number && !word[1]))
			emit(out, "\\");
		if ((unsigned char)*word >= ' ' && *word != 0x7f)
			g_string_append_c(out, *word);
	}
}

static void emit_text(GString *out, const GPtrArray *doc)
{
	const EmitFill fill = { append_word, COLUMNS, "", 0 };

	if (!doc->len)
		return;
	emit(out, "\n");
	emit_blocks(out, doc, &fill);
	emit(out, "\n");
}

/* The same in a cell of a table: in one line. */
static void emit_cell(GString *out, const GPtrArray *doc)
{
	for_each (IdlBlock, block, doc) {
		g_auto(GStrv) words = g_strsplit(block->text, " ", -1);

		emit(out, "%s", block_i ? "<br>" : " ");
		if (block->marker)
			emit(out, "%s", *block->marker == '-' ? "• " : block->marker);
		for (char **word = words; *word; word++) {
			append_word(out, *word, false);
			emit(out, word[1] ? " " : "");
		}
	}
}

/* @text as it is. */
static void emit_code(GString *out, const char *text, bool in_table)
{
	bool plain = !strchr(text, '`');
	size_t ticks = 1;

	for (const char *p = text; (p = strchr(p, '`')); p += strspn(p, "`"))
		ticks = MAX(ticks, strspn(p, "`") + 1);
	for (size_t i = 0; i < ticks; i++)
		emit(out, "`");
	emit(out, plain ? "" : " ");
	for (; *text; text++) {
		if (*text == '|' && in_table)
			emit(out, "\\");
		g_string_append_c(out, (unsigned char)*text < ' ' ? ' ' : *text);
	}
	emit(out, plain ? "" : " ");
	for (size_t i = 0; i < ticks; i++)
		emit(out, "`");
}

/* @value of @type: texts in quotes. */
static void emit_value(GString *out, char type, const char *value, bool in_table)
{
	g_autofree char *quoted = g_strconcat("\"", value, "\"", NULL);

	emit_code(out, strchr("sogv", type) ? quoted : value, in_table);
}

/* @level: "##". */
static void emit_heading(GString *out, const char *level, const char *name)
{
	emit(out, "\n%s ", level);
	append_word(out, name, false);
	emit(out, "\n");
}

/* One more in a line of facts. */
static void emit_fact(GString *out, const char *fact)
{
	emit(out, "; %s", fact);
}

static bool is_deprecated(const GPtrArray *annotations)
{
	return !g_strcmp0(idl_annotation(annotations, "org.freedesktop.DBus.Deprecated"),
			  "true");
}

static void emit_enum_link(GString *out, const IdlEnum *values)
{
	emit(out, "[`%s`](#enum-%s)", values->name, values->name);
}

/* ---- enums ---- */

static void emit_enum(GString *out, const IdlEnum *e)
{
	emit(out, "\n<a id=\"enum-%s\"></a>\n", e->name);
	emit_heading(out, "###", e->name);
	emit_text(out, e->doc);
	emit(out, "\nType `%c`.\n", e->type);
	if (!e->values->len)
		return;
	emit(out, "\n| name | value | meaning |\n|---|---|---|\n");
	for_each (IdlEnumValue, value, e->values) {
		emit(out, "| `%s` | ", value->suffix);
		emit_value(out, e->type, value->value, true);
		emit(out, " |");
		emit_cell(out, value->doc);
		emit(out, " |\n");
	}
}

/* ---- methods and signals ---- */

static const char *name_of(const IdlArg *arg)
{
	return arg->name ? arg->name : arg->field;
}

/* "(s name, o path)" */
static void emit_arg_list(GString *out, const GPtrArray *args)
{
	emit(out, "(");
	for_each (IdlArg, arg, args)
		emit(out, "%s%s %s", arg_i ? ", " : "", arg->type->signature,
		     name_of(arg));
	emit(out, ")");
}

static void emit_signature_line(GString *out, const IdlMember *member)
{
	emit(out, "\n```\n%s", member->name);
	emit_arg_list(out, member->in);
	if (member->out->len) {
		emit(out, " -> ");
		emit_arg_list(out, member->out);
	}
	emit(out, "\n```\n");
}

/* @direction: NULL for a signal's. */
static void emit_arg_rows(GString *out, const GPtrArray *args, const char *direction)
{
	for_each (IdlArg, arg, args) {
		const char *members = idl_annotation(arg->annotations,
						     IDL_OURS "Members");

		emit(out, "| `%s` | `%s` |", name_of(arg), arg->type->signature);
		if (direction)
			emit(out, " %s |", direction);
		emit_cell(out, arg->doc);
		if (arg->values) {
			emit(out, "%sOne of ", arg->doc->len ? "<br>" : " ");
			emit_enum_link(out, arg->values);
			emit(out, ".");
		}
		if (members)
			emit(out, "%sMembers: `%s`.", arg->doc->len ? "<br>" : " ",
			     members);
		emit(out, " |\n");
	}
}

static void emit_args(GString *out, const IdlMember *member, bool signal)
{
	if (!member->in->len && !member->out->len)
		return;
	emit(out, signal ? "\n| argument | type | meaning |\n|---|---|---|\n"
			 : "\n| argument | type | | meaning |\n|---|---|---|---|\n");
	emit_arg_rows(out, member->in, signal ? NULL : "in");
	emit_arg_rows(out, member->out, "out");
}

static void emit_method(GString *out, const IdlMember *method)
{
	g_autofree char *access = g_ascii_strdown(method->access, -1);

	emit_heading(out, "####", method->name);
	emit_signature_line(out, method);
	emit_text(out, method->doc);
	emit(out, "\nAccess: %s", access);
	if (method->async)
		emit_fact(out, "asynchronous");
	if (method->no_reply)
		emit_fact(out, "no reply");
	if (is_deprecated(method->annotations))
		emit_fact(out, "deprecated");
	emit(out, ".\n");
	emit_args(out, method, false);
}

static void emit_signal(GString *out, const IdlMember *signal)
{
	emit_heading(out, "####", signal->name);
	emit_signature_line(out, signal);
	emit_text(out, signal->doc);
	if (is_deprecated(signal->annotations))
		emit(out, "\nDeprecated.\n");
	emit_args(out, signal, true);
}

/* ---- properties ---- */

static const struct {
	const char *emits, *of_all, *of_one;
} changes[] = {
	{ "true", "Changes are announced, with the new value",
	  "changes announced with the value" },
	{ "invalidates", "Changes are announced, without the new value",
	  "changes announced without the value" },
	{ "const", "They do not change", "does not change" },
	{ "false", "Changes are not announced", "changes not announced" },
};

static void emit_changes(GString *out, const IdlInterface *iface,
			 const IdlProperty *property)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(changes); i++) {
		if (!property && g_str_equal(changes[i].emits, iface->emits))
			emit(out, "\n%s, unless a property says otherwise.\n",
			     changes[i].of_all);
		if (property && g_str_equal(changes[i].emits, property->emits) &&
		    !g_str_equal(property->emits, iface->emits))
			emit_fact(out, changes[i].of_one);
	}
}

static void emit_range(GString *out, const IdlProperty *property)
{
	g_autofree char *min = g_strdup_printf("%" G_GINT64_FORMAT, property->min);
	g_autofree char *max = g_strdup_printf("%" G_GINT64_FORMAT, property->max);
	bool has_min = property->min != G_MININT64, has_max = property->max != G_MAXINT64;

	if (!property->min && !property->max)
		return;
	emit_fact(out, has_min && has_max ? "" : has_min ? "at least " : "at most ");
	emit(out, "%s%s%s", has_min ? min : "", has_min && has_max ? " to " : "",
	     has_max ? max : "");
}

static void emit_property(GString *out, const IdlInterface *iface,
			  const IdlProperty *property)
{
	emit_heading(out, "####", property->name);
	emit(out, "\n`%s`; %s", property->type->signature,
	     !property->write  ? "read only"
	     : !property->read ? "write only"
			       : "read and write");
	if (property->key) {
		emit_fact(out, "key ");
		emit_code(out, property->key, false);
	}
	if (property->fallback) {
		emit_fact(out, "default ");
		emit_value(out, property->type->code, property->fallback, false);
	}
	emit_range(out, property);
	if (property->values) {
		emit_fact(out, "one of ");
		emit_enum_link(out, property->values);
	}
	emit_changes(out, iface, property);
	if (is_deprecated(property->annotations))
		emit_fact(out, "deprecated");
	emit(out, ".\n");
	emit_text(out, property->doc);
}

static void emit_properties(GString *out, const IdlInterface *iface)
{
	bool has_own = false;

	emit(out, "\n### Properties\n");
	for_each (IdlAnnotation, annotation, iface->annotations)
		if (g_str_equal(annotation->name, IDL_OURS "Includes"))
			emit(out, "\nAll properties of [%s](#%s).\n", annotation->value,
			     annotation->value);
	for_each (IdlProperty, property, iface->properties) {
		if (property->owner != iface)
			continue;
		if (!has_own)
			emit_changes(out, iface, NULL);
		has_own = true;
		emit_property(out, iface, property);
	}
}

/* ---- interfaces ---- */

static void emit_interface(GString *out, const IdlInterface *iface)
{
	emit(out, "\n<a id=\"%s\"></a>\n", iface->name);
	emit_heading(out, "##", iface->name);
	emit_text(out, iface->doc);
	if (iface->service)
		emit(out, "\nServed by `%s`.\n", iface->service);
	if (is_deprecated(iface->annotations))
		emit(out, "\nDeprecated.\n");

	if (iface->methods->len)
		emit(out, "\n### Methods\n");
	for_each (IdlMember, method, iface->methods)
		emit_method(out, method);
	if (iface->properties->len)
		emit_properties(out, iface);
	if (iface->signals->len)
		emit(out, "\n### Signals\n");
	for_each (IdlMember, signal, iface->signals)
		emit_signal(out, signal);
}

/* ---- the file ---- */

static void emit_contents(GString *out, const IdlFile *file)
{
	emit(out, "\n");
	for_each (IdlInterface, iface, file->interfaces)
		emit(out, "- [%s](#%s)\n", iface->name, iface->name);
	for_each (IdlEnum, e, file->enums) {
		emit(out, "- enum ");
		emit_enum_link(out, e);
		emit(out, "\n");
	}
}

char *emit_markdown(const IdlFile *file)
{
	GString *out = g_string_new(NULL);

	emit_xml_head(out, file);
	emit_heading(out, "#", file->name);
	emit_text(out, file->doc);
	if (file->node) {
		emit(out, "\nObjects: ");
		emit_code(out, file->node, false);
		emit(out, "\n");
	}
	emit_contents(out, file);
	for_each (IdlInterface, iface, file->interfaces)
		emit_interface(out, iface);
	if (file->enums->len)
		emit(out, "\n## Enums\n");
	for_each (IdlEnum, e, file->enums)
		emit_enum(out, e);
	return g_string_free(out, FALSE);
}

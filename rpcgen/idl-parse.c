/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl.h"

#include <libxml/parser.h>
#include <string.h>
#include <sys/stat.h>

#include "rpcgen/idl-doc.h"
#include "rpcgen/idl-xml.h"
#include "rpcgen/names.h"

/*
 * From XML to the model.  Nothing is fetched: no network, no DTD, no entities.  All
 * mistakes of a file are reported, not just the first.
 */

#define FILE_MAX (4 * 1024 * 1024)

/* Parameters that the functions of a method, or of a signal, have already. */
static const char *const method_params[] = { "impl", "call", "error", "to",  "done",
					     "data", "in",   "out",   "ops", NULL };
static const char *const signal_params[] = { "bus", "path", "args", NULL };

/* ---- small things of XML ---- */

static int line_of(const xmlNode *node)
{
	return xmlGetLineNo(node);
}

/* An attribute, or NULL.  Owned by the file. */
static char *attribute(IdlFile *file, xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	char *text = idl_own_text(file, g_strdup((const char *)value));

	xmlFree(value);
	return text;
}

static char *tp_attribute(IdlFile *file, xmlNode *node, const char *name)
{
	for (xmlAttr *attr = node->properties; attr; attr = attr->next) {
		const char *prefix = attr->ns ? (const char *)attr->ns->prefix : NULL;
		const char *own = (const char *)attr->name;
		xmlChar *value;
		char *text;

		if (!prefix && g_str_has_prefix(own, "tp:"))
			own += 3;
		else if (g_strcmp0(prefix, "tp"))
			continue;
		if (!g_str_equal(own, name))
			continue;
		value = xmlNodeGetContent((xmlNode *)attr);
		text = idl_own_text(file, g_strdup((const char *)value));
		xmlFree(value);
		return text;
	}
	return NULL;
}

/* The name of a node, or NULL with an error. */
static char *checked_name(IdlFile *file, xmlNode *node, bool (*right)(const char *name),
			  const char *what)
{
	char *name = attribute(file, node, "name");
	const char *article = strchr("aeiou", *what) ? "an" : "a";

	if (!name)
		idl_error(file, line_of(node), "%s %s without a name", article, what);
	else if (!right(name))
		idl_error(file, line_of(node), "\"%s\" cannot be the name of %s %s", name,
			  article, what);
	else
		return name;
	return NULL;
}

/* ---- annotations ---- */

/* Ours, and what they can be said of: a slip in one may open what was to be closed. */
static const struct {
	const char *name, *elements;
} our_annotations[] = {
	{ "Access", "interface, method" },
	{ "Async", "method" },
	{ "Default", "property" },
	{ "Includes", "interface" },
	{ "Key", "property" },
	{ "Max", "property" },
	{ "Members", "arg" },
	{ "Min", "property" },
	{ "Service", "interface" },
};

static void check_annotation(IdlFile *file, xmlNode *node, const char *name)
{
	const char *element = (const char *)node->parent->name;

	if (!g_str_has_prefix(name, IDL_OURS))
		return;
	for (unsigned int i = 0; i < G_N_ELEMENTS(our_annotations); i++) {
		g_auto(GStrv) elements =
			g_strsplit(our_annotations[i].elements, ", ", -1);

		if (!g_str_equal(our_annotations[i].name, name + strlen(IDL_OURS)))
			continue;
		if (!g_strv_contains((const char *const *)elements, element))
			idl_error(file, line_of(node), "%s is of: %s; not of: %s", name,
				  our_annotations[i].elements, element);
		return;
	}
	idl_error(file, line_of(node), "there is no annotation %s", name);
}

static void parse_annotation(IdlFile *file, xmlNode *node, GPtrArray *annotations)
{
	IdlAnnotation *annotation = idl_own(file, sizeof(*annotation));

	annotation->name = attribute(file, node, "name");
	annotation->value = attribute(file, node, "value");
	if (!annotation->name || !annotation->value) {
		idl_error(file, line_of(node), "an annotation has a name and a value");
		return;
	}
	check_annotation(file, node, annotation->name);
	if (g_str_has_prefix(annotation->name, IDL_OURS) &&
	    !g_str_equal(annotation->name, IDL_OURS "Includes") &&
	    idl_annotation(annotations, annotation->name))
		idl_error(file, line_of(node), "%s is there twice", annotation->name);
	g_ptr_array_add(annotations, annotation);
}

static GPtrArray *annotations_of(IdlFile *file, xmlNode *node)
{
	GPtrArray *annotations = idl_own_list(file);

	for (xmlNode *child = node->children; child; child = child->next)
		if (is(child, "annotation"))
			parse_annotation(file, child, annotations);
	return annotations;
}

/* What @annotations say for @name, if it is one of @words; else an error, and NULL. */
static const char *word_of(IdlFile *file, int line, const GPtrArray *annotations,
			   const char *name, const char *const *words)
{
	const char *value = idl_annotation(annotations, name);
	g_autofree char *list = NULL;

	if (!value || g_strv_contains(words, value))
		return value;
	list = g_strjoinv(", ", (char **)words);
	idl_error(file, line, "%s is \"%s\"; it is one of: %s", name, value, list);
	return NULL;
}

static bool flag_of(IdlFile *file, int line, const GPtrArray *annotations, const char *name)
{
	static const char *const words[] = { "true", "false", NULL };

	return !g_strcmp0(word_of(file, line, annotations, name, words), "true");
}

static const char *access_of(IdlFile *file, int line, const GPtrArray *annotations,
			     const char *otherwise)
{
	static const char *const words[] = { "read", "write", "admin", NULL };
	static const char *const names[] = { "READ", "WRITE", "ADMIN" };
	const char *word = word_of(file, line, annotations, IDL_OURS "Access", words);

	for (unsigned int i = 0; word && words[i]; i++)
		if (g_str_equal(words[i], word))
			return names[i];
	return otherwise;
}

static const char *emits_of(IdlFile *file, int line, const GPtrArray *annotations,
			    const char *otherwise)
{
	static const char *const words[] = { "true", "invalidates", "const", "false", NULL };
	const char *word =
		word_of(file, line, annotations,
			"org.freedesktop.DBus.Property.EmitsChangedSignal", words);

	return word ? word : otherwise;
}

/* Whose name on the bus it is, or NULL. */
static const char *service_of(IdlFile *file, int line, const GPtrArray *annotations)
{
	const char *name = idl_annotation(annotations, IDL_OURS "Service");

	if (name && !names_is_service(name))
		idl_error(file, line, "\"%s\" cannot be a name on the bus", name);
	return name;
}

/* ---- enums ---- */

static const struct {
	char type;
	int64_t min;
	uint64_t max;
} number_types[] = {
	{ 'y', 0, G_MAXUINT8 },		{ 'n', G_MININT16, G_MAXINT16 },
	{ 'q', 0, G_MAXUINT16 },	{ 'i', G_MININT32, G_MAXINT32 },
	{ 'u', 0, G_MAXUINT32 },	{ 'x', G_MININT64, G_MAXINT64 },
	{ 't', 0, G_MAXUINT64 },
};

/* @text as a number of @type in decimal, or NULL. */
static char *number_of(char type, const char *text)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(number_types); i++) {
		uint64_t u;
		int64_t n;

		if (number_types[i].type != type)
			continue;
		if (g_ascii_string_to_unsigned(text, 10, 0, number_types[i].max, &u, NULL))
			return g_strdup_printf("%" G_GUINT64_FORMAT, u);
		if (number_types[i].min < 0 &&
		    g_ascii_string_to_signed(text, 10, number_types[i].min, 0, &n, NULL))
			return g_strdup_printf("%" G_GINT64_FORMAT, n);
	}
	return NULL;
}

static void parse_enum_value(IdlFile *file, xmlNode *node, IdlEnum *e)
{
	IdlEnumValue *value = idl_own(file, sizeof(*value));

	value->line = line_of(node);
	value->doc = idl_doc(file, node);
	value->suffix = attribute(file, node, "suffix");
	value->value = attribute(file, node, "value");
	if (!value->suffix || !value->value) {
		idl_error(file, value->line, "a value of an enum has a suffix and a value");
		return;
	}
	for (const char *p = value->suffix; *p; p++)
		if (!g_ascii_isalnum(*p) && *p != '_') {
			idl_error(file, value->line, "\"%s\" cannot be part of a C name",
				  value->suffix);
			return;
		}
	if (e->type != 's') {
		char *number = idl_own_text(file, number_of(e->type, value->value));

		if (!number) {
			idl_error(file, value->line, "\"%s\" is not a number of type \"%c\"",
				  value->value, e->type);
			return;
		}
		value->value = number;
	}
	g_ptr_array_add(e->values, value);
}

static void parse_enum(IdlFile *file, xmlNode *node)
{
	IdlEnum *e = idl_own(file, sizeof(*e));
	const char *type = attribute(file, node, "type");

	e->name = checked_name(file, node, names_is_identifier, "enum");
	if (!e->name)
		return;
	e->line = line_of(node);
	e->doc = idl_doc(file, node);
	e->values = idl_own_list(file);
	if (!type || strlen(type) != 1 || !strchr("synqiuxt", *type)) {
		idl_error(file, e->line, "enum \"%s\" must have the type of a string or number",
			  e->name);
		return;
	}
	e->type = *type;
	for (xmlNode *child = node->children; child; child = child->next)
		if (is_tp(child, "enumvalue"))
			parse_enum_value(file, child, e);
	g_ptr_array_add(file->enums, e);
}

/* The enum that "tp:type" of @node names, or NULL. */
static const IdlEnum *enum_of(IdlFile *file, xmlNode *node, const IdlType *type)
{
	const char *name = tp_attribute(file, node, "type");

	if (!name)
		return NULL;
	for (guint i = 0; i < file->enums->len; i++) {
		const IdlEnum *e = g_ptr_array_index(file->enums, i);

		if (!g_str_equal(e->name, name))
			continue;
		if (type && (type->code != e->type || type->signature[1]))
			idl_error(file, line_of(node),
				  "enum \"%s\" is of type \"%c\", not \"%s\"", name, e->type,
				  type->signature);
		return e;
	}
	idl_error(file, line_of(node), "no enum \"%s\" in this file", name);
	return NULL;
}

/* ---- types ---- */

/* The members' names of the annotation @text, as C names; NULL with an error. */
static char **member_names(IdlFile *file, int line, const char *text)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) words = g_strsplit(text, " ", -1);

	for (char **word = words; *word; word++) {
		char *name;

		if (!**word)
			continue;
		name = names_c(*word, NULL);
		if (!names_is_identifier(*word) ||
		    g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
			idl_error(file, line, "\"%s\" cannot name a member, or does twice",
				  *word);
			g_free(name);
			return NULL;
		}
		g_ptr_array_add(names, name);
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

/* @c_name: of a type with named members. */
static const IdlType *parse_type(IdlFile *file, xmlNode *node, const char *members,
				 const char *c_name)
{
	const char *signature = attribute(file, node, "type");
	const IdlType *type = NULL;
	const char *why = NULL;
	g_auto(GStrv) names = NULL;

	if (!signature) {
		idl_error(file, line_of(node), "it has no type");
		return NULL;
	}
	if (members) {
		names = member_names(file, line_of(node), members);
		if (names)
			type = idl_type_with_members(file->types, signature, c_name, names,
						     &why);
	} else {
		type = idl_type(file->types, signature, &why);
	}
	if (why)
		idl_error(file, line_of(node), "type \"%s\": %s", signature, why);
	return type;
}

/* ---- methods and signals ---- */

/* Is it an "out" argument? */
static bool is_out(IdlFile *file, xmlNode *node)
{
	const char *direction = attribute(file, node, "direction");

	if (direction && !g_str_equal(direction, "in") && !g_str_equal(direction, "out"))
		idl_error(file, line_of(node), "direction \"%s\": it is \"in\" or \"out\"",
			  direction);
	return !g_strcmp0(direction, "out");
}

static void parse_arg(IdlFile *file, xmlNode *node, IdlInterface *iface, IdlMember *member,
		      bool signal)
{
	IdlArg *arg = idl_own(file, sizeof(*arg));
	bool out = is_out(file, node) && !signal;
	g_autofree char *snake = NULL;
	g_autofree char *camel = NULL;
	g_autofree char *c_type = NULL;

	arg->line = line_of(node);
	arg->doc = idl_doc(file, node);
	arg->name = attribute(file, node, "name");
	if (arg->name && !*arg->name)
		arg->name = NULL;
	if (arg->name && !names_is_dashed_member(arg->name)) {
		idl_error(file, arg->line, "\"%s\" cannot be the name of an argument",
			  arg->name);
		return;
	}
	snake = arg->name ? names_snake(arg->name) :
			    g_strdup_printf("arg%u", member->in->len + member->out->len);
	arg->field = idl_own_text(file, names_c(snake, NULL));
	arg->param =
		idl_own_text(file, names_c(snake, signal ? signal_params : method_params));
	arg->annotations = annotations_of(file, node);
	camel = names_camel(snake);
	c_type = g_strconcat(iface->c_type, member->c_type, camel, NULL);
	arg->type = parse_type(file, node,
			       idl_annotation(arg->annotations, IDL_OURS "Members"), c_type);
	if (!arg->type)
		return;
	arg->values = enum_of(file, node, arg->type);
	g_ptr_array_add(out ? member->out : member->in, arg);
}

/* Two names of the bus can be one in C ("sleep" and "Sleep"): the later gets a "_". */
static void name_in_c(IdlFile *file, IdlMember *member, const GPtrArray *others)
{
	GString *c_name = g_string_new(NULL);
	g_autofree char *snake = names_snake(member->name);
	g_autofree char *camel = names_camel(snake);
	guint clashes = 0;

	for (guint i = 0; i < others->len; i++) {
		const IdlMember *other = g_ptr_array_index(others, i);
		g_autofree char *theirs = names_snake(other->name);

		if (g_str_equal(theirs, snake) && !g_str_equal(other->name, member->name))
			clashes++;
	}
	g_string_append(c_name, snake);
	for (guint i = 0; i < clashes; i++)
		g_string_append_c(c_name, '_');
	member->c_name = idl_own_text(file, g_string_free(c_name, FALSE));
	member->op = idl_own_text(file, names_c(member->c_name, NULL));
	member->c_type = idl_own_text(
		file, g_strconcat(camel, member->c_name + strlen(snake), NULL));
	member->c_const = idl_own_text(file, names_upper(member->c_name));
}

static IdlMember *parse_member(IdlFile *file, xmlNode *node, IdlInterface *iface)
{
	bool signal = is(node, "signal");
	IdlMember *member = idl_own(file, sizeof(*member));

	member->name = checked_name(file, node, names_is_member, (const char *)node->name);
	if (!member->name)
		return NULL;
	member->line = line_of(node);
	member->doc = idl_doc(file, node);
	name_in_c(file, member, signal ? iface->signals : iface->methods);
	member->in = idl_own_list(file);
	member->out = idl_own_list(file);
	member->annotations = annotations_of(file, node);
	member->async = flag_of(file, member->line, member->annotations, IDL_OURS "Async");
	member->no_reply = flag_of(file, member->line, member->annotations,
				   "org.freedesktop.DBus.Method.NoReply");
	member->access =
		access_of(file, member->line, member->annotations, iface->access);
	for (xmlNode *child = node->children; child; child = child->next)
		if (is(child, "arg"))
			parse_arg(file, child, iface, member, signal);
	if (member->no_reply && member->out->len)
		idl_error(file, member->line,
			  "method \"%s\" has no reply, so it cannot have \"out\" arguments",
			  member->name);
	return member;
}

/* ---- properties ---- */

static void parse_range(IdlFile *file, IdlProperty *property)
{
	const char *min = idl_annotation(property->annotations, IDL_OURS "Min");
	const char *max = idl_annotation(property->annotations, IDL_OURS "Max");

	if (!min && !max)
		return;
	if (!strchr("ynqiuxtd", property->type->code)) {
		idl_error(file, property->line, "property \"%s\" is not a number: no range",
			  property->name);
		return;
	}
	property->min = G_MININT64;
	property->max = G_MAXINT64;
	if ((min && !g_ascii_string_to_signed(min, 10, G_MININT64, G_MAXINT64, &property->min,
					      NULL)) ||
	    (max && !g_ascii_string_to_signed(max, 10, G_MININT64, G_MAXINT64, &property->max,
					      NULL)) ||
	    property->min > property->max)
		idl_error(file, property->line,
			  "the range of property \"%s\" is not two numbers in order",
			  property->name);
}

static IdlProperty *parse_property(IdlFile *file, xmlNode *node, IdlInterface *iface)
{
	IdlProperty *property = idl_own(file, sizeof(*property));
	const char *access = attribute(file, node, "access");
	char *snake;

	property->name = checked_name(file, node, names_is_dashed_member, "property");
	if (!property->name)
		return NULL;
	property->line = line_of(node);
	property->doc = idl_doc(file, node);
	snake = idl_own_text(file, names_snake(property->name));
	property->c_const = idl_own_text(file, names_upper(snake));
	property->type = parse_type(file, node, NULL, NULL);
	if (!property->type)
		return NULL;
	property->read = !g_strcmp0(access, "read") || !g_strcmp0(access, "readwrite");
	property->write = !g_strcmp0(access, "write") || !g_strcmp0(access, "readwrite");
	if (!property->read && !property->write)
		idl_error(file, property->line,
			  "the access of property \"%s\" is read, write or readwrite",
			  property->name);
	property->annotations = annotations_of(file, node);
	property->owner = iface;
	property->emits =
		emits_of(file, property->line, property->annotations, iface->emits);
	property->key = (char *)idl_annotation(property->annotations, IDL_OURS "Key");
	property->fallback =
		(char *)idl_annotation(property->annotations, IDL_OURS "Default");
	property->values = enum_of(file, node, property->type);
	parse_range(file, property);
	return property;
}

/* ---- interfaces ---- */

static void add_member(GPtrArray *members, void *member)
{
	if (member)
		g_ptr_array_add(members, member);
}

static void parse_interface(IdlFile *file, xmlNode *node)
{
	IdlInterface *iface = idl_own(file, sizeof(*iface));

	iface->name = checked_name(file, node, names_is_interface, "interface");
	if (!iface->name)
		return;
	iface->line = line_of(node);
	iface->doc = idl_doc(file, node);
	iface->prefix = idl_own_text(file, names_prefix(iface->name));
	iface->c_type = idl_own_text(file, names_camel(iface->prefix));
	iface->c_const = idl_own_text(file, names_upper(iface->prefix));
	iface->methods = idl_own_list(file);
	iface->signals = idl_own_list(file);
	iface->properties = idl_own_list(file);
	iface->includes = idl_own_list(file);
	iface->annotations = annotations_of(file, node);
	iface->access = access_of(file, iface->line, iface->annotations, "ADMIN");
	iface->service = service_of(file, iface->line, iface->annotations);
	iface->emits = emits_of(file, iface->line, iface->annotations, "true");

	for (xmlNode *child = node->children; child; child = child->next) {
		if (is(child, "method"))
			add_member(iface->methods, parse_member(file, child, iface));
		else if (is(child, "signal"))
			add_member(iface->signals, parse_member(file, child, iface));
		else if (is(child, "property"))
			add_member(iface->properties, parse_property(file, child, iface));
	}
	g_ptr_array_add(file->interfaces, iface);
}

/* ---- the document ---- */

/* Elements that the format does not have are mistakes, most often of spelling. */
static void check_elements(IdlFile *file, xmlNode *node)
{
	for (; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE || is_tp(node, "docstring"))
			continue;
		if (!is_element_name((const char *)node->name) &&
		    !is_tp(node, "enum") && !is_tp(node, "enumvalue"))
			idl_error(file, line_of(node), "unknown element \"%s\"",
				  (const char *)node->name);
		check_elements(file, node->children);
	}
}

static void parse_document(IdlFile *file, xmlDoc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc);

	/* the internal subset may declare entities: none are taken */
	if (doc->intSubset && doc->intSubset->children) {
		idl_error(file, 1, "declarations in the DOCTYPE are not taken");
		return;
	}
	if (!root || !is(root, "node")) {
		idl_error(file, root ? line_of(root) : 1, "the document is not a \"node\"");
		return;
	}
	check_elements(file, root);
	file->node = attribute(file, root, "name");
	file->doc = idl_doc(file, root);
	for (xmlNode *node = root->children; node; node = node->next) {
		if (is_tp(node, "enum"))
			parse_enum(file, node);
		/* enums of an interface are the file's */
		for (xmlNode *in = is(node, "interface") ? node->children : NULL; in;
		     in = in->next)
			if (is_tp(in, "enum"))
				parse_enum(file, in);
	}
	for (xmlNode *node = root->children; node; node = node->next)
		if (is(node, "interface"))
			parse_interface(file, node);
}

static void xml_error(void *data, xmlErrorPtr error)
{
	IdlFile *file = data;
	g_autofree char *text = NULL;

	if (error->level < XML_ERR_ERROR || file->errors->len)
		return;
	/* an undeclared prefix ("tp:") is no error here */
	if (error->domain == XML_FROM_NAMESPACE)
		return;
	text = g_strchomp(g_strdup(error->message));
	idl_error(file, error->line, "%s", text);
}

static char *read_text(IdlFile *file, size_t *ret_len)
{
	g_autoptr(GError) error = NULL;
	struct stat st;
	char *text;

	if (!stat(file->path, &st) && st.st_size > FILE_MAX) {
		idl_error(file, 0, "larger than %d bytes", FILE_MAX);
		return NULL;
	}
	if (g_file_get_contents(file->path, &text, ret_len, &error))
		return text;
	g_ptr_array_add(file->errors, g_strdup(error->message));
	return NULL;
}

IdlFile *idl_read(const char *path, const char *name)
{
	IdlFile *file = idl_new(path, name);
	g_autofree char *snake = names_snake(name);
	g_autofree char *text = NULL;
	size_t len;
	xmlDoc *doc;

	file->c_const = idl_own_text(file, names_upper(snake));
	text = read_text(file, &len);
	if (!text)
		return file;

	xmlSetStructuredErrorFunc(file, xml_error);
	doc = xmlReadMemory(text, len, path, NULL, XML_PARSE_NONET);
	if (doc)
		parse_document(file, doc);
	else if (!file->errors->len)
		idl_error(file, 1, "not an XML document");
	xmlFreeDoc(doc);
	xmlSetStructuredErrorFunc(NULL, NULL);
	xmlCleanupParser();
	if (!file->errors->len)
		idl_check(file);
	return file;
}

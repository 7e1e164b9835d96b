/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/command.h"

#include <string.h>

#include "lib/error.h"
#include "xenmgr/cli/introspect.h"
#include "xenmgr/cli/known.h"
#include "xenmgr/cli/text.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

typedef struct {
	const XecArgs *args;
	RpcTarget to;
	GString *out;
	GPtrArray *interfaces; /* introspected, when that was needed */
} Command;

bool command_from_bus(GError **error)
{
	if (error && *error) {
		g_autofree char *name = g_strdup(xt_error_bus_name(*error));

		g_prefix_error(error, "%s: ", name);
	}
	return false;
}

/* ---- which interface has it, and of which types it is ---- */

typedef struct {
	char *iface;
	char *signature; /* of a property, or of a method's arguments */
} Member;

static void member_clear(Member *member)
{
	g_free(member->iface);
	g_free(member->signature);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Member, member_clear)

static void member_set(Member *member, const char *iface, const char *signature)
{
	member->iface = g_strdup(iface);
	member->signature = g_strdup(signature);
}

static bool introspect(Command *c, GError **error)
{
	g_autoptr(GPtrArray) reply = NULL;
	const RpcValue *xml;

	if (c->interfaces)
		return true;
	reply = rpc_call_values(&c->to, "org.freedesktop.DBus.Introspectable", "Introspect",
				NULL, error);
	if (!reply)
		return command_from_bus(error);
	xml = reply->len == 1 ? g_ptr_array_index(reply, 0) : NULL;
	if (!xml || xml->signature[0] != 's')
		return xt_fail(error, XT_ERROR_FAILED, "bad introspection reply");
	c->interfaces = introspect_parse(xml->string, error);
	return c->interfaces != NULL;
}

/* Whether to look for members in the interface of that name. */
static bool is_asked(const Command *c, const char *iface)
{
	return !c->args->interface || g_str_equal(c->args->interface, iface);
}

static bool find_known(const Command *c, const char *name, bool property, Member *member)
{
	const RpcInterface *const *known = known_interfaces(c->to.service, c->to.path);

	for (; known && *known; known++) {
		if (!is_asked(c, (*known)->name))
			continue;
		if (property) {
			const RpcProperty *p = rpc_find_property(*known, name);

			if (p) {
				member_set(member, (*known)->name, p->type->signature);
				return true;
			}
		} else {
			const RpcMethod *m = rpc_find_method(*known, name);

			if (m) {
				member_set(member, (*known)->name, m->in ? m->in->signature : "");
				return true;
			}
		}
	}
	return false;
}

static char *signature_of(const GPtrArray *args)
{
	g_autoptr(GString) s = g_string_new(NULL);

	for (guint i = 0; i < args->len; i++)
		g_string_append(s, ((const IntrospectArg *)g_ptr_array_index(args, i))->signature);
	return g_string_free(g_steal_pointer(&s), FALSE);
}

static bool find_introspected(const Command *c, const char *name, bool property,
			      Member *member)
{
	for (guint i = 0; i < c->interfaces->len; i++) {
		const IntrospectInterface *iface = g_ptr_array_index(c->interfaces, i);
		const IntrospectMethod *m;
		const IntrospectProperty *p;

		if (!is_asked(c, iface->name))
			continue;
		if (property && (p = introspect_property(iface, name))) {
			member_set(member, iface->name, p->signature);
			return true;
		}
		if (!property && (m = introspect_method(iface, name))) {
			member->iface = g_strdup(iface->name);
			member->signature = signature_of(m->in);
			return true;
		}
	}
	return false;
}

static bool find_member(Command *c, const char *name, bool property, Member *member,
			GError **error)
{
	const char *kind = property ? "property" : "method";
	const char *iface = c->args->interface;

	if (find_known(c, name, property, member))
		return true;
	if (!introspect(c, error))
		return false;
	if (find_introspected(c, name, property, member))
		return true;

	if (!iface)
		return xt_fail(error, XT_ERROR_INVALID,
			       "%s %s not found in any of the interfaces", kind, name);
	if (!introspect_find(c->interfaces, iface))
		return xt_fail(error, XT_ERROR_INVALID, "interface %s not found", iface);
	return xt_fail(error, XT_ERROR_INVALID, "%s %s.%s not found", kind, iface, name);
}

static RpcValue *parse_arg(unsigned int n, const char *text, const char *signature,
			   GError **error)
{
	RpcValue *value = text_parse(text, signature, error);

	if (!value)
		g_prefix_error(error, "error parsing argument %u: ", n);
	return value;
}

static void print_line(GString *out, const RpcValue *value)
{
	text_print(out, value);
	g_string_append_c(out, '\n');
}

/* ---- properties ---- */

static bool command_get(Command *c, const char *name, GError **error)
{
	g_auto(Member) member = {};
	g_autoptr(RpcValue) value = NULL;

	/* an interface that was named needs no search: the type comes with the value */
	if (c->args->interface)
		member_set(&member, c->args->interface, "v");
	else if (!find_member(c, name, true, &member, error))
		return false;

	value = rpc_get_property(&c->to, member.iface, name, error);
	if (!value)
		return command_from_bus(error);
	print_line(c->out, value);
	return true;
}

static bool command_set(Command *c, const char *name, const char *text, GError **error)
{
	g_auto(Member) member = {};
	g_autoptr(RpcValue) value = NULL;

	if (!find_member(c, name, true, &member, error))
		return false;
	value = parse_arg(1, text, member.signature, error);
	if (!value)
		return false;
	return rpc_set_property(&c->to, member.iface, name, value, error) || command_from_bus(error);
}

static void print_property(GString *out, const RpcValue *entry)
{
	const RpcValue *name = g_ptr_array_index(entry->items, 0);
	g_autofree char *quoted = g_strdup_printf("\"%s\"", name->string);

	g_string_append_printf(out, "  %-35s = ", quoted);
	print_line(out, g_ptr_array_index(entry->items, 1));
}

static bool get_all(Command *c, const char *iface, GError **error)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func((GDestroyNotify)rpc_value_free);
	g_autoptr(GPtrArray) reply = NULL;
	const RpcValue *dict;

	g_ptr_array_add(args, rpc_value_new_string(iface));
	reply = rpc_call_values(&c->to, PROPERTIES, "GetAll", args, error);
	if (!reply)
		return command_from_bus(error);
	dict = reply->len == 1 ? g_ptr_array_index(reply, 0) : NULL;
	if (!dict || !g_str_equal(dict->signature, "a{sv}"))
		return xt_fail(error, XT_ERROR_FAILED, "bad reply to GetAll of %s", iface);
	if (!dict->items->len)
		return true;

	g_string_append_printf(c->out, "%s\n{\n", iface);
	for (guint i = 0; i < dict->items->len; i++)
		print_property(c->out, g_ptr_array_index(dict->items, i));
	g_string_append(c->out, "}\n");
	return true;
}

/* A service that has less than the tables is listed with what it has. */
static bool getall_known(Command *c, const RpcInterface *const *known, GError **error)
{
	for (; *known; known++) {
		g_autoptr(GError) failed = NULL;

		if (!(*known)->n_properties || get_all(c, (*known)->name, &failed))
			continue;
		if (g_error_matches(failed, XT_ERROR, XT_ERROR_UNKNOWN_INTERFACE))
			continue;
		g_propagate_error(error, g_steal_pointer(&failed));
		return false;
	}
	return true;
}

static bool command_getall(Command *c, GError **error)
{
	const RpcInterface *const *known = known_interfaces(c->to.service, c->to.path);

	if (c->args->interface)
		return get_all(c, c->args->interface, error);
	if (known)
		return getall_known(c, known, error);

	if (!introspect(c, error))
		return false;
	for (guint i = 0; i < c->interfaces->len; i++) {
		const IntrospectInterface *iface = g_ptr_array_index(c->interfaces, i);

		if (iface->properties->len && !get_all(c, iface->name, error))
			return false;
	}
	return true;
}

/* ---- methods ---- */

static GPtrArray *parse_args(const char *name, const char *const *texts,
			     const char *signature, GError **error)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new_with_free_func((GDestroyNotify)rpc_value_free);
	unsigned int given = g_strv_length((char **)texts), expected = 0;

	for (const char *s = signature; *s; s = rpc_signature_next(s))
		expected++;
	if (expected != given) {
		xt_fail(error, XT_ERROR_INVALID, "method %s expects %u args, but %u were given",
			name, expected, given);
		return NULL;
	}
	for (unsigned int i = 0; i < given; i++) {
		const char *next = rpc_signature_next(signature);
		g_autofree char *type = g_strndup(signature, next - signature);
		RpcValue *value = parse_arg(i + 1, texts[i], type, error);

		if (!value)
			return NULL;
		g_ptr_array_add(args, value);
		signature = next;
	}
	return g_steal_pointer(&args);
}

static bool command_call(Command *c, const char *const *words, GError **error)
{
	g_autofree char *name = g_strdelimit(g_strdup(words[0]), "-", '_');
	g_autoptr(GPtrArray) args = NULL, reply = NULL;
	g_auto(Member) member = {};

	if (!find_member(c, name, false, &member, error))
		return false;
	args = parse_args(name, words + 1, member.signature, error);
	if (!args)
		return false;
	reply = rpc_call_values(&c->to, member.iface, name, args, error);
	if (!reply)
		return command_from_bus(error);
	for (guint i = 0; i < reply->len; i++)
		print_line(c->out, g_ptr_array_index(reply, i));
	return true;
}

/* ---- listings ---- */

static bool command_introspect(Command *c, GError **error)
{
	if (!introspect(c, error))
		return false;
	introspect_print(c->out, c->interfaces);
	return true;
}

static bool command_list(Command *c, GError **error)
{
	if (!introspect(c, error))
		return false;
	if (c->args->list_interfaces) {
		introspect_print_interfaces(c->out, c->interfaces);
		return true;
	}
	for (guint i = 0; i < c->interfaces->len; i++) {
		const IntrospectInterface *iface = g_ptr_array_index(c->interfaces, i);

		if (!is_asked(c, iface->name))
			continue;
		if (c->args->list_methods)
			introspect_print_methods(c->out, iface);
		else
			introspect_print_properties(c->out, iface);
	}
	return true;
}

/* ---- words ---- */

static bool expect_words(const char *const *words, unsigned int n, GError **error)
{
	unsigned int given = g_strv_length((char **)words) - 1;

	return given == n || xt_fail(error, XT_ERROR_INVALID, "%s expects %u args, but %u were given",
				     words[0], n, given);
}

static bool command_words(Command *c, const char *const *words, GError **error)
{
	if (!words[0])
		return command_introspect(c, error);
	if (g_str_equal(words[0], "getall"))
		return expect_words(words, 0, error) && command_getall(c, error);
	if (g_str_equal(words[0], "get"))
		return expect_words(words, 1, error) && command_get(c, words[1], error);
	if (g_str_equal(words[0], "set"))
		return expect_words(words, 2, error) &&
		       command_set(c, words[1], words[2], error);
	return command_call(c, words, error);
}

bool command_run(Bus *bus, const XecArgs *args, GString *out, GError **error)
{
	Command c = {
		.args = args,
		.to = { bus, args->service, args->object },
		.out = out,
	};
	bool ok;

	if (args->list_interfaces || args->list_methods || args->list_properties)
		ok = command_list(&c, error);
	else if (args->get)
		ok = command_get(&c, args->get, error);
	else if (args->set)
		ok = command_set(&c, args->set, args->set_value, error);
	else
		ok = command_words(&c, args->words, error);

	if (c.interfaces)
		g_ptr_array_unref(c.interfaces);
	return ok;
}

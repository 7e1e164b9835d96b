/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/filter.h"

#include <string.h>
#include "lib/uuid.h"
#include "policy/message.h"

#define GUEST_NAME "com.citrix.xenclient.guest.uuid_"

struct Filter {
	const Policy *policy;
	char *name;         /* unique */
	uint32_t hello;     /* serial of the guest's Hello, 0 before it */
	GHashTable *calls;  /* serial -> itself, of calls that wait for their answer */
	GHashTable *served; /* "sender serial" of calls that the guest is to answer */
};

Filter *filter_new(const Policy *policy)
{
	Filter *filter = g_new0(Filter, 1);

	filter->policy = policy;
	return filter;
}

void filter_free(Filter *filter)
{
	if (!filter)
		return;
	g_clear_pointer(&filter->calls, g_hash_table_unref);
	g_clear_pointer(&filter->served, g_hash_table_unref);
	g_free(filter->name);
	g_free(filter);
}

bool filter_awaits_hello(const Filter *filter)
{
	return !filter->hello;
}

bool filter_awaits_name(const Filter *filter)
{
	return filter->hello && !filter->name;
}

const char *filter_name(const Filter *filter)
{
	return filter->name;
}

/* ---- calls and their answers ---- */

/* The tables are made when needed: most connections are idle, and many. */
static bool remember(GHashTable **table, void *key, GHashFunc hash, GEqualFunc equal,
		     GDestroyNotify destroy)
{
	if (!*table)
		*table = g_hash_table_new_full(hash, equal, destroy, NULL);
	return g_hash_table_add(*table, key);
}

static bool is_open(const Filter *filter, uint32_t serial)
{
	return filter->calls &&
	       g_hash_table_contains(filter->calls, GUINT_TO_POINTER(serial));
}

static void open_call(Filter *filter, uint32_t serial)
{
	remember(&filter->calls, GUINT_TO_POINTER(serial), g_direct_hash, g_direct_equal,
		 NULL);
}

static bool close_call(Filter *filter, uint32_t serial)
{
	return filter->calls &&
	       g_hash_table_remove(filter->calls, GUINT_TO_POINTER(serial));
}

static char *served_key(const char *caller, uint32_t serial)
{
	return g_strdup_printf("%s %u", caller, serial);
}

static bool close_served(Filter *filter, const char *caller, uint32_t serial)
{
	g_autofree char *key = NULL;

	if (!filter->served || !caller)
		return false;
	key = served_key(caller, serial);
	return g_hash_table_remove(filter->served, key);
}

static bool is_full(GHashTable *table)
{
	return table && g_hash_table_size(table) >= FILTER_CALLS_MAX;
}

/* ---- rulings ---- */

static bool wants_answer(const Ruling *ruling, DBusMessage *message)
{
	return ruling->subject.kind == RULE_METHOD_CALL &&
	       !dbus_message_get_no_reply(message);
}

static Ruling refuse(Ruling ruling, DBusMessage *message, const char *why)
{
	ruling.pass = false;
	ruling.why = why;
	ruling.error_name = wants_answer(&ruling, message) ? DBUS_ERROR_ACCESS_DENIED
							   : NULL;
	return ruling;
}

static Ruling refuse_full(Ruling ruling, DBusMessage *message)
{
	ruling = refuse(ruling, message, "too many calls wait for their answer");
	if (ruling.error_name)
		ruling.error_name = DBUS_ERROR_LIMITS_EXCEEDED;
	return ruling;
}

static Ruling by_policy(const Filter *filter, Ruling ruling, DBusMessage *message)
{
	Verdict verdict = decide(filter->policy, &ruling.subject);

	ruling.rule = verdict.rule;
	if (!verdict.allow)
		return refuse(ruling, message, NULL);
	ruling.pass = true;
	return ruling;
}

char *filter_explain(const Ruling *ruling)
{
	g_autoptr(GString) text = g_string_new("denied by ");

	g_string_append(text, ruling->why ? "the proxy: " : "policy: ");
	message_describe(&ruling->subject, text);
	if (ruling->why)
		g_string_append_printf(text, ": %s", ruling->why);
	return g_string_free(g_steal_pointer(&text), false);
}

/* ---- what a guest may ask of the bus ---- */

/* NULL, or why not. */
typedef const char *(*BusMemberCheck)(const Filter *filter, DBusMessage *message);

static const char *first_argument(DBusMessage *message)
{
	const char *text;

	return dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, &text,
				     DBUS_TYPE_INVALID)
		       ? text
		       : NULL;
}

static const char *check_own_name(const Filter *filter, DBusMessage *message)
{
	g_autofree char *own = g_strconcat(GUEST_NAME, filter->policy->uuid, NULL);

	g_strdelimit(own, "-", '_');
	return g_strcmp0(first_argument(message), own) == 0
		       ? NULL
		       : "a guest's name is " GUEST_NAME "<its uuid>";
}

static const char *check_match(const Filter *filter, DBusMessage *message)
{
	const char *match = first_argument(message);

	return match && strstr(match, "eavesdrop") ? "a match must not eavesdrop" : NULL;
}

/* The bus finds its methods by the member alone where there is no interface: so do we. */
/* clang-format off */
static const struct {
	const char *member;
	BusMemberCheck check;
} bus_members[] = {
	{ "AddMatch", check_match },
	{ "Get" },
	{ "GetAll" },
	{ "GetId" },
	{ "GetMachineId" },
	{ "GetNameOwner" },
	{ "Hello" },
	{ "Introspect" },
	{ "ListActivatableNames" },
	{ "ListNames" },
	{ "NameHasOwner" },
	{ "Ping" },
	{ "ReleaseName" },
	{ "RemoveMatch" },
	{ "RequestName", check_own_name },
	{ "StartServiceByName" },
};
/* clang-format on */

static const char *check_bus_member(const Filter *filter, DBusMessage *message)
{
	const char *member = dbus_message_get_member(message);

	for (unsigned int i = 0; i < G_N_ELEMENTS(bus_members); i++)
		if (g_strcmp0(member, bus_members[i].member) == 0)
			return bus_members[i].check
				       ? bus_members[i].check(filter, message)
				       : NULL;
	return "no guest may ask this of the bus";
}

/* ---- from the guest ---- */

static bool is_hello(const Subject *subject)
{
	return subject->kind == RULE_METHOD_CALL &&
	       g_strcmp0(subject->destination, BUS_NAME) == 0 &&
	       g_strcmp0(subject->member, "Hello") == 0;
}

static Ruling hello_from_guest(Filter *filter, Ruling ruling, DBusMessage *message)
{
	if (!is_hello(&ruling.subject) || dbus_message_get_no_reply(message))
		return refuse(ruling, message, "the first message must be Hello");
	filter->hello = dbus_message_get_serial(message);
	open_call(filter, filter->hello);
	ruling.pass = true;
	return ruling;
}

static Ruling answer_from_guest(Filter *filter, Ruling ruling, DBusMessage *message)
{
	if (!close_served(filter, ruling.subject.destination,
			  dbus_message_get_reply_serial(message)))
		return refuse(ruling, message, "it answers no call");
	ruling.pass = true;
	return ruling;
}

static const char *check_call(const Filter *filter, const Subject *subject,
			      DBusMessage *message)
{
	if (!subject->destination)
		return "a call needs a destination";
	if (g_str_equal(subject->destination, BUS_NAME))
		return check_bus_member(filter, message);
	return NULL;
}

static Ruling call_from_guest(Filter *filter, Ruling ruling, DBusMessage *message)
{
	uint32_t serial = dbus_message_get_serial(message);
	const char *why = check_call(filter, &ruling.subject, message);

	if (why)
		return refuse(ruling, message, why);
	if (is_open(filter, serial))
		return refuse(ruling, message,
			      "a call of the same serial is not answered yet");
	if (!is_hello(&ruling.subject))
		ruling = by_policy(filter, ruling, message);
	else
		ruling.pass = true;
	if (!ruling.pass || dbus_message_get_no_reply(message))
		return ruling;

	if (is_full(filter->calls))
		return refuse_full(ruling, message);
	open_call(filter, serial);
	return ruling;
}

Ruling filter_from_guest(Filter *filter, DBusMessage *message)
{
	Ruling ruling = { 0 };
	const Subject *subject = &ruling.subject;

	message_subject(message, RULE_INC, &ruling.subject);
	if (subject->sender && g_strcmp0(subject->sender, filter->name) != 0)
		return refuse(ruling, message, "its sender is not its own");
	if (filter_awaits_hello(filter))
		return hello_from_guest(filter, ruling, message);
	if (subject->kind == RULE_METHOD_RETURN || subject->kind == RULE_ERROR)
		return answer_from_guest(filter, ruling, message);
	if (subject->destination && subject->destination[0] == ':')
		return refuse(ruling, message,
			      "a connection is no destination, a name is");
	if (subject->kind == RULE_METHOD_CALL)
		return call_from_guest(filter, ruling, message);
	if (subject->kind == RULE_SIGNAL)
		return by_policy(filter, ruling, message);
	return refuse(ruling, message, "its type is unknown");
}

/* ---- to the guest ---- */

/* The answer to Hello is what tells the guest's name; if it is an error there is none. */
static bool take_name(Filter *filter, DBusMessage *message)
{
	const char *name = first_argument(message);

	if (dbus_message_get_type(message) != DBUS_MESSAGE_TYPE_METHOD_RETURN || !name)
		return false;
	filter->name = g_strdup(name);
	return true;
}

static Ruling answer_to_guest(Filter *filter, Ruling ruling, DBusMessage *message)
{
	uint32_t serial = dbus_message_get_reply_serial(message);

	if (!close_call(filter, serial))
		return refuse(ruling, message, "it answers no call");
	if (!filter->name && serial == filter->hello)
		ruling.greeted = take_name(filter, message);
	ruling.pass = true;
	return ruling;
}

static Ruling call_to_guest(Filter *filter, Ruling ruling, DBusMessage *message)
{
	ruling = by_policy(filter, ruling, message);
	if (!ruling.pass || dbus_message_get_no_reply(message))
		return ruling;
	if (!ruling.subject.sender)
		return refuse(ruling, message, "it has no sender");
	if (is_full(filter->served))
		return refuse_full(ruling, message);

	remember(&filter->served,
		 served_key(ruling.subject.sender, dbus_message_get_serial(message)),
		 g_str_hash, g_str_equal, g_free);
	return ruling;
}

Ruling filter_to_guest(Filter *filter, DBusMessage *message)
{
	Ruling ruling = { 0 };

	message_subject(message, RULE_OUT, &ruling.subject);
	if (ruling.subject.kind == RULE_METHOD_RETURN ||
	    ruling.subject.kind == RULE_ERROR)
		return answer_to_guest(filter, ruling, message);
	if (ruling.subject.kind == RULE_METHOD_CALL)
		return call_to_guest(filter, ruling, message);
	if (ruling.subject.kind == RULE_SIGNAL)
		return by_policy(filter, ruling, message);
	return refuse(ruling, message, "its type is unknown");
}

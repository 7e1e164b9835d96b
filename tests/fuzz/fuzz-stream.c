/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "policy/filter.h"
#include "policy/message.h"
#include "policy/sasl.h"
#include "policy/stream.h"
#include "tests/fuzz/fuzz.h"

/* What a guest sends, from its first byte on, as policy/stream.c takes it. */

static void check_passed(const Ruling *ruling)
{
	const char *destination = ruling->subject.destination;

	if (ruling->subject.sender || (ruling->subject.kind == RULE_METHOD_CALL &&
				       (!destination || destination[0] == ':')))
		g_error("passed, and must not");
}

static void take_messages(Filter *filter, Buffer *in)
{
	for (;;) {
		ssize_t len = message_length(buffer_data(in), in->len,
					     STREAM_GUEST_MESSAGE_MAX, NULL);
		g_autoptr(DBusMessage) message = NULL;
		Ruling ruling;

		if (len <= 0 || (size_t)len > in->len)
			return;
		message = message_read(buffer_data(in), len, NULL);
		if (!message)
			return;
		ruling = filter_from_guest(filter, message);
		if (ruling.pass) {
			check_passed(&ruling);
		} else {
			g_autofree char *text = filter_explain(&ruling);

			g_byte_array_unref(message_answer(message, BUS_NAME, ":1.5",
							  DBUS_ERROR_ACCESS_DENIED,
							  text));
		}
		buffer_take(in, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char text[] =
		"allow all\ndeny interface org.freedesktop.DBus.Properties "
		"member Set";
	g_autoptr(RuleSet) rules = rule_set_new();
	Policy policy = { .global = rules,
			  .uuid = "00000000-0000-0000-0000-00000000000a",
			  .domid = 5 };
	g_autoptr(Filter) filter = filter_new(&policy);
	SaslServer server = { 0 };
	Buffer in = { 0 }, out = { 0 };

	if (!rules_parse(rules, text, strlen(text), "fuzz", NULL))
		g_error("the rules of the test do not parse");
	buffer_add(&in, data, len);
	if (sasl_serve(&server, &in, &out) == SASL_DONE)
		take_messages(filter, &in);
	buffer_clear(&in);
	buffer_clear(&out);
	return 0;
}

static void add_message(GByteArray *seed, DBusMessage *message, uint32_t serial)
{
	char *wire;
	int len;

	dbus_message_set_serial(message, serial);
	if (!dbus_message_marshal(message, &wire, &len))
		g_error("out of memory");
	g_byte_array_append(seed, (const uint8_t *)wire, len);
	dbus_free(wire);
	dbus_message_unref(message);
}

static DBusMessage *call(const char *destination, const char *interface,
			 const char *member)
{
	return dbus_message_new_method_call(destination, "/a/b", interface, member);
}

GPtrArray *fuzz_seeds(void)
{
	static const char auth[] =
		"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	const char *interface = "x.y", *property = "p";
	GPtrArray *seeds = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_byte_array_unref);
	GByteArray *seed = g_byte_array_new();
	DBusMessage *set = call("a.b", "org.freedesktop.DBus.Properties", "Set");
	DBusMessage *match = call(BUS_NAME, BUS_NAME, "AddMatch");

	dbus_message_append_args(set, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING,
				 &property, DBUS_TYPE_INVALID);
	dbus_message_append_args(match, DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID);
	g_byte_array_append(seed, (const uint8_t *)auth, sizeof(auth) - 1);
	add_message(seed, call(BUS_NAME, BUS_NAME, "Hello"), 1);
	add_message(seed, set, 2);
	add_message(seed, match, 3);
	add_message(seed, call(":1.2", "c.d", "m"), 4);
	add_message(seed, dbus_message_new_signal("/", "e.f", "s"), 5);
	g_ptr_array_add(seeds, seed);
	return seeds;
}

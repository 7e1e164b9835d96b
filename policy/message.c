/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/message.h"

#include <string.h>
#include "lib/error.h"

#define FIXED_HEADER  16         /* up to the header's fields */
#define ANSWER_SERIAL UINT32_MAX /* nobody answers an error, so nobody looks at it */

static uint32_t uint32_at(const uint8_t *data, bool little)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return little ? GUINT32_FROM_LE(value) : GUINT32_FROM_BE(value);
}

static ssize_t refuse_length(GError **error, const char *what, size_t is, size_t max)
{
	xt_fail(error, XT_ERROR_LIMIT,
		"a message with %zu bytes of %s, at most %zu are taken", is, what, max);
	return -1;
}

ssize_t message_length(const uint8_t *data, size_t len, size_t max, GError **error)
{
	size_t body, fields, all;

	if (len && data[0] != DBUS_LITTLE_ENDIAN && data[0] != DBUS_BIG_ENDIAN) {
		xt_fail(error, XT_ERROR_INVALID, "no message begins with the byte 0x%02x",
			data[0]);
		return -1;
	}
	if (len < FIXED_HEADER)
		return 0;

	body = uint32_at(data + 4, data[0] == DBUS_LITTLE_ENDIAN);
	fields = uint32_at(data + 12, data[0] == DBUS_LITTLE_ENDIAN);
	if (fields > MESSAGE_HEADER_MAX)
		return refuse_length(error, "header", fields, MESSAGE_HEADER_MAX);
	if (body > max)
		return refuse_length(error, "body", body, max);
	all = FIXED_HEADER + ((fields + 7) & ~(size_t)7) + body;
	if (all > max)
		return refuse_length(error, "header and body", all, max);
	return all;
}

DBusMessage *message_read(const uint8_t *data, size_t len, GError **error)
{
	DBusError failed = DBUS_ERROR_INIT;
	DBusMessage *message = dbus_message_demarshal((const char *)data, len, &failed);

	if (!message) {
		xt_fail(error, XT_ERROR_INVALID, "not a message: %s", failed.message);
		dbus_error_free(&failed);
	}
	return message;
}

static RuleKind message_kind(DBusMessage *message)
{
	static const RuleKind kinds[] = {
		[DBUS_MESSAGE_TYPE_METHOD_CALL] = RULE_METHOD_CALL,
		[DBUS_MESSAGE_TYPE_METHOD_RETURN] = RULE_METHOD_RETURN,
		[DBUS_MESSAGE_TYPE_ERROR] = RULE_ERROR,
		[DBUS_MESSAGE_TYPE_SIGNAL] = RULE_SIGNAL,
	};
	unsigned int type = dbus_message_get_type(message);

	return type < G_N_ELEMENTS(kinds) ? kinds[type] : 0;
}

/* An empty interface in such a call is "any": it lacks one. */
static const char *first_string(DBusMessage *message)
{
	DBusMessageIter args;
	const char *text;

	if (!dbus_message_iter_init(message, &args) ||
	    dbus_message_iter_get_arg_type(&args) != DBUS_TYPE_STRING)
		return NULL;
	dbus_message_iter_get_basic(&args, &text);
	return *text ? text : NULL;
}

void message_subject(DBusMessage *message, RuleDirection direction, Subject *subject)
{
	*subject = (Subject){
		.direction = direction,
		.kind = message_kind(message),
		.destination = dbus_message_get_destination(message),
		.interface = dbus_message_get_interface(message),
		.member = dbus_message_get_member(message),
		.sender = dbus_message_get_sender(message),
		.path = dbus_message_get_path(message),
	};
	subject->about_property = subject->kind == RULE_METHOD_CALL &&
				  g_strcmp0(subject->interface,
					    DBUS_INTERFACE_PROPERTIES) == 0;
	if (subject->about_property)
		subject->property_interface = first_string(message);
}

void message_describe(const Subject *subject, GString *text)
{
	if (subject->interface)
		g_string_append_printf(text, "%s.", subject->interface);
	g_string_append(text, subject->member ? subject->member : "(no member)");
	if (subject->property_interface)
		g_string_append_printf(text, " of %.255s", subject->property_interface);
	if (subject->path)
		g_string_append_printf(text, " on %.255s", subject->path);
	if (subject->destination)
		g_string_append_printf(text, " of %s", subject->destination);
}

GByteArray *message_answer(DBusMessage *call, const char *sender, const char *destination,
			   const char *error_name, const char *text)
{
	g_autoptr(DBusMessage) answer = dbus_message_new(DBUS_MESSAGE_TYPE_ERROR);
	GByteArray *bytes = g_byte_array_new();
	char *wire;
	int len;

	if (!answer || !dbus_message_set_error_name(answer, error_name) ||
	    !dbus_message_set_reply_serial(answer, dbus_message_get_serial(call)) ||
	    !dbus_message_set_sender(answer, sender) ||
	    !dbus_message_set_destination(answer, destination) ||
	    !dbus_message_append_args(answer, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID))
		g_error("out of memory");
	dbus_message_set_no_reply(answer, true);
	dbus_message_set_serial(answer, ANSWER_SERIAL);
	if (!dbus_message_marshal(answer, &wire, &len))
		g_error("out of memory");

	g_byte_array_append(bytes, (const uint8_t *)wire, len);
	dbus_free(wire);
	return bytes;
}

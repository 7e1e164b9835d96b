/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Message: D-Bus messages in a stream of bytes, and what rules see of them.
 *
 * A message is read by libdbus, as the bus itself reads it, so that both see the same;
 * the bytes go on as they came.  Nothing is allocated for a message whose length is not
 * within bounds.
 */

#include <dbus/dbus.h>
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "policy/decide.h"

#define MESSAGE_HEADER_MAX 65536

#define BUS_NAME "org.freedesktop.DBus"

/*
 * The length of the message that begins at @data, 0 if @len bytes are too few to tell, or
 * -1 with @error if none can begin so or it is longer than @max.
 */
ssize_t message_length(const uint8_t *data, size_t len, size_t max, GError **error);

/* The message that is these bytes, or NULL.  Free with dbus_message_unref(). */
DBusMessage *message_read(const uint8_t *data, size_t len, GError **error);

/* @subject points into @message. */
void message_subject(DBusMessage *message, RuleDirection direction, Subject *subject);

/* "com.example.iface.member on /path of com.example.name", for people. */
void message_describe(const Subject *subject, GString *text);

/*
 * The bytes of an error that answers @call, which has @sender as its sender and goes to
 * @destination (each may be NULL).
 */
GByteArray *message_answer(DBusMessage *call, const char *sender, const char *destination,
			   const char *error_name, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DBusMessage, dbus_message_unref)

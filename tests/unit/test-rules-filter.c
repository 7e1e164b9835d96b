/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/filter.h"

#include <string.h>
#include "lib/error.h"
#include "policy/message.h"

#define ME      "00000000-0000-0000-0000-00000000000a"
#define MY_NAME "com.citrix.xenclient.guest.uuid_00000000_0000_0000_0000_00000000000a"
#define DENIED  DBUS_ERROR_ACCESS_DENIED

typedef struct {
	RuleSet *rules;
	Policy policy;
	Filter *filter;
} Fixture;

static void set_rules(Fixture *f, const char *text)
{
	g_autoptr(GError) error = NULL;

	rule_set_free(f->rules);
	f->policy.global = f->rules = rule_set_new();
	rules_parse(f->rules, text, strlen(text), "r", &error);
	g_assert_no_error(error);
}

static void setup(Fixture *f, gconstpointer data)
{
	set_rules(f, "allow all\nallow out-any");
	f->policy.uuid = ME;
	f->policy.domid = 5;
	f->filter = filter_new(&f->policy);
}

static void teardown(Fixture *f, gconstpointer data)
{
	filter_free(f->filter);
	rule_set_free(f->rules);
}

static DBusMessage *call(const char *destination, const char *interface,
			 const char *member, uint32_t serial)
{
	DBusMessage *message = dbus_message_new_method_call(destination, "/", interface,
							    member);

	dbus_message_set_serial(message, serial);
	return message;
}

static DBusMessage *call_with(const char *member, const char *argument, uint32_t serial)
{
	DBusMessage *message = call(BUS_NAME, BUS_NAME, member, serial);

	dbus_message_append_args(message, DBUS_TYPE_STRING, &argument, DBUS_TYPE_INVALID);
	return message;
}

static DBusMessage *answer(int type, const char *destination, uint32_t reply_serial)
{
	DBusMessage *message = dbus_message_new(type);

	dbus_message_set_reply_serial(message, reply_serial);
	dbus_message_set_destination(message, destination);
	dbus_message_set_serial(message, 99);
	if (type == DBUS_MESSAGE_TYPE_ERROR)
		dbus_message_set_error_name(message, "a.b");
	return message;
}

static Ruling from(Fixture *f, DBusMessage *message)
{
	Ruling ruling = filter_from_guest(f->filter, message);

	dbus_message_unref(message);
	return ruling;
}

static Ruling to(Fixture *f, DBusMessage *message)
{
	Ruling ruling = filter_to_guest(f->filter, message);

	dbus_message_unref(message);
	return ruling;
}

static void greet(Fixture *f)
{
	DBusMessage *welcome = answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 1);
	const char *name = ":1.5";

	dbus_message_append_args(welcome, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
	g_assert_true(from(f, call(BUS_NAME, BUS_NAME, "Hello", 1)).pass);
	g_assert_true(to(f, welcome).greeted);
}

/* ---- */

static void test_hello(Fixture *f, gconstpointer data)
{
	Ruling ruling;

	set_rules(f, "");
	ruling = from(f, call("x.y", "x.y", "m", 7));
	g_assert_false(ruling.pass);
	g_assert_true(filter_awaits_hello(f->filter));

	greet(f);
	g_assert_false(filter_awaits_hello(f->filter));
	g_assert_false(filter_awaits_name(f->filter));
	g_assert_cmpstr(filter_name(f->filter), ==, ":1.5");

	/* A second one is the bus's to refuse, and names nobody anew. */
	g_assert_true(from(f, call(BUS_NAME, BUS_NAME, "Hello", 2)).pass);
	ruling = to(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 2));
	g_assert_true(ruling.pass);
	g_assert_false(ruling.greeted);
}

static void test_hello_refused(Fixture *f, gconstpointer data)
{
	Ruling ruling;

	g_assert_true(from(f, call(BUS_NAME, BUS_NAME, "Hello", 1)).pass);
	g_assert_true(filter_awaits_name(f->filter));
	ruling = to(f, answer(DBUS_MESSAGE_TYPE_ERROR, NULL, 1));
	g_assert_true(ruling.pass);
	g_assert_false(ruling.greeted);
	g_assert_null(filter_name(f->filter));
}

static void test_answers(Fixture *f, gconstpointer data)
{
	DBusMessage *no_reply = call("x.y", "x.y", "m", 12);

	greet(f);
	g_assert_true(from(f, call("x.y", "x.y", "m", 10)).pass);
	g_assert_true(from(f, call("x.y", "x.y", "m", 11)).pass);

	/* Twice the same serial is one answer too many. */
	g_assert_cmpstr(from(f, call("x.y", "x.y", "m", 10)).error_name, ==, DENIED);

	set_rules(f, "deny all\ndeny out-any"); /* the call has passed already */
	g_assert_true(to(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 10)).pass);
	g_assert_false(to(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 10)).pass);
	g_assert_true(to(f, answer(DBUS_MESSAGE_TYPE_ERROR, ":1.5", 11)).pass);
	g_assert_false(to(f, answer(DBUS_MESSAGE_TYPE_ERROR, ":1.5", 11)).pass);
	g_assert_false(to(f, answer(DBUS_MESSAGE_TYPE_ERROR, ":1.5", 4711)).pass);

	/* A denied call, and one that wants no answer, has none. */
	g_assert_false(from(f, call("x.y", "x.y", "m", 10)).pass);
	g_assert_false(to(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 10)).pass);
	set_rules(f, "allow all");
	dbus_message_set_no_reply(no_reply, true);
	g_assert_true(from(f, no_reply).pass);
	g_assert_false(to(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.5", 12)).pass);
}

static DBusMessage *call_from(const char *sender, uint32_t serial)
{
	DBusMessage *message = call(MY_NAME, "com.citrix.xenclient.guest",
				    "request_sleep", serial);

	dbus_message_set_sender(message, sender);
	return message;
}

static void test_served(Fixture *f, gconstpointer data)
{
	Ruling ruling;

	greet(f);
	g_assert_false(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.2", 3)).pass);
	g_assert_true(to(f, call_from(":1.2", 3)).pass);
	g_assert_true(to(f, call_from(":1.3", 3)).pass);

	g_assert_false(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.4", 3)).pass);
	g_assert_false(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.2", 4)).pass);
	g_assert_false(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, NULL, 3)).pass);
	g_assert_true(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.2", 3)).pass);
	g_assert_false(from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.2", 3)).pass);
	g_assert_true(from(f, answer(DBUS_MESSAGE_TYPE_ERROR, ":1.3", 3)).pass);

	/* What is denied to the guest it cannot answer; its caller is told. */
	set_rules(f, "allow all\ndeny out-any");
	ruling = to(f, call_from(":1.2", 9));
	g_assert_cmpstr(ruling.error_name, ==, DENIED);
	ruling = from(f, answer(DBUS_MESSAGE_TYPE_METHOD_RETURN, ":1.2", 9));
	g_assert_false(ruling.pass);
	g_assert_null(ruling.error_name);
}

static void test_limit(Fixture *f, gconstpointer data)
{
	greet(f);
	for (unsigned int i = 0; i < FILTER_CALLS_MAX; i++) {
		g_assert_true(from(f, call("x.y", "x.y", "m", 100 + i)).pass);
		g_assert_true(to(f, call_from(":1.2", 100 + i)).pass);
	}
	g_assert_cmpstr(from(f, call("x.y", "x.y", "m", 99)).error_name, ==,
			DBUS_ERROR_LIMITS_EXCEEDED);
	g_assert_cmpstr(to(f, call_from(":1.2", 99)).error_name, ==,
			DBUS_ERROR_LIMITS_EXCEEDED);

	g_assert_true(to(f, answer(DBUS_MESSAGE_TYPE_ERROR, ":1.5", 100)).pass);
	g_assert_true(from(f, call("x.y", "x.y", "m", 99)).pass);
}

static void test_sender(Fixture *f, gconstpointer data)
{
	DBusMessage *own = call("x.y", "x.y", "m", 10),
		    *forged = call("x.y", "x.y", "m", 11);
	DBusMessage *before = call(BUS_NAME, BUS_NAME, "Hello", 1);

	dbus_message_set_sender(own, ":1.5");
	dbus_message_set_sender(forged, ":1.6");
	dbus_message_set_sender(before, ":1.5");
	g_assert_false(from(f, before).pass);
	greet(f);
	g_assert_true(from(f, own).pass);
	g_assert_cmpstr(from(f, forged).error_name, ==, DENIED);
}

/* What no rule can allow, here under "allow all". */
static void test_beyond_rules(Fixture *f, gconstpointer data)
{
	/* clang-format off */
	static const struct {
		const char *destination, *interface, *member;
		bool pass;
	} rows[] = {
		{ "x.y",	"x.y",		"m",		true },
		{ ":1.2",	"x.y",		"m",		false },
		{ NULL,		"x.y",		"m",		false },
		{ BUS_NAME,	BUS_NAME,	"ListNames",	true },
		{ BUS_NAME,	NULL,		"ListNames",	true },
		{ BUS_NAME,	BUS_NAME,	"GetConnectionUnixProcessID",	false },
		{ BUS_NAME,	BUS_NAME,	"UpdateActivationEnvironment",	false },
		{ BUS_NAME,	BUS_NAME,	"ReloadConfig", false },
		{ BUS_NAME,	"org.freedesktop.DBus.Monitoring", "BecomeMonitor", false },
		{ BUS_NAME,	NULL,		"BecomeMonitor", false },
		{ BUS_NAME,	"org.freedesktop.DBus.Debug.Stats", "GetStats", false },
	};
	/* clang-format on */

	greet(f);
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		Ruling ruling = from(f, call(rows[i].destination, rows[i].interface,
					     rows[i].member, 100 + i));

		if (ruling.pass != rows[i].pass)
			g_error("row %u: not %d", i, rows[i].pass);
		g_assert_cmpstr(ruling.error_name, ==, rows[i].pass ? NULL : DENIED);
	}
}

static void test_names(Fixture *f, gconstpointer data)
{
	greet(f);
	g_assert_true(from(f, call_with("RequestName", MY_NAME, 2)).pass);
	g_assert_false(from(f, call_with("RequestName", MY_NAME "b", 3)).pass);
	g_assert_false(
		from(f, call_with("RequestName", "com.citrix.xenclient.db", 4)).pass);
	g_assert_false(from(f, call(BUS_NAME, BUS_NAME, "RequestName", 5)).pass);

	g_assert_true(from(f, call_with("AddMatch", "type='signal'", 6)).pass);
	g_assert_false(from(f, call_with("AddMatch", "eavesdrop=true", 7)).pass);
	g_assert_false(
		from(f, call_with("AddMatch", "type='signal', eavesdrop ='true'", 8))
			.pass);
}

static void test_signals(Fixture *f, gconstpointer data)
{
	DBusMessage *signal = dbus_message_new_signal("/", "x.y", "s");
	DBusMessage *aimed = dbus_message_new_signal("/", "x.y", "s");
	Ruling ruling;

	dbus_message_set_destination(aimed, ":1.2");
	greet(f);
	g_assert_true(filter_from_guest(f->filter, signal).pass);
	g_assert_true(filter_to_guest(f->filter, signal).pass);
	g_assert_false(from(f, aimed).pass);

	set_rules(f, "");
	g_assert_false(filter_to_guest(f->filter, signal).pass);
	ruling = from(f, signal);
	g_assert_false(ruling.pass);
	g_assert_null(ruling.error_name);
}

static void test_explanation(Fixture *f, gconstpointer data)
{
	DBusMessage *message = call("x.y", "a.b", "m", 10);
	g_autofree char *policy = NULL, *proxy = NULL;
	Ruling ruling;

	greet(f);
	set_rules(f, "# one\ndeny all");
	ruling = filter_from_guest(f->filter, message);
	policy = filter_explain(&ruling);
	g_assert_cmpstr(policy, ==, "denied by policy: a.b.m on / of x.y");
	g_assert_cmpuint(ruling.rule->line, ==, 2);
	dbus_message_unref(message);

	message = call(":1.2", NULL, "m", 10);
	ruling = filter_from_guest(f->filter, message);
	proxy = filter_explain(&ruling);
	g_assert_cmpstr(
		proxy, ==,
		"denied by the proxy: m on / of :1.2: a connection is no destination, "
		"a name is");
	dbus_message_unref(message);
}

/* ---- bytes ---- */

static void test_length(void)
{
	/* clang-format off */
	static const struct { const char *bytes; size_t len; ssize_t length; } rows[] = {
		{ "", 0, 0 },
		{ "l\1\0\1", 4, 0 },
		{ "x", 1, -1 },
		{ "l\1\0\1\0\0\0\0\1\0\0\0\x6d\0\0", 15, 0 },
		{ "l\1\0\1\0\0\0\0\1\0\0\0\x6d\0\0\0", 16, 128 },
		{ "l\1\0\1\7\0\0\0\1\0\0\0\x70\0\0\0", 16, 135 },
		{ "B\1\0\1\0\0\0\7\0\0\0\1\0\0\0\x6d", 16, 135 },
		{ "l\1\0\1\0\0\0\0\1\0\0\0\1\0\1\0", 16, -1 },		/* 64 KiB of header */
		{ "l\1\0\1\0\0\x10\0\1\0\0\0\0\0\0\0", 16, -1 },	/* 1 MiB of body */
		{ "l\1\0\1\xff\xff\xff\xff\1\0\0\0\xff\xff\xff\xff", 16, -1 },
	};
	/* clang-format on */

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		ssize_t length = message_length((const uint8_t *)rows[i].bytes,
						rows[i].len, 1024 * 1024, &error);

		g_assert_cmpint(length, ==, rows[i].length);
		g_assert_cmpint(!error, ==, length >= 0);
	}
}

static void test_answer_bytes(void)
{
	g_autoptr(DBusMessage) asked = call("x.y", "a.b", "m", 0x01020304);
	g_autoptr(GByteArray)
		bytes = message_answer(asked, BUS_NAME, ":1.5", DENIED, "no");
	g_autoptr(GError) error = NULL;
	g_autoptr(DBusMessage) read = message_read(bytes->data, bytes->len, &error);
	const char *text;

	g_assert_no_error(error);
	g_assert_cmpint(message_length(bytes->data, bytes->len, 4096, NULL), ==,
			bytes->len);
	g_assert_cmpuint(dbus_message_get_reply_serial(read), ==, 0x01020304);
	g_assert_cmpstr(dbus_message_get_sender(read), ==, BUS_NAME);
	g_assert_cmpstr(dbus_message_get_destination(read), ==, ":1.5");
	g_assert_cmpstr(dbus_message_get_error_name(read), ==, DENIED);
	g_assert_true(dbus_message_get_args(read, NULL, DBUS_TYPE_STRING, &text,
					    DBUS_TYPE_INVALID));
	g_assert_cmpstr(text, ==, "no");
}

/* Byte for byte, of either order, what is wrong anywhere is not a message. */
static void test_garbage(void)
{
	g_autoptr(DBusMessage) asked = call("x.y", "a.b", "m", 7);
	uint8_t changed[512];
	char *bytes;
	int len;

	g_assert_true(dbus_message_marshal(asked, &bytes, &len));
	g_assert_cmpint(len, <=, sizeof(changed));
	for (int i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			DBusMessage *read;

			memcpy(changed, bytes, len);
			changed[i] ^= 1 << bit;
			if (message_length(changed, len, 4096, NULL) != len)
				continue;
			read = message_read(changed, len, NULL);
			if (read)
				dbus_message_unref(read);
		}
	}
	memcpy(changed, bytes, len);
	memset(changed + 8, 0, 4); /* serial 0 */
	g_assert_null(message_read(changed, len, NULL));
	dbus_free(bytes);
}

#define TEST(path, function) g_test_add(path, Fixture, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/filter/hello-comes-first-and-always-passes", test_hello);
	TEST("/filter/hello-refused-by-the-bus", test_hello_refused);
	TEST("/filter/answers-pass-exactly-once", test_answers);
	TEST("/filter/guest-answers-what-it-was-asked", test_served);
	TEST("/filter/open-calls-are-bounded", test_limit);
	TEST("/filter/forged-sender", test_sender);
	TEST("/filter/what-no-rule-can-allow", test_beyond_rules);
	TEST("/filter/own-name-no-eavesdropping", test_names);
	TEST("/filter/signals", test_signals);
	TEST("/filter/explanation", test_explanation);
	g_test_add_func("/message/length", test_length);
	g_test_add_func("/message/answer", test_answer_bytes);
	g_test_add_func("/message/garbage", test_garbage);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "idl/db_client.h"
#include "idl/xenmgr_client.h"
#include "policy/message.h"
#include "policy/stream.h"
#include "tests/bus/guests.h"

/* A guest that has no library and no manners, beside an honest one. */

typedef struct {
	Fixture *f;
	FixtureDaemon *host, *proxy;
	Monitor *monitor;
	Bus *honest;
	GByteArray *in; /* of the connection that is read from */
} World;

static const char rules[] = "allow all\n"
			    "allow out-any\n"
			    "deny interface " XENMGR " member create_vm\n";

static void world_up(World *w, gconstpointer data)
{
	w->f = fixture_new(NULL);
	w->host = guests_host(w->f);
	w->proxy = guests_proxy(w->f, rules);
	w->monitor = monitor_new(w->f, UUID_A, 5, false);
	w->honest = monitor_connect(w->monitor);
	w->in = g_byte_array_new();
}

static void check_honest(World *w)
{
	RpcTarget db = { w->honest, DB, "/", 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;

	db_rpc_read(&db, "/x", &value, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(value, ==, "guest 5 " UUID_A " /x");
}

static void world_down(World *w, gconstpointer data)
{
	check_honest(w);
	bus_free(w->honest);
	monitor_free(w->monitor);
	g_assert_true(fixture_running(w->host));
	fixture_stop(w->proxy);
	g_byte_array_unref(w->in);
	fixture_free(w->f);
}

/* ---- messages, made by hand ---- */

typedef struct {
	bool big;
	uint8_t type, flags;
	uint32_t serial;
	const char *destination, *path, *interface, *member, *sender;
	uint32_t fds;  /* as the header says */
	uint32_t body; /* length, as the header says; there is none */
} Wire;

static void put_align(GByteArray *out, unsigned int to)
{
	static const uint8_t zeroes[8];

	g_byte_array_append(out, zeroes, (to - out->len % to) % to);
}

static uint32_t in_order(uint32_t value, bool big)
{
	return big ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);
}

static void put_uint32(GByteArray *out, uint32_t value, bool big)
{
	uint32_t ordered = in_order(value, big);

	put_align(out, 4);
	g_byte_array_append(out, (uint8_t *)&ordered, 4);
}

static void put_field(GByteArray *out, uint8_t code, char type, const char *text,
		      bool big)
{
	const uint8_t start[] = { code, 1, type, 0 };

	if (!text)
		return;
	put_align(out, 8);
	g_byte_array_append(out, start, sizeof(start));
	put_uint32(out, strlen(text), big);
	g_byte_array_append(out, (const uint8_t *)text, strlen(text) + 1);
}

static GByteArray *marshal(const Wire *wire)
{
	const uint8_t start[] = { wire->big ? 'B' : 'l', wire->type ? wire->type : 1,
				  wire->flags, 1 };
	GByteArray *out = g_byte_array_new();
	uint32_t length;

	g_byte_array_append(out, start, sizeof(start));
	put_uint32(out, wire->body, wire->big);
	put_uint32(out, wire->serial, wire->big);
	put_uint32(out, 0, wire->big);
	put_field(out, 1, 'o', wire->path ? wire->path : "/", wire->big);
	put_field(out, 2, 's', wire->interface, wire->big);
	put_field(out, 3, 's', wire->member, wire->big);
	put_field(out, 6, 's', wire->destination, wire->big);
	put_field(out, 7, 's', wire->sender, wire->big);
	if (wire->fds) {
		put_align(out, 8);
		g_byte_array_append(out, (const uint8_t *)"\11\1u", 4);
		put_uint32(out, wire->fds, wire->big);
	}
	length = in_order(out->len - 16, wire->big);
	memcpy(out->data + 12, &length, 4);
	put_align(out, 8);
	return out;
}

#define LIST_VMS  .destination = XENMGR, .interface = XENMGR, .member = "list_vms"
#define CREATE_VM .destination = XENMGR, .interface = XENMGR, .member = "create_vm"
#define HELLO     .destination = BUS_NAME, .interface = BUS_NAME, .member = "Hello"

static void write_all(int fd, const void *data, size_t len)
{
	g_assert_cmpint(send(fd, data, len, MSG_NOSIGNAL), ==, len);
}

static void send_wire(int fd, const Wire *wire)
{
	g_autoptr(GByteArray) bytes = marshal(wire);

	write_all(fd, bytes->data, bytes->len);
}

/* The next message, or NULL at the end of the connection. */
static DBusMessage *receive(World *w, int fd)
{
	for (;;) {
		ssize_t len = message_length(w->in->data, w->in->len, 1 << 20, NULL);
		uint8_t bytes[4096];
		ssize_t r;

		if (len > 0 && len <= w->in->len) {
			DBusMessage *message = message_read(w->in->data, len, NULL);

			g_assert_nonnull(message);
			g_byte_array_remove_range(w->in, 0, len);
			return message;
		}
		g_assert_cmpint(len, >=, 0);
		r = recv(fd, bytes, sizeof(bytes), 0);
		if (r <= 0)
			return NULL;
		g_byte_array_append(w->in, bytes, r);
	}
}

/* The answer to @serial: the name of its error, or "" if it is none; NULL at the end. */
static char *receive_answer(World *w, int fd, uint32_t serial)
{
	for (;;) {
		g_autoptr(DBusMessage) message = receive(w, fd);
		const char *name;

		if (!message)
			return NULL;
		name = dbus_message_get_error_name(message);
		if (dbus_message_get_reply_serial(message) == serial)
			return g_strdup(name ? name : "");
	}
}

static void check_answer(World *w, int fd, uint32_t serial, const char *wanted)
{
	g_autofree char *answer = receive_answer(w, fd, serial);

	g_assert_cmpstr(answer, ==, wanted);
}

/* A connection that has said Hello. */
static int connect_greeted(World *w)
{
	int fd = monitor_connect_raw(w->monitor, true);

	g_byte_array_set_size(w->in, 0);
	send_wire(fd, &(Wire){ .serial = 1, HELLO });
	check_answer(w, fd, 1, "");
	return fd;
}

static void check_closed(World *w, int fd)
{
	g_assert_null(receive_answer(w, fd, UINT32_MAX - 1));
	close(fd);
}

/* ---- good ones ---- */

static void test_orders(World *w, gconstpointer data)
{
	for (int big = 0; big < 2; big++) {
		int fd = monitor_connect_raw(w->monitor, true);

		g_byte_array_set_size(w->in, 0);
		send_wire(fd, &(Wire){ .big = big, .serial = 1, HELLO });
		check_answer(w, fd, 1, "");
		send_wire(fd, &(Wire){ .big = big, .serial = 0x01020304, LIST_VMS });
		check_answer(w, fd, 0x01020304, "");
		send_wire(fd, &(Wire){ .big = big, .serial = 0x01020305, CREATE_VM });
		check_answer(w, fd, 0x01020305, DBUS_ERROR_ACCESS_DENIED);
		close(fd);
	}
}

/* All at once, before anything was answered. */
static void test_pipelined(World *w, gconstpointer data)
{
	static const char auth[] =
		"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	g_autoptr(GByteArray) hello = marshal(&(Wire){ .serial = 1, HELLO });
	g_autoptr(GByteArray) call = marshal(&(Wire){ .serial = 2, LIST_VMS });
	g_autoptr(GByteArray) denied = marshal(&(Wire){ .serial = 3, CREATE_VM });
	g_autoptr(GByteArray) all = g_byte_array_new();
	int fd = monitor_connect_raw(w->monitor, false);
	char c = 0;

	g_byte_array_append(all, (const uint8_t *)auth, sizeof(auth) - 1);
	g_byte_array_append(all, hello->data, hello->len);
	g_byte_array_append(all, call->data, call->len);
	g_byte_array_append(all, denied->data, denied->len);
	write_all(fd, all->data, all->len);

	for (int lines = 0; lines < 3; lines += c == '\n') /* DATA, OK, ERROR */
		g_assert_cmpint(recv(fd, &c, 1, 0), ==, 1);
	check_answer(w, fd, 1, "");
	check_answer(w, fd, 3, DBUS_ERROR_ACCESS_DENIED); /* the nearer answer is first */
	check_answer(w, fd, 2, "");
	close(fd);
}

static void test_byte_by_byte(World *w, gconstpointer data)
{
	g_autoptr(GByteArray) call = marshal(&(Wire){ .serial = 2, LIST_VMS });
	int fd = connect_greeted(w);

	for (unsigned int i = 0; i < call->len; i++) {
		write_all(fd, call->data + i, 1);
		if (i == call->len / 2)
			check_honest(w);
	}
	check_answer(w, fd, 2, "");
	close(fd);
}

static void test_no_reply(World *w, gconstpointer data)
{
	int fd = connect_greeted(w);

	send_wire(fd, &(Wire){ .serial = 2, .flags = 1, CREATE_VM });
	send_wire(fd, &(Wire){ .serial = 2, LIST_VMS });
	check_answer(w, fd, 2, ""); /* there was none before it */
	close(fd);
}

/* ---- bad ones ---- */

static void test_garbage(World *w, gconstpointer data)
{
	static const char *const texts[] = { "GET / HTTP/1.1\r\n", "\r\n\r\n",
					     "xxxxxxxxxxxxxxxx" };
	static const Wire wires[] = {
		{ .serial = 0, LIST_VMS },
		{ .serial = 2, .type = 0x40, .body = 0xffffffff, LIST_VMS },
		{ .serial = 2, .body = STREAM_GUEST_MESSAGE_MAX, LIST_VMS },
		{ .serial = 2, .fds = 1, LIST_VMS },
		{ .serial = 2, .path = "no/path", LIST_VMS },
		{ .serial = 2, .destination = "x", .interface = "y", .member = "z" },
		{ .serial = 2, .destination = XENMGR, .interface = XENMGR },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(texts); i++) {
		int fd = connect_greeted(w);

		write_all(fd, texts[i], strlen(texts[i]));
		check_closed(w, fd);
	}
	for (unsigned int i = 0; i < G_N_ELEMENTS(wires); i++) {
		int fd = connect_greeted(w);

		send_wire(fd, &wires[i]);
		check_closed(w, fd);
	}
}

static void test_huge_header(World *w, gconstpointer data)
{
	static const uint8_t start[16] = { 'l', 1, 0, 1, [8] = 1, [12] = 0, 0, 0, 4 };
	g_autofree char *zeroes = g_malloc0(65536);
	int fd = connect_greeted(w);

	/* 64 MiB of it: no need to wait for them to see that it is too much. */
	write_all(fd, start, sizeof(start));
	send(fd, zeroes, 65536, MSG_NOSIGNAL);
	check_closed(w, fd);
}

static void test_no_authentication(World *w, gconstpointer data)
{
	static const char *const texts[] = { "AUTH EXTERNAL 30\r\n", "\0FROB",
					     "\0BEGIN\r\n" };
	static const size_t lengths[] = { 18, 5, 8 };

	for (unsigned int i = 0; i < G_N_ELEMENTS(texts); i++) {
		int fd = monitor_connect_raw(w->monitor, false);
		g_autofree char *much = g_strnfill(4096, 'x');
		char answer[64];

		write_all(fd, texts[i], lengths[i]);
		send(fd, much, 4096, MSG_NOSIGNAL);
		while (recv(fd, answer, sizeof(answer), 0) > 0)
			;
		close(fd);
	}
}

static void test_no_hello(World *w, gconstpointer data)
{
	int fd = monitor_connect_raw(w->monitor, true);

	g_byte_array_set_size(w->in, 0);
	send_wire(fd, &(Wire){ .serial = 1, LIST_VMS });
	check_closed(w, fd);
}

static void test_forged_sender(World *w, gconstpointer data)
{
	int fd = connect_greeted(w);

	send_wire(fd, &(Wire){ .serial = 2, .sender = ":1.0", LIST_VMS });
	check_answer(w, fd, 2, DBUS_ERROR_ACCESS_DENIED);
	send_wire(fd, &(Wire){ .serial = 3, LIST_VMS });
	check_answer(w, fd, 3, "");
	close(fd);
}

static void test_descriptor(World *w, gconstpointer data)
{
	g_autoptr(GByteArray) call = marshal(&(Wire){ .serial = 2, LIST_VMS });
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { 0 };
	struct iovec iov = { call->data, call->len };
	struct msghdr header = { .msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &space,
				 .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);
	int fd = connect_greeted(w), pair[2];
	char byte;

	g_assert_cmpint(pipe2(pair, O_CLOEXEC), ==, 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
	g_assert_cmpint(sendmsg(fd, &header, MSG_NOSIGNAL), ==, call->len);
	close(pair[1]);

	check_answer(w, fd, 2, "");
	g_assert_cmpint(read(pair[0], &byte, 1), ==, 0); /* nobody holds the other end */
	close(pair[0]);
	close(fd);
}

/* ---- who goes at once, who does not read, who has too many ---- */

static void test_gone_at_once(World *w, gconstpointer data)
{
	g_autoptr(GByteArray) hello = marshal(&(Wire){ .serial = 1, HELLO });
	g_autoptr(GByteArray) call = marshal(&(Wire){ .serial = 2, LIST_VMS });

	for (unsigned int i = 0; i < 40; i++) {
		int fd = i % 2 ? connect_greeted(w)
			       : monitor_connect_raw(w->monitor, true);

		if (i % 2 == 0)
			write_all(fd, hello->data, hello->len);
		write_all(fd, call->data, i % 3 ? call->len : call->len / 2);
		close(fd);
	}
	check_honest(w);
}

static void test_does_not_read(World *w, gconstpointer data)
{
	int fd = connect_greeted(w);
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	uint32_t sent = 1;
	size_t bytes = 0;

	/* Denied calls, each of which is answered, until no more are taken. */
	while (poll(&writable, 1, 300) == 1) {
		g_autoptr(GByteArray)
			call = marshal(&(Wire){ .serial = ++sent, CREATE_VM });

		write_all(fd, call->data, call->len);
		bytes += call->len;
		g_assert_cmpuint(bytes, <, 16 * 1024 * 1024);
	}
	check_honest(w);

	/* None is lost. */
	for (uint32_t serial = 2; serial <= sent; serial++)
		check_answer(w, fd, serial, DBUS_ERROR_ACCESS_DENIED);
	send_wire(fd, &(Wire){ .serial = sent + 1, LIST_VMS });
	check_answer(w, fd, sent + 1, "");
	close(fd);
}

static void test_too_many(World *w, gconstpointer data)
{
	int fds[63]; /* beside the honest one */

	for (unsigned int i = 0; i < G_N_ELEMENTS(fds); i++)
		fds[i] = connect_greeted(w);
	for (unsigned int i = 0; i < 3; i++) {
		int fd = monitor_connect_raw(w->monitor, false);
		char c;

		g_assert_cmpint(recv(fd, &c, 1, 0), ==, 0);
		close(fd);
	}
	check_honest(w);
	for (unsigned int i = 0; i < G_N_ELEMENTS(fds); i++)
		close(fds[i]);
}

#define TEST(path, function) g_test_add(path, World, NULL, world_up, function, world_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/proxy/stream/both-orders", test_orders);
	TEST("/proxy/stream/pipelined", test_pipelined);
	TEST("/proxy/stream/byte-by-byte", test_byte_by_byte);
	TEST("/proxy/stream/no-reply-wanted-none-given", test_no_reply);
	TEST("/proxy/stream/garbage", test_garbage);
	TEST("/proxy/stream/huge-header", test_huge_header);
	TEST("/proxy/stream/no-authentication", test_no_authentication);
	TEST("/proxy/stream/no-hello", test_no_hello);
	TEST("/proxy/stream/forged-sender", test_forged_sender);
	TEST("/proxy/stream/descriptor", test_descriptor);
	TEST("/proxy/stream/gone-at-once", test_gone_at_once);
	TEST("/proxy/stream/does-not-read", test_does_not_read);
	TEST("/proxy/stream/too-many", test_too_many);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/channel.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UUID "00000000-0000-0000-0000-000000000001"

typedef struct {
	char *dir, *path, *control;
	Channel *channel;
	int listen_fd; /* the proxy's */
	unsigned int opened;
} Fixture;

static int unix_socket(int type, const char *path, bool listens)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	int r;

	g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
	if (listens)
		r = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8);
	else
		r = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	g_assert_cmpint(r, ==, 0);
	return fd;
}

static void setup(Fixture *f, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	f->dir = g_dir_make_tmp("channel-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "guest", "bus", NULL);
	f->control = g_build_filename(f->dir, "control", NULL);
	f->listen_fd = unix_socket(SOCK_SEQPACKET, f->control, true);
	f->channel = channel_new(f->path, f->control, UUID, &error);
	g_assert_no_error(error);
}

static void teardown(Fixture *f, gconstpointer data)
{
	g_autofree char *guest_dir = g_path_get_dirname(f->path);

	channel_free(f->channel);
	g_assert_cmpint(access(f->path, F_OK), ==, -1);
	if (f->listen_fd >= 0)
		close(f->listen_fd);
	g_unlink(f->control);
	g_rmdir(guest_dir);
	g_rmdir(f->dir);
	g_free(f->dir);
	g_free(f->path);
	g_free(f->control);
}

static void on_opened(void *data)
{
	Fixture *f = data;

	f->opened++;
}

/* ---- the proxy's end ---- */

static int accepted(int listen_fd)
{
	int fd;

	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK)) < 0)
		g_main_context_iteration(NULL, FALSE);
	return fd;
}

/* The next message, and the descriptor that came with it, or -1. */
static char *message(int fd, int *ret_passed)
{
	char text[4096];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	ssize_t n;

	for (;;) {
		msg.msg_controllen = sizeof(control);
		n = recvmsg(fd, &msg, 0);
		if (n >= 0 || errno != EAGAIN)
			break;
		g_main_context_iteration(NULL, FALSE);
	}
	g_assert_cmpint(n, >, 0);
	*ret_passed = -1;
	if (msg.msg_controllen)
		memcpy(ret_passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(int));
	return g_strndup(text, n);
}

static int registered(Fixture *f, const char *domid)
{
	g_autofree char *expected = g_strdup_printf("{\"guest\":{\"uuid\":\"" UUID
						    "\",\"domid\":%s,\"stubdom\":false}}",
						    domid);
	int fd = accepted(f->listen_fd), passed;
	g_autofree char *text = message(fd, &passed);

	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpint(passed, ==, -1);
	return fd;
}

static void say(int fd, const char *text)
{
	g_assert_cmpint(send(fd, text, strlen(text), 0), ==, strlen(text));
}

static void wait_opened(Fixture *f)
{
	while (!f->opened)
		g_main_context_iteration(NULL, TRUE);
}

/* Turn the loop until the other side of @fd closes it. */
static void assert_closed(int fd)
{
	char byte;
	ssize_t n;

	while ((n = recv(fd, &byte, 1, 0)) < 0 && errno == EAGAIN)
		g_main_context_iteration(NULL, FALSE);
	g_assert_cmpint(n, <=, 0);
	close(fd);
}

/* ---- tests ---- */

static void test_stream(Fixture *f, gconstpointer data)
{
	int proxy, guest, passed;
	g_autofree char *text = NULL;
	char bytes[8];

	guest = unix_socket(SOCK_STREAM, f->path, false);
	assert_closed(guest); /* no domain yet */

	channel_open(f->channel, 5, on_opened, f);
	proxy = registered(f, "5");
	guest = unix_socket(SOCK_STREAM, f->path, false);
	assert_closed(guest); /* the policy is not in force yet */
	g_assert_cmpuint(f->opened, ==, 0);

	say(proxy, "{\"ready\":true}");
	wait_opened(f);
	guest = unix_socket(SOCK_STREAM, f->path, false);
	g_assert_cmpint(send(guest, "hello", 5, 0), ==, 5);
	text = message(proxy, &passed);
	g_assert_cmpstr(text, ==, "{\"stream\":1}");
	g_assert_cmpint(recv(passed, bytes, sizeof(bytes), 0), ==, 5);
	close(passed);
	assert_closed(guest);

	channel_close(f->channel);
	assert_closed(proxy);
	guest = unix_socket(SOCK_STREAM, f->path, false);
	assert_closed(guest);
	g_assert_cmpuint(f->opened, ==, 1);
}

static void test_redial(Fixture *f, gconstpointer data)
{
	int proxy, guest, passed;
	g_autofree char *text = NULL;

	channel_open(f->channel, 5, on_opened, f);
	proxy = registered(f, "5");
	say(proxy, "{\"ready\":true}");
	wait_opened(f);

	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
			      "channel: rpc-proxy: it went away, trying again");
	close(proxy);
	proxy = registered(f, "5");
	g_test_assert_expected_messages();
	say(proxy, "{\"ready\":true}");
	/* Until it has read that, it closes what comes. */
	do {
		guest = unix_socket(SOCK_STREAM, f->path, false);
		for (unsigned int i = 0; i < 100; i++)
			g_main_context_iteration(NULL, FALSE);
	} while (recv(guest, &passed, 1, 0) >= 0 && close(guest) == 0);
	text = message(proxy, &passed);
	g_assert_cmpstr(text, ==, "{\"stream\":1}");
	close(passed);
	close(guest);
	close(proxy);
	g_assert_cmpuint(f->opened, ==, 1);
}

static void test_new_domain(Fixture *f, gconstpointer data)
{
	int first, second;

	channel_open(f->channel, 5, on_opened, f);
	first = registered(f, "5");
	channel_open(f->channel, 6, on_opened, f);
	second = registered(f, "6");
	assert_closed(first);
	say(second, "{\"ready\":true}");
	wait_opened(f);
	close(second);
}

static void test_no_proxy(Fixture *f, gconstpointer data)
{
	gint64 start = g_get_monotonic_time();

	close(f->listen_fd);
	f->listen_fd = -1;
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
			      "channel: rpc-proxy: Connection refused, trying again");
	g_test_expect_message(
		NULL, G_LOG_LEVEL_WARNING,
		"channel: rpc-proxy is not ready after 2000 ms, going on without");
	channel_open(f->channel, 5, on_opened, f);
	g_assert_cmpuint(f->opened, ==, 0);
	wait_opened(f);
	g_test_assert_expected_messages();
	g_assert_cmpint(g_get_monotonic_time() - start, >=, 1990000);

	/* When it comes, the guest gets its bus. */
	g_unlink(f->control);
	f->listen_fd = unix_socket(SOCK_SEQPACKET, f->control, true);
	close(registered(f, "5"));
	g_assert_cmpuint(f->opened, ==, 1);
}

static void test_refusal(Fixture *f, gconstpointer data)
{
	int proxy;

	channel_open(f->channel, 5, on_opened, f);
	proxy = registered(f, "5");
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING,
			      "channel: rpc-proxy: no such VM, trying again");
	say(proxy, "{\"error\":\"no such VM\"}");
	assert_closed(proxy);
	g_test_assert_expected_messages();
	channel_close(f->channel);
	g_assert_cmpuint(f->opened, ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(name, func)                                                                  \
	g_test_add("/xenvm/channel/" name, Fixture, NULL, setup, func, teardown)
	ADD("stream-is-passed-when-ready", test_stream);
	ADD("redials", test_redial);
	ADD("new-domain-registers-anew", test_new_domain);
	ADD("goes-on-without-proxy", test_no_proxy);
	ADD("refusal-is-said", test_refusal);
	return g_test_run();
}

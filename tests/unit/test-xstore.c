/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/xstore.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <glib/gstdio.h>
/* xs_wire.h has its error names only where errno.h is in before it. */
#include <xen/io/xs_wire.h>

#include "lib/error.h"

/*
 * A xenstored of a few lines, in a thread, so that the other end's refusals can be had
 * at will: what a write, a conflict or a full quota looks like on the wire.  The real
 * one is met in the lab.
 */
typedef struct {
	char *dir, *path;
	int listen_fd;
	GThread *thread;
	int conflicts; /* that many commits are refused with EAGAIN */
	bool full;     /* every write is refused with EQUOTA's errno */
	GString *log;  /* what was asked, in order */
	char *value;   /* of every node that is read */
	size_t value_len;
} Server;

static bool read_all(int fd, void *data, size_t len)
{
	for (char *p = data; len;) {
		ssize_t r = read(fd, p, len);

		if (r <= 0)
			return false;
		p += r;
		len -= r;
	}
	return true;
}

static void answer(int fd, const struct xsd_sockmsg *to, uint32_t type, const char *body,
		   size_t len)
{
	struct xsd_sockmsg header = *to;
	GString *out = g_string_new(NULL);

	header.type = type;
	header.len = len;
	g_string_append_len(out, (const char *)&header, sizeof(header));
	g_string_append_len(out, body, len);
	g_assert_cmpint(write(fd, out->str, out->len), ==, out->len);
	g_string_free(out, TRUE);
}

static void serve(Server *server, int fd, const struct xsd_sockmsg *header, char *body)
{
	static const struct xsd_sockmsg of_nobody;
	const char *refusal = NULL;
	const char *name = NULL;

	switch (header->type) {
	case XS_READ:
		if (server->value)
			answer(fd, header, XS_READ, server->value, server->value_len);
		else
			answer(fd, header, XS_ERROR, "ENOENT", 7);
		return;
	case XS_DIRECTORY:
		answer(fd, header, XS_DIRECTORY, "a\0b", 4);
		return;
	case XS_TRANSACTION_START:
		answer(fd, header, header->type, "7", 2);
		return;
	case XS_TRANSACTION_END:
		name = body[0] == 'T' ? "commit" : "abort";
		if (body[0] == 'T' && server->conflicts-- > 0)
			refusal = "EAGAIN";
		break;
	case XS_WRITE:
		name = "write";
		refusal = server->full ? "ENOSPC" : NULL;
		break;
	case XS_RM:
		name = "rm";
		refusal = "ENOENT";
		break;
	case XS_SET_PERMS:
		name = "perms";
		break;
	case XS_WATCH:
		answer(fd, header, header->type, "OK", 3);
		answer(fd, &of_nobody, XS_WATCH_EVENT, body, header->len);
		return;
	case XS_UNWATCH:
		break;
	default:
		g_error("asked for %u", header->type);
	}

	if (name)
		g_string_append_printf(server->log, "%s%s;", name,
				       header->tx_id ? "+" : "");
	if (refusal)
		answer(fd, header, XS_ERROR, refusal, strlen(refusal) + 1);
	else
		answer(fd, header, header->type, "OK", 3);
}

static gpointer server_thread(gpointer data)
{
	Server *server = data;
	int fd = accept(server->listen_fd, NULL, NULL);
	struct xsd_sockmsg header;
	char body[XENSTORE_PAYLOAD_MAX + 1];

	while (read_all(fd, &header, sizeof(header)) &&
	       header.len <= XENSTORE_PAYLOAD_MAX && read_all(fd, body, header.len)) {
		body[header.len] = 0;
		serve(server, fd, &header, body);
	}
	close(fd);
	return NULL;
}

static void server_start(Server *server)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	server->dir = g_dir_make_tmp("xstore-XXXXXX", NULL);
	server->path = g_build_filename(server->dir, "socket", NULL);
	server->log = g_string_new(NULL);
	g_strlcpy(address.sun_path, server->path, sizeof(address.sun_path));
	server->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(
		bind(server->listen_fd, (struct sockaddr *)&address, sizeof(address)), ==,
		0);
	g_assert_cmpint(listen(server->listen_fd, 1), ==, 0);
	g_setenv("XENSTORED_PATH", server->path, TRUE);
	server->thread = g_thread_new("xenstored", server_thread, server);
}

/* After the client's end was closed. */
static void server_stop(Server *server)
{
	g_thread_join(server->thread);
	close(server->listen_fd);
	g_unlink(server->path);
	g_rmdir(server->dir);
	g_free(server->path);
	g_free(server->dir);
	g_string_free(server->log, TRUE);
}

static void test_text(void)
{
	/* clang-format off */
	static const struct { const char *data; size_t len; bool text; } rows[] = {
		{ "",			0,	true },
		{ "eth0 10.0.0.1",	13,	true },
		{ "gr\xc3\xbc\xc3\x9f",	6,	true },
		{ "a\0b",		3,	false },
		{ "a\nb",		3,	false },
		{ "a\x1b[2J",		5,	false },
		{ "a\xc2\x85",		3,	false },	/* a control character of C1 */
		{ "a\xff",		2,	false },
		{ "a\xc3",		2,	false },
	};
	/* clang-format on */
	g_autofree char *longest = g_strnfill(XSTORE_VALUE_MAX + 1, 'x');

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpint(xstore_is_text(rows[i].data, rows[i].len), ==,
				rows[i].text);
	g_assert_true(xstore_is_text(longest, XSTORE_VALUE_MAX));
	g_assert_false(xstore_is_text(longest, XSTORE_VALUE_MAX + 1));
}

static void test_read(void)
{
	Server server = { .value = "ok", .value_len = 2 };
	Xstore *xs;

	server_start(&server);
	xs = xstore_open(NULL);
	{
		g_autofree char *value = xstore_readf(xs, "/local/domain/%d/name", 5);
		g_auto(GStrv) names = xstore_list(xs, "/local");

		g_assert_cmpstr(value, ==, "ok");
		g_assert_cmpuint(g_strv_length(names), ==, 2);
		g_assert_cmpstr(names[1], ==, "b");
	}
	server.value = "a\nb";
	server.value_len = 3;
	g_assert_null(xstore_read(xs, "/x"));
	server.value = NULL;
	g_assert_null(xstore_read(xs, "/x"));
	xstore_free(xs);
	server_stop(&server);
}

static const XstoreWrite both[] = { { "/a", "1", "n0 r5" }, { "/b", NULL, NULL } };

static void test_conflict(void)
{
	g_autoptr(GError) error = NULL;
	Server server = { .conflicts = 2 };
	Xstore *xs;

	server_start(&server);
	xs = xstore_open(NULL);
	g_assert_true(xstore_write_all(xs, both, 2, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(server.log->str, ==,
			"write+;perms+;rm+;commit+;"
			"write+;perms+;rm+;commit+;"
			"write+;perms+;rm+;commit+;");

	server.conflicts = G_MAXINT;
	g_assert_false(xstore_write_all(xs, both, 1, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_BUSY);
	xstore_free(xs);
	server_stop(&server);
}

static void test_refused(void)
{
	g_autoptr(GError) error = NULL;
	const XstoreWrite wrong = { "/a", "1", "n0 q5" };
	Server server = { .full = true };
	Xstore *xs;

	server_start(&server);
	xs = xstore_open(NULL);
	g_assert_false(xstore_write_all(xs, both, 2, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_FAILED);
	g_assert_nonnull(strstr(error->message, "'/a'"));
	g_assert_nonnull(strstr(error->message, g_strerror(ENOSPC)));
	g_assert_cmpstr(server.log->str, ==, "write+;abort+;");
	g_clear_error(&error);

	server.full = false;
	g_assert_true(xstore_remove(xs, "/missing", &error));
	g_assert_false(xstore_write_all(xs, &wrong, 1, &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
	g_clear_error(&error);
	g_assert_false(xstore_set_perms(xs, "/a", "n0 r65536", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
	xstore_free(xs);
	server_stop(&server);
}

static void changed(const char *path, void *data)
{
	g_string_append_printf(data, "%s;", path);
}

static void test_watch(void)
{
	g_autoptr(GString) seen = g_string_new(NULL);
	Server server = { 0 };
	XstoreWatch *a, *b;
	Xstore *xs;

	server_start(&server);
	xs = xstore_open(NULL);
	a = xstore_watch(xs, "/a", changed, seen, NULL);
	b = xstore_watch(xs, "/b", changed, seen, NULL);
	xstore_unwatch(a); /* its first event may already be here: it must not be told */
	while (!seen->len)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpstr(seen->str, ==, "/b;");
	xstore_unwatch(b);
	xstore_free(xs);
	server_stop(&server);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xstore/what-reads-as-text", test_text);
	g_test_add_func("/xstore/read", test_read);
	g_test_add_func("/xstore/conflict-is-tried-again", test_conflict);
	g_test_add_func("/xstore/refused-write-changes-nothing", test_refused);
	g_test_add_func("/xstore/watch", test_watch);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/channel.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"

#define REDIAL_FIRST 50   /* ms */
#define REDIAL_LAST  2000 /* ms */
#define MESSAGE_MAX  4096

/* Connections of the guest that wait in the kernel. */
#define BACKLOG 16

struct Channel {
	char *path, *control, *uuid;
	int listen_fd;
	guint listen_source; /* 0: the proxy takes no more for now */
	int64_t domid;       /* -1: no domain */
	int proxy_fd;        /* -1: not connected */
	guint proxy_source;
	bool ready;
	bool complained; /* the log has it that there is no proxy */
	int handing;     /* a connection that waits until the proxy reads; -1: none */
	guint handing_source;
	guint redial;
	unsigned int redial_after; /* ms */
	guint patience;
	ChannelOpened opened; /* NULL: told */
	void *data;
};

static void accept_more(Channel *channel);

/* ---- whoever waits for the registration ---- */

static gboolean tell(gpointer data)
{
	Channel *channel = data;
	ChannelOpened opened = channel->opened;

	channel->patience = 0;
	channel->opened = NULL;
	opened(channel->data);
	return G_SOURCE_REMOVE;
}

static gboolean out_of_patience(gpointer data)
{
	g_warning("channel: rpc-proxy is not ready after %d ms, going on without",
		  CHANNEL_PATIENCE);
	return tell(data);
}

static void stop_waiting(Channel *channel)
{
	g_clear_handle_id(&channel->patience, g_source_remove);
	channel->opened = NULL;
}

/* ---- the proxy ---- */

static gboolean dial(gpointer data);

static void hang_up(Channel *channel)
{
	g_clear_handle_id(&channel->redial, g_source_remove);
	g_clear_handle_id(&channel->proxy_source, g_source_remove);
	g_clear_handle_id(&channel->handing_source, g_source_remove);
	if (channel->handing >= 0)
		close(channel->handing);
	if (channel->proxy_fd >= 0)
		close(channel->proxy_fd);
	channel->handing = channel->proxy_fd = -1;
	channel->ready = false;
	accept_more(channel);
}

static void redial(Channel *channel, const char *why)
{
	if (!channel->complained)
		g_warning("channel: rpc-proxy: %s, trying again", why);
	channel->complained = true;
	hang_up(channel);
	channel->redial = g_timeout_add(channel->redial_after, dial, channel);
	channel->redial_after = MIN(channel->redial_after * 2, REDIAL_LAST);
}

static void proxy_said(Channel *channel, const char *text, size_t len)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t)
		message = json_parse(text, len, MESSAGE_MAX, "rpc-proxy", &error);
	const char *wrong = json_string_value(json_object_get(message, "error"));

	if (json_is_true(json_object_get(message, "ready"))) {
		channel->ready = true;
		channel->complained = false;
		channel->redial_after = REDIAL_FIRST;
		if (channel->opened && channel->patience) {
			g_source_remove(channel->patience);
			channel->patience = g_idle_add_full(G_PRIORITY_DEFAULT, tell,
							    channel, NULL);
		}
		return;
	}
	channel->redial_after = REDIAL_LAST; /* what it refuses now, it soon will again */
	redial(channel, wrong ? wrong : error ? error->message : "it says nothing known");
}

static gboolean proxy_readable(int fd, GIOCondition revents, gpointer data)
{
	Channel *channel = data;
	char text[MESSAGE_MAX];
	ssize_t n = recv(fd, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n > 0)
		proxy_said(channel, text, n);
	else
		redial(channel, n == 0 ? "it went away" : g_strerror(errno));
	return G_SOURCE_CONTINUE; /* if it is still there */
}

static bool register_guest(Channel *channel)
{
	g_autofree char *text = g_strdup_printf(
		"{\"guest\":{\"uuid\":\"%s\",\"domid\":%d,\"stubdom\":false}}",
		channel->uuid, (int)channel->domid);

	return send(channel->proxy_fd, text, strlen(text), MSG_NOSIGNAL) >= 0;
}

static gboolean dial(gpointer data)
{
	Channel *channel = data;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	channel->redial = 0;
	g_strlcpy(addr.sun_path, channel->control, sizeof(addr.sun_path));
	channel->proxy_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
				   0);
	if (channel->proxy_fd < 0 ||
	    connect(channel->proxy_fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    !register_guest(channel)) {
		redial(channel, g_strerror(errno));
		return G_SOURCE_REMOVE;
	}
	channel->proxy_source = g_unix_fd_add(channel->proxy_fd, G_IO_IN, proxy_readable,
					      channel);
	return G_SOURCE_REMOVE;
}

/* ---- the guest's connections ---- */

/* 0: it is with the proxy; else an errno. */
static int hand_over(Channel *channel, int fd)
{
	static const char text[] = "{\"stream\":1}";
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(channel->proxy_fd, &msg, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static gboolean proxy_writable(int proxy_fd, GIOCondition revents, gpointer data)
{
	Channel *channel = data;

	if (hand_over(channel, channel->handing) == EAGAIN)
		return G_SOURCE_CONTINUE;
	/* With any other error the proxy is gone, which reading tells. */
	close(channel->handing);
	channel->handing = -1;
	channel->handing_source = 0;
	accept_more(channel);
	return G_SOURCE_REMOVE;
}

static gboolean guest_connects(int listen_fd, GIOCondition revents, gpointer data)
{
	Channel *channel = data;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return G_SOURCE_CONTINUE;
	if (!channel->ready || hand_over(channel, fd) != EAGAIN) {
		close(fd);
		return G_SOURCE_CONTINUE;
	}
	/* The proxy is behind: one waits here, the others in the kernel. */
	channel->handing = fd;
	channel->handing_source = g_unix_fd_add(channel->proxy_fd, G_IO_OUT,
						proxy_writable, channel);
	channel->listen_source = 0;
	return G_SOURCE_REMOVE;
}

static void accept_more(Channel *channel)
{
	if (!channel->listen_source)
		channel->listen_source = g_unix_fd_add(channel->listen_fd, G_IO_IN,
						       guest_connects, channel);
}

/* ---- domains ---- */

void channel_open(Channel *channel, uint32_t domid, ChannelOpened opened, void *data)
{
	channel_close(channel);
	channel->domid = domid;
	channel->opened = opened;
	channel->data = data;
	channel->patience = g_timeout_add(CHANNEL_PATIENCE, out_of_patience, channel);
	dial(channel);
}

void channel_close(Channel *channel)
{
	stop_waiting(channel);
	hang_up(channel);
	channel->domid = -1;
	channel->complained = false;
	channel->redial_after = REDIAL_FIRST;
}

/* ---- life ---- */

/* Its folder is made if need be, for nobody but us: what may connect is decided by who
 * makes the folder. */
static int listen_at(const char *path, GError **error)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	g_autofree char *dir = g_path_get_dirname(path);
	int fd = -1;

	g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
	if (g_mkdir_with_parents(dir, 0700) || (unlink(path) && errno != ENOENT) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG)) {
		xt_fail(error, XT_ERROR_FAILED, "channel: \"%s\": %s", path,
			g_strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

Channel *channel_new(const char *path, const char *control, const char *uuid,
		     GError **error)
{
	int fd = listen_at(path, error);
	Channel *channel;

	if (fd < 0)
		return NULL;
	channel = g_new0(Channel, 1);
	channel->path = g_strdup(path);
	channel->control = g_strdup(control);
	channel->uuid = g_strdup(uuid);
	channel->listen_fd = fd;
	channel->domid = channel->proxy_fd = channel->handing = -1;
	channel->redial_after = REDIAL_FIRST;
	accept_more(channel);
	return channel;
}

void channel_free(Channel *channel)
{
	if (!channel)
		return;
	channel_close(channel);
	g_source_remove(channel->listen_source);
	close(channel->listen_fd);
	unlink(channel->path);
	g_free(channel->path);
	g_free(channel->control);
	g_free(channel->uuid);
	g_free(channel);
}

const char *channel_path(const Channel *channel)
{
	return channel->path;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/channel.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/error.h"
#include "lib/json.h"
#include "policy/stream.h"

#define PACKET_MAX    4096
#define DOMID_MAX     0x7fef
#define LOG_LINES_MAX 20 /* denials told in this time */
#define LOG_TIME_US   (10 * G_USEC_PER_SEC)

struct Channel {
	int fd;
	unsigned int source;
	Bus *bus;
	const RuleSet *global;
	Guest *guest;
	GPtrArray *streams; /* Stream */
	const ChannelEvents *events;
	void *data;

	/* of the log */
	int64_t log_since;
	unsigned int told, untold;
};

/* ---- denials in the log ---- */

static void tell_untold(Channel *channel)
{
	if (channel->untold)
		g_message("%s: %u more denials", guest_title(channel->guest),
			  channel->untold);
	channel->told = channel->untold = 0;
}

/* A guest that tries its luck must not fill the disk. */
static bool may_tell(Channel *channel)
{
	int64_t now = g_get_monotonic_time();

	if (now - channel->log_since > LOG_TIME_US) {
		tell_untold(channel);
		channel->log_since = now;
	}
	if (channel->told >= LOG_LINES_MAX) {
		channel->untold++;
		return false;
	}
	channel->told++;
	return true;
}

static const char *kind_name(RuleKind kind)
{
	if (kind == RULE_METHOD_CALL)
		return "call";
	if (kind == RULE_METHOD_RETURN)
		return "answer";
	if (kind == RULE_ERROR)
		return "error";
	return "signal";
}

static void stream_denied(const Ruling *ruling, void *data)
{
	Channel *channel = data;
	g_autofree char *text = NULL, *rule = NULL;

	if (!may_tell(channel))
		return;
	text = filter_explain(ruling);
	if (ruling->rule)
		rule = g_strdup_printf(" (%s:%u)", ruling->rule->source,
				       ruling->rule->line);
	g_message("%s: %s %s %s%s", guest_title(channel->guest),
		  kind_name(ruling->subject.kind),
		  ruling->subject.direction == RULE_INC ? "from the guest"
							: "to the guest",
		  text,
		  rule          ? rule
		  : ruling->why ? ""
				: " (no rule)");
}

/* ---- streams ---- */

static void stream_named(Stream *stream, const char *name, void *data)
{
	Channel *channel = data;

	g_debug("%s: is %s", guest_title(channel->guest), name);
	channel->events->named(channel, name, channel->data);
}

static void forget_stream(Channel *channel, Stream *stream)
{
	const char *name = stream_name(stream);

	if (name)
		channel->events->unnamed(name, channel->data);
	stream_free(stream);
}

static void stream_closed(Stream *stream, const char *why, void *data)
{
	Channel *channel = data;

	if (why && may_tell(channel))
		g_message("%s: closing a connection: %s", guest_title(channel->guest),
			  why);
	g_ptr_array_remove_fast(channel->streams, stream);
	forget_stream(channel, stream);
}

static const StreamEvents stream_events = {
	.named = stream_named,
	.denied = stream_denied,
	.closed = stream_closed,
};

/* ---- packets ---- */

static void say(Channel *channel, json_t *packet)
{
	char *text = json_dumps(packet, JSON_COMPACT);

	/* One that does not take it has gone, which the loop tells. */
	send(channel->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	free(text);
	json_decref(packet);
}

static void guest_loaded(const GError *error, void *data)
{
	Channel *channel = data;

	if (g_error_matches(error, XT_ERROR, XT_ERROR_GONE))
		return;
	if (error)
		say(channel, json_pack("{s:s}", "error", error->message));
	else
		say(channel, json_pack("{s:b}", "ready", 1));
}

static bool take_guest(Channel *channel, json_t *packet, GError **error)
{
	const char *uuid;
	int domid, stubdom;
	json_error_t at;

	if (channel->guest)
		return xt_fail(error, XT_ERROR_INVALID, "a second guest");
	if (json_unpack_ex(packet, &at, JSON_STRICT, "{s:{s:s, s:i, s:b}}", "guest",
			   "uuid", &uuid, "domid", &domid, "stubdom", &stubdom) < 0)
		return xt_fail(error, XT_ERROR_INVALID, "no guest: %s", at.text);
	if (!uuid_is_valid(uuid))
		return xt_fail(error, XT_ERROR_INVALID, "\"%s\" is not a uuid", uuid);
	if (domid < 1 || domid > DOMID_MAX)
		return xt_fail(error, XT_ERROR_INVALID, "%d is no guest's domid", domid);

	channel->guest = guest_new(channel->bus, uuid, domid, stubdom, channel->global);
	guest_load(channel->guest, guest_loaded, channel);
	g_message("%s: came", guest_title(channel->guest));
	return true;
}

/* Takes @fd, which is -1 if none came. */
static bool take_stream(Channel *channel, int fd, GError **error)
{
	if (fd < 0)
		return xt_fail(error, XT_ERROR_INVALID, "a stream without a descriptor");
	if (channel->streams->len >= CHANNEL_STREAMS_MAX) {
		if (may_tell(channel))
			g_message("%s: refusing a connection: it has %d",
				  guest_title(channel->guest), CHANNEL_STREAMS_MAX);
		close(fd);
		return true;
	}
	g_ptr_array_add(channel->streams, stream_new(fd, guest_policy(channel->guest),
						     &stream_events, channel));
	return true;
}

/* Takes @fd. */
static bool take_packet(Channel *channel, const char *text, size_t len, int fd,
			GError **error)
{
	g_autoptr(json_t) packet = json_parse(text, len, PACKET_MAX, "control", error);

	if (packet && channel->guest && json_object_get(packet, "stream"))
		return take_stream(channel, fd, error);
	if (fd >= 0)
		close(fd);
	if (!packet)
		return false;
	if (fd >= 0)
		return xt_fail(error, XT_ERROR_INVALID, "a descriptor with no stream");
	return take_guest(channel, packet, error);
}

/* The descriptor that came with a packet, -1 if none; all others are closed. */
static int take_descriptor(struct msghdr *header)
{
	int taken = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (taken < 0)
				taken = fd;
			else
				close(fd);
		}
	}
	return taken;
}

/* False when the monitor has gone or is to be got rid of. */
static bool read_packet(Channel *channel, GError **error)
{
	char text[PACKET_MAX];
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { text, sizeof(text) };
	struct msghdr header = { .msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control) };
	ssize_t r = recvmsg(channel->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd;

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (r <= 0)
		return false;
	fd = take_descriptor(&header);
	if (header.msg_flags & MSG_TRUNC) {
		if (fd >= 0)
			close(fd);
		return xt_fail(error, XT_ERROR_LIMIT, "a packet of more than %d bytes",
			       PACKET_MAX);
	}
	return take_packet(channel, text, r, fd, error);
}

static gboolean channel_readable(int fd, GIOCondition condition, gpointer data)
{
	Channel *channel = data;
	g_autoptr(GError) error = NULL;

	if (read_packet(channel, &error))
		return G_SOURCE_CONTINUE;
	if (error) {
		g_warning("control socket: closing a channel: %s", error->message);
		say(channel, json_pack("{s:s}", "error", error->message));
	} else if (channel->guest) {
		g_message("%s: left", guest_title(channel->guest));
	}
	channel->source = 0;
	channel->events->closed(channel, channel->data);
	return G_SOURCE_REMOVE;
}

/* ---- */

Channel *channel_new(int fd, Bus *bus, const RuleSet *global, const ChannelEvents *events,
		     void *data)
{
	Channel *channel = g_new0(Channel, 1);

	channel->fd = fd;
	channel->bus = bus;
	channel->global = global;
	channel->events = events;
	channel->data = data;
	channel->streams = g_ptr_array_new();
	channel->source = g_unix_fd_add(fd, G_IO_IN, channel_readable, channel);
	return channel;
}

void channel_free(Channel *channel)
{
	if (!channel)
		return;
	if (channel->source)
		g_source_remove(channel->source);
	for (unsigned int i = 0; i < channel->streams->len; i++)
		forget_stream(channel, g_ptr_array_index(channel->streams, i));
	g_ptr_array_unref(channel->streams);
	tell_untold(channel);
	guest_free(channel->guest);
	close(channel->fd);
	g_free(channel);
}

void channel_set_global(Channel *channel, const RuleSet *global)
{
	channel->global = global;
	if (channel->guest)
		guest_set_global(channel->guest, global);
}

Guest *channel_guest(const Channel *channel)
{
	return channel->guest;
}

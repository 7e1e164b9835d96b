/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/error.h"
#include "policy/buffer.h"
#include "policy/dial.h"
#include "policy/message.h"
#include "policy/sasl.h"

#define READ_SIZE 65536
#define WAITING_MAX                                                                      \
	(256 * 1024) /* bytes; above it no more is read that would go there              \
		      */
#define DIAL_AGAIN_MS 20
#define GREETING_S    30 /* from the first byte to the answer to Hello */
#define DRAIN_S       5  /* for what one side sent before it ended */

typedef enum {
	STREAM_AUTH,     /* the guest authenticates */
	STREAM_DIALLING, /* the bus did not take us yet */
	STREAM_BUS_AUTH, /* we authenticate to the bus */
	STREAM_OPEN,
	STREAM_DRAINING, /* one side ended: what it sent before still goes out */
	STREAM_CLOSED,
} StreamState;

typedef struct {
	int fd; /* -1: not there yet */
	void *tag;
	GIOCondition wanted;
	Buffer in, out;
	bool ended; /* it sends no more */
	bool deaf;  /* it takes no more */
} End;

struct Stream {
	GSource *source;
	StreamState state;
	End guest, bus;
	SaslServer sasl;
	Filter *filter;
	bool ending;        /* one side did */
	unsigned int timer; /* until greeted, and once ending */
	unsigned int again; /* timer of the next dial */
	char *why;          /* it closed */
	const StreamEvents *events;
	void *data;
};

typedef struct {
	GSource base;
	Stream *stream;
} StreamSource;

static void stream_close(Stream *stream, const char *why)
{
	if (stream->state == STREAM_CLOSED)
		return;
	stream->state = STREAM_CLOSED;
	stream->why = g_strdup(why);
}

/* ---- the two sockets ---- */

static void end_watch(End *end, GSource *source, GIOCondition wanted)
{
	if (end->wanted == wanted)
		return;
	end->wanted = wanted;

	/* One of which nothing is wanted is not polled: it would tell of its end for
	 * ever. */
	if (end->tag && !wanted)
		g_source_remove_unix_fd(source, g_steal_pointer(&end->tag));
	else if (end->tag)
		g_source_modify_unix_fd(source, end->tag, wanted);
	else
		end->tag = g_source_add_unix_fd(source, end->fd, wanted);
}

static void end_read(End *end)
{
	static uint8_t bytes[READ_SIZE];
	ssize_t r = recv(end->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (r > 0)
		buffer_add(&end->in, bytes, r);
	else if (r == 0 || (errno != EAGAIN && errno != EINTR))
		end->ended = true;
}

static void end_write(End *end)
{
	while (end->out.len) {
		ssize_t r = send(end->fd, buffer_data(&end->out), end->out.len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (r > 0)
			buffer_take(&end->out, r);
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			end->deaf = true;
		if (end->deaf)
			buffer_clear(&end->out);
	}
}

static void end_clear(End *end)
{
	if (end->fd >= 0)
		close(end->fd);
	buffer_clear(&end->in);
	buffer_clear(&end->out);
}

/* ---- messages ---- */

static bool has_room(const Stream *stream)
{
	return stream->guest.out.len < WAITING_MAX && stream->bus.out.len < WAITING_MAX;
}

/* Tell who waits for an answer that there is none but this, and the log. */
static void deny(Stream *stream, End *from, const Ruling *ruling, DBusMessage *message)
{
	stream->events->denied(ruling, stream->data);
	if (ruling->error_name) {
		g_autofree char *text = filter_explain(ruling);
		bool by_guest = from == &stream->guest;
		g_autoptr(GByteArray) bytes = message_answer(
			message, by_guest ? BUS_NAME : NULL,
			by_guest ? filter_name(stream->filter) : ruling->subject.sender,
			ruling->error_name, text);

		buffer_add(&from->out, bytes->data, bytes->len);
	}
}

static void take_from_guest(Stream *stream, DBusMessage *message, size_t len)
{
	bool greeting = filter_awaits_hello(stream->filter);
	Ruling ruling = filter_from_guest(stream->filter, message);

	if (ruling.pass) {
		buffer_add(&stream->bus.out, buffer_data(&stream->guest.in), len);
		return;
	}
	deny(stream, &stream->guest, &ruling, message);
	if (greeting)
		stream_close(stream, "it did not say Hello first");
}

static void take_from_bus(Stream *stream, DBusMessage *message, size_t len)
{
	Ruling ruling = filter_to_guest(stream->filter, message);

	if (ruling.greeted) {
		if (!stream->ending)
			g_clear_handle_id(&stream->timer, g_source_remove);
		stream->events->named(stream, filter_name(stream->filter), stream->data);
	}
	if (ruling.pass)
		buffer_add(&stream->guest.out, buffer_data(&stream->bus.in), len);
	else
		deny(stream, &stream->bus, &ruling, message);
}

typedef void (*TakeMessage)(Stream *stream, DBusMessage *message, size_t len);

/* Take the next message of @from, if it is there; false if there is none. */
static bool take_next(Stream *stream, End *from, size_t max, TakeMessage take)
{
	g_autoptr(GError) error = NULL;
	ssize_t len = message_length(buffer_data(&from->in), from->in.len, max, &error);
	DBusMessage *message;

	if (len == 0 || (len > 0 && (size_t)len > from->in.len))
		return false;
	message = len > 0 ? message_read(buffer_data(&from->in), len, &error) : NULL;
	if (!message) {
		stream_close(stream, error->message);
		return false;
	}

	take(stream, message, len);
	dbus_message_unref(message);
	buffer_take(&from->in, len);
	return stream->state == STREAM_OPEN;
}

/* Whether anything was taken. */
static bool pump_guest(Stream *stream)
{
	bool any = false;

	/* What comes after Hello waits for the name that it will be sent under. */
	while (stream->state == STREAM_OPEN && has_room(stream) &&
	       !filter_awaits_name(stream->filter) &&
	       take_next(stream, &stream->guest, STREAM_GUEST_MESSAGE_MAX,
			 take_from_guest))
		any = true;
	return any;
}

static bool pump_bus(Stream *stream)
{
	bool any = false;

	while (stream->state == STREAM_OPEN && has_room(stream) &&
	       take_next(stream, &stream->bus, STREAM_BUS_MESSAGE_MAX, take_from_bus))
		any = true;
	return any;
}

/* ---- a stream's life: in the order it happens ---- */

static gboolean too_late(gpointer data);
static gboolean dial_again(gpointer data);
static void turn(Stream *stream);

static void set_timer(Stream *stream, unsigned int seconds)
{
	if (stream->timer)
		g_source_remove(stream->timer);
	stream->timer = g_timeout_add_seconds(seconds, too_late, stream);
}

static void do_dial(Stream *stream)
{
	g_autoptr(GError) error = NULL;

	stream->bus.fd = dial_bus(&error);
	if (stream->bus.fd >= 0) {
		sasl_client_begin(geteuid(), &stream->bus.out);
		stream->state = STREAM_BUS_AUTH;
	} else if (g_error_matches(error, XT_ERROR, XT_ERROR_BUSY)) {
		stream->state = STREAM_DIALLING;
		stream->again = g_timeout_add(DIAL_AGAIN_MS, dial_again, stream);
	} else {
		stream_close(stream, error->message);
	}
}

static void do_auth(Stream *stream)
{
	SaslStatus status = sasl_serve(&stream->sasl, &stream->guest.in,
				       &stream->guest.out);

	if (status == SASL_DONE)
		do_dial(stream);
	else if (status == SASL_FAILED)
		stream_close(stream, "it did not authenticate as a bus client does");
}

static gboolean dial_again(gpointer data)
{
	Stream *stream = data;

	stream->again = 0;
	do_dial(stream);
	turn(stream);
	return G_SOURCE_REMOVE;
}

static void do_bus_auth(Stream *stream)
{
	SaslStatus status = sasl_client(&stream->bus.in, &stream->bus.out);

	if (status == SASL_DONE)
		stream->state = STREAM_OPEN;
	else if (status == SASL_FAILED)
		stream_close(stream, "the bus does not accept us");
}

static void do_open(Stream *stream)
{
	bool any;

	do {
		any = pump_guest(stream);
		any |= pump_bus(stream);
		end_write(&stream->bus);
		end_write(&stream->guest);
	} while (any && stream->state == STREAM_OPEN);
}

/* Is nothing left of an ended side's bytes but half a message? */
static bool all_taken(const Stream *stream)
{
	return stream->state == STREAM_OPEN && has_room(stream) &&
	       !filter_awaits_name(stream->filter);
}

static void check_ended(Stream *stream)
{
	const End *left = stream->guest.ended ? &stream->bus : &stream->guest;

	if (!stream->guest.ended && !stream->bus.ended)
		return;
	if (stream->state < STREAM_OPEN)
		stream_close(stream, stream->guest.ended ? NULL : "the bus hung up");
	if (!stream->ending) {
		stream->ending = true;
		set_timer(stream, DRAIN_S);
	}
	if (all_taken(stream))
		stream->state = STREAM_DRAINING;
	if (stream->state == STREAM_DRAINING && !left->out.len)
		stream_close(stream, NULL);
}

static gboolean too_late(gpointer data)
{
	Stream *stream = data;

	stream->timer = 0;
	stream_close(stream, stream->ending ? NULL : "it was not ready to speak in time");
	turn(stream);
	return G_SOURCE_REMOVE;
}

/* ---- the loop ---- */

static void watch_ends(Stream *stream)
{
	End *guest = &stream->guest, *bus = &stream->bus;
	bool open = stream->state == STREAM_OPEN && has_room(stream);
	bool hear_guest = stream->state == STREAM_AUTH ||
			  (open && !filter_awaits_name(stream->filter));
	bool hear_bus = stream->state == STREAM_BUS_AUTH || open;

	end_watch(guest, stream->source,
		  (hear_guest && !guest->ended ? G_IO_IN : 0) |
			  (guest->out.len ? G_IO_OUT : 0));
	if (bus->fd >= 0)
		end_watch(bus, stream->source,
			  (hear_bus && !bus->ended ? G_IO_IN : 0) |
				  (bus->out.len ? G_IO_OUT : 0));
}

/* Go on as far as possible.  The last use of @stream: it may be freed. */
static void turn(Stream *stream)
{
	if (stream->state == STREAM_AUTH)
		do_auth(stream);
	if (stream->state == STREAM_BUS_AUTH)
		do_bus_auth(stream);
	if (stream->state == STREAM_OPEN)
		do_open(stream);

	if (stream->guest.out.len)
		end_write(&stream->guest);
	if (stream->bus.out.len)
		end_write(&stream->bus);
	check_ended(stream);

	if (stream->state == STREAM_CLOSED)
		stream->events->closed(stream, stream->why, stream->data);
	else
		watch_ends(stream);
}

static bool is_ready(GSource *source, const End *end)
{
	return end->tag && g_source_query_unix_fd(source, end->tag);
}

static gboolean source_prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	return FALSE;
}

static gboolean source_check(GSource *source)
{
	Stream *stream = ((StreamSource *)source)->stream;

	return is_ready(source, &stream->guest) || is_ready(source, &stream->bus);
}

static gboolean source_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
	Stream *stream = ((StreamSource *)source)->stream;

	if (is_ready(source, &stream->guest) && (stream->guest.wanted & G_IO_IN))
		end_read(&stream->guest);
	if (is_ready(source, &stream->bus) && (stream->bus.wanted & G_IO_IN))
		end_read(&stream->bus);
	turn(stream);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
	.prepare = source_prepare,
	.check = source_check,
	.dispatch = source_dispatch,
};

/* ---- */

Stream *stream_new(int fd, const Policy *policy, const StreamEvents *events, void *data)
{
	Stream *stream = g_new0(Stream, 1);

	stream->guest.fd = fd;
	stream->bus.fd = -1;
	stream->filter = filter_new(policy);
	stream->events = events;
	stream->data = data;
	stream->source = g_source_new(&source_funcs, sizeof(StreamSource));
	((StreamSource *)stream->source)->stream = stream;
	g_source_set_static_name(stream->source, "stream");
	set_timer(stream, GREETING_S);
	watch_ends(stream);
	g_source_attach(stream->source, NULL);
	return stream;
}

void stream_free(Stream *stream)
{
	if (!stream)
		return;
	if (stream->timer)
		g_source_remove(stream->timer);
	if (stream->again)
		g_source_remove(stream->again);
	g_source_destroy(stream->source);
	g_source_unref(stream->source);
	end_clear(&stream->guest);
	end_clear(&stream->bus);
	filter_free(stream->filter);
	g_free(stream->why);
	g_free(stream);
}

const char *stream_name(const Stream *stream)
{
	return filter_name(stream->filter);
}

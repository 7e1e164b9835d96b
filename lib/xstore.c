/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/xstore.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "lib/error.h"

/*
 * Tries of a transaction that others' writes keep spoiling.  Two who retry at once can spoil
 * each other's for ever, in step: before each but the first retry one waits a random time,
 * longer with each but 2 ms at the most.
 */
#define TRIES_MAX 100
#define STEP_US	  100
#define STEPS_MAX 20

/* Watch events served in one turn of the loop: a guest that floods its keys gets no more
 * of it than everybody else. */
#define EVENTS_PER_TURN 64

#define PERMS_MAX 16

struct Xstore {
	struct xs_handle *h;
	GHashTable *watches; /* token -> XstoreWatch */
	unsigned int source;
	uint64_t last_token;
	bool dispatching;
};

struct XstoreWatch {
	Xstore *xs;
	char *path;
	char *token;
	XstoreChanged changed;
	void *data;
};

static bool fail_errno(GError **error, const char *what, const char *path)
{
	int saved = errno;

	return xt_fail(error, saved == ENOENT ? XT_ERROR_NOT_FOUND : XT_ERROR_FAILED,
		       "xenstore: cannot %s '%s': %s", what, path, g_strerror(saved));
}

/* ---- open and close ---- */

Xstore *xstore_open(GError **error)
{
	struct xs_handle *h = xs_open(0);
	Xstore *xs;

	if (!h) {
		xt_fail(error, XT_ERROR_FAILED, "cannot reach xenstored: %s",
			g_strerror(errno));
		return NULL;
	}

	xs = g_new0(Xstore, 1);
	xs->h = h;
	xs->watches = g_hash_table_new(g_str_hash, g_str_equal);
	return xs;
}

void xstore_free(Xstore *xs)
{
	if (!xs)
		return;

	g_assert(!xs->dispatching);
	g_assert(g_hash_table_size(xs->watches) == 0);
	if (xs->source)
		g_source_remove(xs->source);
	g_hash_table_unref(xs->watches);
	xs_close(xs->h);
	g_free(xs);
}

/* ---- reading ---- */

bool xstore_is_text(const char *data, size_t len)
{
	if (len > XSTORE_VALUE_MAX || !g_utf8_validate_len(data, len, NULL))
		return false;

	for (const char *p = data; p < data + len; p = g_utf8_next_char(p))
		if (g_unichar_iscntrl(g_utf8_get_char(p)))
			return false;
	return true;
}

char *xstore_read(Xstore *xs, const char *path)
{
	unsigned int len;
	char *raw = xs_read(xs->h, XBT_NULL, path, &len);
	char *value = raw && xstore_is_text(raw, len) ? g_strndup(raw, len) : NULL;

	free(raw);
	return value;
}

char *xstore_readf(Xstore *xs, const char *format, ...)
{
	g_autofree char *path = NULL;
	va_list args;

	va_start(args, format);
	path = g_strdup_vprintf(format, args);
	va_end(args);
	return xstore_read(xs, path);
}

char **xstore_list(Xstore *xs, const char *path)
{
	unsigned int n = 0;
	char **raw = xs_directory(xs->h, XBT_NULL, path, &n);
	char **names = g_new0(char *, (raw ? n : 0) + 1);

	for (unsigned int i = 0; raw && i < n; i++)
		names[i] = g_strdup(raw[i]);
	free(raw);
	return names;
}

/* ---- writing ---- */

/* "n0 r5" to @perms, which has room for PERMS_MAX; how many, or 0. */
static unsigned int parse_perms(const char *text, struct xs_permissions *perms)
{
	static const struct {
		char letter;
		unsigned int perms;
	} letters[] = {
		{ 'n', XS_PERM_NONE },
		{ 'r', XS_PERM_READ },
		{ 'w', XS_PERM_WRITE },
		{ 'b', XS_PERM_READ | XS_PERM_WRITE },
	};
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	unsigned int n = 0;

	for (; words[n]; n++) {
		uint64_t domid;
		unsigned int i = 0;

		while (i < G_N_ELEMENTS(letters) && letters[i].letter != words[n][0])
			i++;
		if (n == PERMS_MAX || i == G_N_ELEMENTS(letters) ||
		    !g_ascii_string_to_unsigned(words[n] + 1, 10, 0, UINT16_MAX, &domid,
						NULL))
			return 0;
		perms[n] = (struct xs_permissions){ .id = domid,
						    .perms = letters[i].perms };
	}
	return n;
}

static bool set_perms(Xstore *xs, xs_transaction_t t, const char *path, const char *text,
		      GError **error)
{
	struct xs_permissions perms[PERMS_MAX];
	unsigned int n = parse_perms(text, perms);

	if (!n)
		return xt_fail(error, XT_ERROR_INVALID,
			       "xenstore: '%s' are no permissions, \"n0 r5\" would be",
			       text);
	return xs_set_permissions(xs->h, t, path, perms, n) ||
	       fail_errno(error, "set permissions of", path);
}

static bool apply(Xstore *xs, xs_transaction_t t, const XstoreWrite *w, GError **error)
{
	if (!w->value)
		return xs_rm(xs->h, t, w->path) || errno == ENOENT ||
		       fail_errno(error, "remove", w->path);

	if (!xs_write(xs->h, t, w->path, w->value, strlen(w->value)))
		return fail_errno(error, "write", w->path);
	return !w->perms || set_perms(xs, t, w->path, w->perms, error);
}

bool xstore_write(Xstore *xs, const char *path, const char *value, GError **error)
{
	return apply(xs, XBT_NULL, &(XstoreWrite){ path, value, NULL }, error);
}

bool xstore_remove(Xstore *xs, const char *path, GError **error)
{
	return apply(xs, XBT_NULL, &(XstoreWrite){ path, NULL, NULL }, error);
}

bool xstore_set_perms(Xstore *xs, const char *path, const char *perms, GError **error)
{
	return set_perms(xs, XBT_NULL, path, perms, error);
}

bool xstore_write_all(Xstore *xs, const XstoreWrite *writes, size_t n, GError **error)
{
	if (n == 0)
		return true;

	for (unsigned int try = 0; try < TRIES_MAX; try++) {
		xs_transaction_t t;

		if (try > 1)
			g_usleep(g_random_int_range(0, MIN(try, STEPS_MAX) * STEP_US));
		t = xs_transaction_start(xs->h);
		if (t == XBT_NULL)
			return fail_errno(error, "begin a transaction at",
					  writes[0].path);

		for (size_t i = 0; i < n; i++) {
			if (!apply(xs, t, &writes[i], error)) {
				xs_transaction_end(xs->h, t, true);
				return false;
			}
		}

		if (xs_transaction_end(xs->h, t, false))
			return true;
		if (errno != EAGAIN)
			return fail_errno(error, "commit a transaction at",
					  writes[0].path);
	}

	return xt_fail(
		error, XT_ERROR_BUSY,
		"xenstore: a transaction at '%s' was spoilt %d times by other writers",
		writes[0].path, TRIES_MAX);
}

/* ---- watches ---- */

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
	Xstore *xs = data;

	if (condition & (G_IO_HUP | G_IO_ERR)) {
		g_warning(
			"xenstore: the connection is gone, nothing is watched any more");
		xs->source = 0;
		return G_SOURCE_REMOVE;
	}

	xs->dispatching = true;
	for (unsigned int i = 0; i < EVENTS_PER_TURN; i++) {
		char **event = xs_check_watch(xs->h);
		XstoreWatch *watch;

		if (!event)
			break;

		/* An event of a watch that went away in between finds nobody. */
		watch = g_hash_table_lookup(xs->watches, event[XS_WATCH_TOKEN]);
		if (watch)
			watch->changed(event[XS_WATCH_PATH], watch->data);
		free(event);
	}
	xs->dispatching = false;
	return G_SOURCE_CONTINUE;
}

XstoreWatch *xstore_watch(Xstore *xs, const char *path, XstoreChanged changed, void *data,
			  GError **error)
{
	XstoreWatch *watch;

	if (!xs->source)
		xs->source = g_unix_fd_add(xs_fileno(xs->h), G_IO_IN, on_readable, xs);

	watch = g_new0(XstoreWatch, 1);
	watch->xs = xs;
	watch->path = g_strdup(path);
	watch->token = g_strdup_printf("%" G_GUINT64_FORMAT, ++xs->last_token);
	watch->changed = changed;
	watch->data = data;
	g_hash_table_insert(xs->watches, watch->token, watch);

	if (!xs_watch(xs->h, path, watch->token)) {
		fail_errno(error, "watch", path);
		xstore_unwatch(watch);
		return NULL;
	}
	return watch;
}

void xstore_unwatch(XstoreWatch *watch)
{
	if (!watch)
		return;

	xs_unwatch(watch->xs->h, watch->path, watch->token);
	g_hash_table_remove(watch->xs->watches, watch->token);
	g_free(watch->path);
	g_free(watch->token);
	g_free(watch);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Xstore: xenstore on the main loop.
 *
 * Reads, writes and transactions are short and block; watches are events of the loop.
 * Names and values from a guest are bounded: XSTORE_VALUE_MAX bytes, must be UTF-8
 * without control characters, else they read as missing.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define XSTORE_VALUE_MAX 4096

typedef struct Xstore Xstore;
typedef struct XstoreWatch XstoreWatch;

/* @path is what changed: the watched path or below it.  Fires once at first. */
typedef void (*XstoreChanged)(const char *path, void *data);

Xstore *xstore_open(GError **error);
void xstore_free(Xstore *xs); /* not from a watch's callback, and no watches left */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Xstore, xstore_free)

/* Is it what a value may be that is read (see above)? */
bool xstore_is_text(const char *data, size_t len);

/* NULL if missing or not readable as text; free with g_free(). */
char *xstore_read(Xstore *xs, const char *path);
char *xstore_readf(Xstore *xs, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Child names, a NULL-terminated vector (empty if missing); free with g_strfreev(). */
char **xstore_list(Xstore *xs, const char *path);

/* XT_ERROR_NOT_FOUND where xenstored says ENOENT, else XT_ERROR_FAILED with its words. */
bool xstore_write(Xstore *xs, const char *path, const char *value, GError **error);
bool xstore_remove(Xstore *xs, const char *path, GError **error); /* missing: true */

/* @perms as xenstore's tools spell them, owner first: "n0 r5". */
bool xstore_set_perms(Xstore *xs, const char *path, const char *perms, GError **error);

/*
 * Several writes at once, all or none, in the order given.  Tried again while others'
 * writes spoil it, in the end XT_ERROR_BUSY.
 */
typedef struct {
	const char *path;
	const char *value; /* NULL: remove */
	const char *perms; /* NULL: inherited */
} XstoreWrite;
bool xstore_write_all(Xstore *xs, const XstoreWrite *writes, size_t n, GError **error);

XstoreWatch *xstore_watch(Xstore *xs, const char *path, XstoreChanged changed, void *data,
			  GError **error);
void xstore_unwatch(XstoreWatch *watch); /* NULL is fine */

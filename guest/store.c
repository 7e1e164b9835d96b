/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/store.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#define UNIQUE_ID    "unique-domain-id"
#define TRIES        16
#define VALUE_MAX    128 /* of the values that are read: ids, MACs, our stamp */
#define IDENTITY_MAX (3 * VALUE_MAX)

struct Store {
	struct xs_handle *xs;
	xs_transaction_t transaction;
	char identity[IDENTITY_MAX]; /* as store_publish() left it */
	int complained;              /* errno of the last failure that was said */
};

Store *store_open(void)
{
	Store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->xs = xs_open(0);
	/* A watch on a key that is not there is fine, and it need never come. */
	if (!store->xs || !xs_watch(store->xs, UNIQUE_ID, UNIQUE_ID)) {
		int error = errno;

		store_close(store);
		errno = error;
		return NULL;
	}
	return store;
}

void store_close(Store *store)
{
	if (!store)
		return;
	if (store->xs)
		xs_close(store->xs);
	free(store);
}

/* ---- reading ---- */

static void read_value(Store *store, const char *key, char *to, size_t size)
{
	unsigned int length = 0;
	char *value = xs_read(store->xs, store->transaction, key, &length);

	*to = '\0';
	if (value && length < size)
		snprintf(to, size, "%s", value);
	free(value);
}

size_t store_vif_macs(Store *store, VifMac *macs, size_t max)
{
	unsigned int n = 0;
	size_t found = 0;
	char **names = xs_directory(store->xs, XBT_NULL, "device/vif", &n);

	for (unsigned int i = 0; names && i < n && found < max; i++) {
		char node[64], key[64 + sizeof("/mac")], mac[VALUE_MAX];

		snprintf(node, sizeof(node), "device/vif/%s", names[i]);
		macs[found].vif = vif_from_nodename(node);
		snprintf(key, sizeof(key), "%s/mac", node);
		read_value(store, key, mac, sizeof(mac));
		if (macs[found].vif < 0 || strlen(mac) != sizeof(macs->mac) - 1)
			continue;
		memcpy(macs[found++].mac, mac, sizeof(macs->mac));
	}
	free(names);
	return found;
}

/* ---- events ---- */

int store_fd(const Store *store)
{
	return xs_fileno(store->xs);
}

bool store_drain(Store *store, bool *ret_lost)
{
	char **event;
	bool changed = false;
	char now[VALUE_MAX];

	errno = 0;
	while ((event = xs_check_watch(store->xs))) {
		changed = true;
		free(event);
		errno = 0;
	}
	if (errno && errno != EAGAIN) {
		*ret_lost = true;
		return false;
	}
	if (!changed)
		return false;
	/* The first event only says that the watch is set. */
	read_value(store, UNIQUE_ID, now, sizeof(now));
	return strncmp(store->identity, now, strlen(now)) != 0 ||
	       store->identity[strlen(now)] != '\n';
}

/* ---- sending ---- */

static int write_key(void *to, const char *key, const char *value)
{
	Store *store = to;

	return xs_write(store->xs, store->transaction, key, value,
			(unsigned int)strlen(value))
		       ? 0
		       : errno;
}

static int remove_key(void *to, const char *key)
{
	Store *store = to;

	return xs_rm(store->xs, store->transaction, key) || errno == ENOENT ? 0 : errno;
}

static const ReportSink sink = { write_key, remove_key };

/* Which domain this is, and the stamp of the last report in it. */
static void read_identity(Store *store, char *identity)
{
	char unique[VALUE_MAX], domid[VALUE_MAX], updated[VALUE_MAX];

	read_value(store, UNIQUE_ID, unique, sizeof(unique));
	read_value(store, "domid", domid, sizeof(domid));
	read_value(store, STORE_UPDATED, updated, sizeof(updated));
	snprintf(identity, IDENTITY_MAX, "%s\n%s\n%s", unique, domid, updated);
}

static int send_differences(Store *store, Report *report)
{
	char identity[IDENTITY_MAX];

	read_identity(store, identity);
	if (strcmp(identity, store->identity) != 0)
		report_forget(report);
	return report_send(report, &sink, store);
}

/* One transaction; 0 or an errno, EAGAIN if it has to be run again. */
static int try_once(Store *store, Report *report)
{
	int error;

	store->transaction = xs_transaction_start(store->xs);
	if (store->transaction == XBT_NULL)
		return errno;
	error = send_differences(store, report);
	if (!xs_transaction_end(store->xs, store->transaction, error != 0) && !error)
		error = errno;
	store->transaction = XBT_NULL;
	return error;
}

static bool is_lost(int error)
{
	static const int errors[] = { EPIPE, EBADF, EIO, ECONNRESET, ENOTCONN, ENODEV };

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

StoreResult store_publish(Store *store, Report *report)
{
	int error = EAGAIN;

	for (int i = 0; i < TRIES && error == EAGAIN; i++)
		error = try_once(store, report);
	/* A quota may refuse the whole at its end; alone, what has room gets through. */
	if (error && error != EAGAIN && !is_lost(error))
		error = send_differences(store, report);
	if (error == EAGAIN)
		return STORE_BUSY;
	if (is_lost(error))
		return STORE_LOST;
	if (error && error != store->complained)
		warnx("xenstore refuses the report: %s", strerror(error));
	store->complained = error;
	if (error)
		return STORE_REFUSED;
	report_sent(report);
	read_identity(store, store->identity);
	return STORE_DONE;
}

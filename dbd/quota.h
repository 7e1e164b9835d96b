/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Quota: how much a guest may keep in its store.  The host may put more there.
 */

#include <glib.h>
#include <stdbool.h>

#include "dbd/store.h"

#define QUOTA_NODES 1024
#define QUOTA_BYTES (1024u * 1024) /* of names and values together */
#define QUOTA_VALUE_BYTES (64u * 1024)

/* XT_ERROR_LIMIT, naming the limit.  @root is the store's path. */
bool quota_check_value(size_t len, GError **error);
bool quota_check(Store *store, const char *root, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/quota.h"

#include "lib/error.h"

bool quota_check_value(size_t len, GError **error)
{
	return len <= QUOTA_VALUE_BYTES ||
	       xt_fail(error, XT_ERROR_LIMIT,
		       "a guest's value has at most %u bytes, this has %zu",
		       QUOTA_VALUE_BYTES, len);
}

bool quota_check(Store *store, const char *root, GError **error)
{
	uint64_t nodes, bytes;

	if (!store_usage(store, root, &nodes, &bytes, error))
		return false;
	if (nodes > QUOTA_NODES)
		return xt_fail(error, XT_ERROR_LIMIT,
			       "a guest's store has at most %u nodes", QUOTA_NODES);
	if (bytes > QUOTA_BYTES)
		return xt_fail(
			error, XT_ERROR_LIMIT,
			"the names and values of a guest's store have at most %u bytes",
			QUOTA_BYTES);
	return true;
}

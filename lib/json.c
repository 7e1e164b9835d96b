/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/json.h"

#include "lib/error.h"

json_t *json_parse(const char *text, size_t len, size_t max_bytes, const char *where,
		   GError **error)
{
	json_error_t at;
	json_t *json;

	if (len > max_bytes) {
		xt_fail(error, XT_ERROR_INVALID, "%s: %zu bytes of JSON, at most %zu are taken",
			where, len, max_bytes);
		return NULL;
	}

	json = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
	if (!json)
		xt_fail(error, XT_ERROR_INVALID, "%s:%d:%d: not JSON: %s", where, at.line,
			at.column, at.text);
	return json;
}

json_t *json_parse_file(const char *path, size_t max_bytes, GError **error)
{
	g_autofree char *text = NULL;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, error))
		return NULL;
	return json_parse(text, len, max_bytes, path, error);
}

json_t *json_merge(const json_t *base, const json_t *over)
{
	json_t *merged;
	const char *key;
	json_t *value;

	if (!json_is_object(base) || !json_is_object(over))
		return json_deep_copy(over);

	merged = json_deep_copy(base);
	json_object_foreach ((json_t *)over, key, value)
		json_object_set_new(merged, key,
				    json_merge(json_object_get(merged, key), value));
	return merged;
}

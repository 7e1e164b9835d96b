/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/config.h"

#include <string.h>
#include "lib/error.h"
#include "xenmgr/xenvm/config-parse.h"

/*
 * The grammar, which xenvm.conf(5) has, too:
 *
 *   file  = { line "\n" }
 *   line  = blank | "#" anything | key "=" value
 *
 * Blanks around key and value do not count; "_" and "-" in a key are the same.  A value
 * goes to the end of its line, whatever is in it.
 */

typedef struct {
	Config *config;
	ConfigMessages *messages;
	const char *where;
	unsigned int line;
	GHashTable *seen; /* key -> line + 1 */
} Parser;

/* ---- lines ---- */

static void say(Parser *parser, GPtrArray *to, const char *key, const char *what)
{
	GString *text = g_string_new(parser->where);

	if (to->len == CONFIG_MESSAGES_MAX)
		g_string_append(text, ": there is more, not shown");
	if (to->len < CONFIG_MESSAGES_MAX && parser->line)
		g_string_append_printf(text, ":%u", parser->line);
	if (to->len < CONFIG_MESSAGES_MAX)
		g_string_append_printf(text, ": %s%s%s", key, *key ? ": " : "", what);
	if (to->len <= CONFIG_MESSAGES_MAX)
		g_ptr_array_add(to, g_string_free(text, FALSE));
	else
		g_string_free(text, TRUE);
}

static void say_error(Parser *parser, const char *key, const char *what)
{
	say(parser, parser->messages->errors, key, what);
}

static bool first_time(Parser *parser, const char *name, const char *key)
{
	unsigned int before = GPOINTER_TO_UINT(g_hash_table_lookup(parser->seen, name));
	g_autofree char *what = NULL;

	if (!before) {
		g_hash_table_insert(parser->seen, (char *)name,
				    GUINT_TO_POINTER(parser->line));
		return true;
	}
	what = g_strdup_printf("given before, on line %u", before);
	say_error(parser, key, what);
	return false;
}

static void parse_setting(Parser *parser, const char *shown, const char *value)
{
	g_autofree char *name = g_strdelimit(g_ascii_strdown(shown, -1), "_", '-');
	g_autofree char *wrong = NULL;
	bool is_list;
	const ConfigKey *key = config_find_key(name, &is_list);

	if (!key && config_key_is_ignored(name))
		say(parser, parser->messages->notes, shown,
		    "has no effect here, ignoring it");
	else if (!key)
		say_error(parser, shown, "unknown key");
	else if ((is_list || first_time(parser, key->name, shown)) &&
		 !key->set(parser->config, key, value, &wrong))
		say_error(parser, shown, wrong);
}

static void parse_line(Parser *parser, const char *start, size_t len)
{
	g_autofree char *line = NULL;
	char *equals;

	if (len > CONFIG_LINE_MAX)
		return say_error(parser, "", "a line of more than 4096 bytes");
	if (!g_utf8_validate_len(start, len, NULL))
		return say_error(parser, "", "not UTF-8");

	line = g_strndup(start, len);
	g_strstrip(line);
	for (const char *p = line; *p; p++)
		if (g_ascii_iscntrl(*p) && *p != '\t')
			return say_error(parser, "", "a control character");
	if (!*line || *line == '#')
		return;

	equals = strchr(line, '=');
	if (!equals || equals == line)
		return say_error(parser, "", "not a setting: key = value would be right");
	*equals = '\0';
	parse_setting(parser, g_strchomp(line), g_strstrip(equals + 1));
}

/* ---- the whole ---- */

static void complete(Parser *parser)
{
	Config *config = parser->config;
	g_autofree char *wrong_nics = NULL;

	parser->line = 0;
	if (g_hash_table_contains(parser->seen, "hvm") &&
	    g_hash_table_contains(parser->seen, "virt-type"))
		say_error(parser, "hvm",
			  "given beside virt-type: one of them would be right");
	if (!config->memory && !g_hash_table_contains(parser->seen, "memory"))
		say_error(parser, "memory", "missing: memory = MIB would be right");
	if (config->memory_max && config->memory_max < config->memory)
		say_error(parser, "memory-max", "less than memory");
	if (!config->kernel && config->virt != CONFIG_VIRT_HVM)
		say_error(parser, "kernel", "missing: a PV or PVH guest needs one");
	if (config->vcpus > 128 && config->virt != CONFIG_VIRT_PV)
		say_error(parser, "vcpus",
			  "more than 128, which is the most that is not PV");

	if (!*config->uuid) {
		g_autofree char *uuid = uuid_new();

		g_strlcpy(config->uuid, uuid, sizeof(config->uuid));
	}
	if (!config->name)
		config->name = g_strdup(config->uuid);
	if (!config->memory_max)
		config->memory_max = config->memory;
	wrong_nics = config_complete_nics(config);
	if (wrong_nics)
		say_error(parser, "nic", wrong_nics);
}

static void guest_key_free(ConfigGuestKey *key)
{
	g_free(key->name);
	g_free(key->value);
	g_free(key);
}

static Config *config_new(void)
{
	Config *config = g_new0(Config, 1);

	config->virt = CONFIG_VIRT_PV;
	config->vcpus = 1;
	config->on_halt = CONFIG_ACTION_DESTROY;
	config->on_reboot = CONFIG_ACTION_RESTART;
	config->on_crash = CONFIG_ACTION_DESTROY;
	config->disks = g_ptr_array_new_with_free_func((GDestroyNotify)config_disk_free);
	config->nics = g_ptr_array_new_with_free_func((GDestroyNotify)config_nic_free);
	config->guest_keys = g_ptr_array_new_with_free_func(
		(GDestroyNotify)guest_key_free);
	config->extra_hvm = g_ptr_array_new_with_free_func(g_free);
	config->cpuid = g_ptr_array_new_with_free_func(g_free);
	return config;
}

void config_free(Config *config)
{
	if (!config)
		return;
	config_free_texts(config);
	g_free(config->channel);
	g_free(config->keymap);
	g_ptr_array_unref(config->disks);
	g_ptr_array_unref(config->nics);
	g_ptr_array_unref(config->guest_keys);
	g_ptr_array_unref(config->extra_hvm);
	g_ptr_array_unref(config->cpuid);
	g_free(config);
}

Config *config_parse(const char *text, size_t len, const char *where,
		     ConfigMessages *messages)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(Config) config = config_new();
	Parser parser = { config, messages, where, 0, seen };
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		const char *stop = newline ? newline : end;

		parser.line++;
		parse_line(&parser, text, stop - text);
		text = stop + 1;
	}
	complete(&parser);
	return messages->errors->len ? NULL : g_steal_pointer(&config);
}

void config_messages_init(ConfigMessages *messages)
{
	messages->errors = g_ptr_array_new_with_free_func(g_free);
	messages->notes = g_ptr_array_new_with_free_func(g_free);
}

void config_messages_fini(ConfigMessages *messages)
{
	g_ptr_array_unref(messages->errors);
	g_ptr_array_unref(messages->notes);
}

Config *config_read(const char *path, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *text = NULL, *all = NULL;
	ConfigMessages messages;
	Config *config;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, &why)) {
		xt_fail(error, XT_ERROR_INVALID, "%s", why->message);
		return NULL;
	}
	if (len > CONFIG_FILE_MAX) {
		xt_fail(error, XT_ERROR_INVALID, "%s: more than %d bytes", path,
			CONFIG_FILE_MAX);
		return NULL;
	}

	config_messages_init(&messages);
	config = config_parse(text, len, path, &messages);
	for (guint i = 0; i < messages.notes->len; i++)
		g_message("%s", (const char *)messages.notes->pdata[i]);
	if (!config) {
		g_ptr_array_add(messages.errors, NULL);
		all = g_strjoinv("\n", (char **)messages.errors->pdata);
		xt_fail(error, XT_ERROR_INVALID, "%s", all);
	}
	config_messages_fini(&messages);
	return config;
}

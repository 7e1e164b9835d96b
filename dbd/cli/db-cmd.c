/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * db-cmd: the database from a shell.  It goes by the name that it is called by: db-read
 * is db-cmd read.  In a guest it is the same program on the guest's bus.
 */

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbd/cli/ls.h"
#include "idl/db_client.h"
#include "lib/error.h"

#define DUMP_MAX (128 << 20)

/* Exit status, as ever: 1 what was asked is wrong or not so, 2 the database refused. */
enum { OK = EXIT_SUCCESS, NO = 1, FAILED = 2 };

typedef struct {
	RpcTarget to;
	bool flag; /* the command's option was given */
	GString *out;
} Db;

/* A command's arguments; the result is an exit status, and FAILED comes with an error. */
typedef int DbCommand(Db *db, const char *const *args, GError **error);

static bool is_path(const char *path, const char *clean)
{
	g_autofree char *cleaned = ls_clean_path(path);

	return g_str_equal(cleaned, clean);
}

static int db_read(Db *db, const char *const *args, GError **error)
{
	g_autofree char *value = NULL;
	bool exists = true;

	if (!db_rpc_read(&db->to, args[0], &value, error))
		return FAILED;
	if (db->flag && !*value && !db_rpc_exists(&db->to, args[0], &exists, error))
		return FAILED;
	if (!exists)
		return NO;
	g_string_append_printf(db->out, "%s\n", value);
	return OK;
}

static int db_write(Db *db, const char *const *args, GError **error)
{
	if (is_path(args[0], "/") || is_path(args[0], "/vm")) {
		fputs("Nope, not doing that.\n", stderr);
		return NO;
	}
	return db_rpc_write(&db->to, args[0], args[1], error) ? OK : FAILED;
}

static int db_nodes(Db *db, const char *const *args, GError **error)
{
	g_autofree char *line = NULL;
	RpcStrings names = {};

	if (!db_rpc_list(&db->to, args[0], &names, error))
		return FAILED;
	line = names.n ? g_strjoinv(" ", names.items) : g_strdup("");
	g_string_append_printf(db->out, "%s\n", line);
	rpc_clear(&rpc_type_strings, &names);
	return OK;
}

static int db_exists(Db *db, const char *const *args, GError **error)
{
	bool exists;

	if (!db_rpc_exists(&db->to, args[0], &exists, error))
		return FAILED;
	g_string_append(db->out, exists ? "true\n" : "false\n");
	return OK;
}

static int db_rm(Db *db, const char *const *args, GError **error)
{
	if (is_path(args[0], "/")) {
		fputs("bad path\n", stderr);
		return NO;
	}
	return db_rpc_rm(&db->to, args[0], error) ? OK : FAILED;
}

static int db_cat(Db *db, const char *const *args, GError **error)
{
	RpcBytes bytes = {};

	if (!db_rpc_read_binary(&db->to, args[0], &bytes, error))
		return FAILED;
	g_string_append_len(db->out, (const char *)bytes.items, bytes.n);
	rpc_clear(&rpc_type_bytes, &bytes);
	return OK;
}

/* ---- ls ---- */

static bool ls_read(void *data, const char *path, char **ret_value, GError **error)
{
	Db *db = data;

	return db_rpc_read(&db->to, path, ret_value, error);
}

static bool ls_list(void *data, const char *path, char ***ret_names, GError **error)
{
	Db *db = data;
	RpcStrings names = {};

	if (!db_rpc_list(&db->to, path, &names, error))
		return false;
	*ret_names = g_strdupv(names.items);
	rpc_clear(&rpc_type_strings, &names);
	return true;
}

/* One call tells it all where that is allowed and not too much; in a guest it is not. */
static int db_ls(Db *db, const char *const *args, GError **error)
{
	const char *path = args[0] ?: "/";
	Ls ls = { db->out, db->flag, ls_read, ls_list, db };
	g_autoptr(GError) refused = NULL;
	g_autoptr(json_t) tree = NULL;
	g_autofree char *dump = NULL;

	if (!db_rpc_dump(&db->to, path, &dump, &refused)) {
		if (g_error_matches(refused, XT_ERROR, XT_ERROR_DENIED) ||
		    g_error_matches(refused, XT_ERROR, XT_ERROR_LIMIT))
			return ls_walk(&ls, path, error) ? OK : FAILED;
		g_propagate_error(error, g_steal_pointer(&refused));
		return FAILED;
	}
	tree = json_parse(dump, strlen(dump), DUMP_MAX, "dump", error);
	return tree && ls_dump(&ls, path, tree, error) ? OK : FAILED;
}

/* ---- the command line ---- */

typedef struct {
	const char *name;
	DbCommand *run;
	unsigned int min, max; /* arguments */
	const char *option;
	const char *usage;
} Command;

/* clang-format off */
static const Command commands[] = {
	{ "read",   db_read,   1, 1, "-e", "[-e] PATH" },
	{ "write",  db_write,  2, 2, NULL, "PATH VALUE" },
	{ "ls",	    db_ls,     0, 1, "-f", "[-f] [PATH]" },
	{ "nodes",  db_nodes,  1, 1, NULL, "PATH" },
	{ "exists", db_exists, 1, 1, NULL, "PATH" },
	{ "rm",	    db_rm,     1, 1, NULL, "PATH" },
	{ "cat",    db_cat,    1, 1, NULL, "PATH" },
};
/* clang-format on */

static const Command *find_command(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_str_equal(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int usage(void)
{
	fputs("Usage: db-cmd <cmd> <parameters>\n", stderr);
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(stderr, "  %-6s %s\n", commands[i].name, commands[i].usage);
	return NO;
}

static int run(const Command *command, bool flag, const char *const *args)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Bus) bus = bus_open(&error);
	Db db = { { bus, "com.citrix.xenclient.db", "/" }, flag, out };
	int status = bus ? command->run(&db, args, &error) : FAILED;

	if (fwrite(out->str, 1, out->len, stdout) != out->len || fflush(stdout)) {
		fprintf(stderr, "standard output: %s\n", strerror(errno));
		return FAILED;
	}
	if (error)
		fprintf(stderr, "%s: %s\n", xt_error_bus_name(error), error->message);
	return status;
}

int main(int argc, char **argv)
{
	const char *const *args = (const char *const *)argv;
	const char *name = basename(argv[0]);
	const Command *command = NULL;
	bool flag = false;
	unsigned int n;

	if (g_str_has_prefix(name, "db-") && !g_str_equal(name, "db-cmd"))
		command = find_command(name + 3);
	else if (argc > 1)
		command = find_command((++args)[0]);
	if (!command)
		return usage();

	args++;
	if (command->option && args[0] && g_str_equal(args[0], command->option)) {
		flag = true;
		args++;
	}
	n = g_strv_length((char **)args);
	if (n < command->min || n > command->max)
		return usage();
	return run(command, flag, args);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/db.h"

#include "idl/db_client.h"
#include "lib/error.h"
#include "xenmgr/tree.h"

#define TIMEOUT_MS 30000

struct Db {
	RpcTarget target;
};

Db *db_new(Bus *bus)
{
	Db *db = g_new0(Db, 1);

	db->target = (RpcTarget){ .bus = bus,
				  .service = "com.citrix.xenclient.db",
				  .path = "/",
				  .timeout_ms = TIMEOUT_MS };
	return db;
}

/* What the caller of xenmgr is told, who knows nothing of a database. */
static GError *explain(const GError *error)
{
	return error ? g_error_new(XT_ERROR, error->code, "database: %s", error->message)
		     : NULL;
}

/* ---- one call ---- */

typedef struct {
	void (*done)(void);
	void *data;
	char *path;
} Call;

static Call *call_new(const char *path, void (*done)(void), void *data)
{
	Call *call = g_new0(Call, 1);

	call->path = g_strdup(path);
	call->done = done;
	call->data = data;
	return call;
}

static void call_free(Call *call)
{
	g_free(call->path);
	g_free(call);
}

static void dumped(const DbRpcDumpOut *out, const GError *error, void *data)
{
	Call *call = data;
	g_autoptr(GError) failed = explain(error);
	g_autoptr(json_t)
		tree = failed ? NULL : tree_parse_dump(out->value, call->path, &failed);

	((DbTreeDone)call->done)(tree, failed, call->data);
	call_free(call);
}

void db_dump(Db *db, const char *path, DbTreeDone done, void *data)
{
	db_rpc_dump_async(&db->target, path, dumped,
			  call_new(path, (void (*)(void))done, data));
}

static void was_read(const DbRpcReadOut *out, const GError *error, void *data)
{
	Call *call = data;
	g_autoptr(GError) failed = explain(error);

	((DbTextDone)call->done)(out ? out->value : NULL, failed, call->data);
	call_free(call);
}

void db_read(Db *db, const char *path, DbTextDone done, void *data)
{
	db_rpc_read_async(&db->target, path, was_read,
			  call_new(path, (void (*)(void))done, data));
}

static void listed(const DbRpcListOut *out, const GError *error, void *data)
{
	static const char *const none[] = { NULL };
	Call *call = data;
	g_autoptr(GError) failed = explain(error);
	const char *const *names = out && out->value.items
					   ? (const char *const *)out->value.items
					   : none;

	((DbTextsDone)call->done)(failed ? NULL : names, failed, call->data);
	call_free(call);
}

void db_list(Db *db, const char *path, DbTextsDone done, void *data)
{
	db_rpc_list_async(&db->target, path, listed,
			  call_new(path, (void (*)(void))done, data));
}

static void was_done(const GError *error, void *data)
{
	Call *call = data;
	g_autoptr(GError) failed = explain(error);

	((DbDone)call->done)(failed, call->data);
	call_free(call);
}

void db_write(Db *db, const char *path, const char *value, DbDone done, void *data)
{
	db_rpc_write_async(&db->target, path, value, was_done,
			   call_new(path, (void (*)(void))done, data));
}

void db_inject(Db *db, const char *path, const json_t *tree, DbDone done, void *data)
{
	g_autofree char *text = tree_print(tree);

	db_rpc_inject_async(&db->target, path, text, was_done,
			    call_new(path, (void (*)(void))done, data));
}

void db_remove(Db *db, const char *path, DbDone done, void *data)
{
	db_rpc_rm_async(&db->target, path, was_done,
			call_new(path, (void (*)(void))done, data));
}

/* ---- several reads at once ---- */

typedef struct {
	DbTextsDone done;
	void *data;
	GPtrArray *values;
	unsigned int open;
	GError *error;
} Reads;

typedef struct {
	Reads *reads;
	unsigned int i;
} OneRead;

static void reads_progress(Reads *reads)
{
	if (--reads->open > 0)
		return;
	reads->done(reads->error ? NULL : (const char *const *)reads->values->pdata,
		    reads->error, reads->data);
	g_ptr_array_unref(reads->values);
	g_clear_error(&reads->error);
	g_free(reads);
}

static void one_was_read(const char *value, const GError *error, void *data)
{
	OneRead *one = data;
	Reads *reads = one->reads;

	if (error && !reads->error)
		reads->error = g_error_copy(error);
	reads->values->pdata[one->i] = g_strdup(value);
	g_free(one);
	reads_progress(reads);
}

static gboolean nothing_to_read(void *data)
{
	reads_progress(data);
	return G_SOURCE_REMOVE;
}

void db_read_all(Db *db, const char *const *paths, DbTextsDone done, void *data)
{
	unsigned int n = g_strv_length((char **)paths);
	Reads *reads = g_new0(Reads, 1);

	reads->done = done;
	reads->data = data;
	reads->values = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_set_size(reads->values, (int)n + 1); /* the last stays NULL */
	reads->open = MAX(n, 1);
	if (n == 0)
		g_idle_add(nothing_to_read, reads);
	for (unsigned int i = 0; i < n; i++) {
		OneRead *one = g_new(OneRead, 1);

		one->reads = reads;
		one->i = i;
		db_read(db, paths[i], one_was_read, one);
	}
}

/* ---- changes ---- */

typedef struct {
	Db *db;
	GPtrArray *edits;
	unsigned int next;
	DbDone done;
	void *data;
} Edits;

DbEdit *db_edit_new(char *path, char *value, json_t *tree)
{
	DbEdit *edit = g_new(DbEdit, 1);

	edit->path = path;
	edit->value = value;
	edit->tree = tree;
	return edit;
}

static void edit_free(void *data)
{
	DbEdit *edit = data;

	g_free(edit->path);
	g_free(edit->value);
	json_decref(edit->tree);
	g_free(edit);
}

GPtrArray *db_edits_new(void)
{
	return g_ptr_array_new_with_free_func(edit_free);
}

static void apply_next(const GError *error, void *data)
{
	Edits *edits = data;
	const DbEdit *edit;

	if (error || edits->next == edits->edits->len) {
		edits->done(error, edits->data);
		g_ptr_array_unref(edits->edits);
		g_free(edits);
		return;
	}
	edit = g_ptr_array_index(edits->edits, edits->next++);
	if (edit->value)
		db_write(edits->db, edit->path, edit->value, apply_next, edits);
	else if (edit->tree)
		db_inject(edits->db, edit->path, edit->tree, apply_next, edits);
	else
		db_remove(edits->db, edit->path, apply_next, edits);
}

static gboolean nothing_to_apply(void *data)
{
	apply_next(NULL, data);
	return G_SOURCE_REMOVE;
}

void db_apply(Db *db, GPtrArray *taken, DbDone done, void *data)
{
	Edits *edits = g_new(Edits, 1);

	edits->db = db;
	edits->edits = taken;
	edits->next = 0;
	edits->done = done;
	edits->data = data;
	if (taken->len == 0)
		g_idle_add(nothing_to_apply, edits);
	else
		apply_next(NULL, edits);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/xl.h"

#include <string.h>
#include <xentoollog.h>
#include "lib/error.h"
#include "lib/uuid.h"
#include "xenmgr/xenvm/xl-loop.h"

/* The first lines name the cause, later ones what followed from it. */
#define SAID_LINES_MAX 8
#define SAID_LINE_MAX  400

struct Xl {
	xentoollog_logger logger; /* must be first: libxl hands it back */
	libxl_ctx *ctx;
	GString *said;
	unsigned int lines;
	const XlEvents *events;
	libxl_event_hooks hooks;
	void *data;
};

static Xl *process_xl;

struct XlOp {
	Xl *xl;
	libxl_asyncop_how how;
	XlDone done;
	void *data;
	int rc;
	bool over;
};

/* Its completions and events come before what waits for the loop to be idle. */
static void from_the_loop(GSourceFunc func, gpointer data)
{
	g_idle_add_full(G_PRIORITY_DEFAULT, func, data, NULL);
}

/* ---- what it says ---- */

/* "file.c:123:function: Domain 5:text" is for the log; the text is for people. */
static const char *without_place(const char *line)
{
	const char *p = strstr(line, ".c:");
	const char *text = p && strcspn(line, " ") > (size_t)(p - line) ? strstr(p, ": ")
									: NULL;

	text = text ? text + 2 : line;
	if (g_str_has_prefix(text, "Domain ") && g_ascii_isdigit(text[7])) {
		p = text + 7 + strspn(text + 7, "0123456789");
		text = *p == ':' ? p + 1 : text;
	}
	return text;
}

static void xl_keep(Xl *xl, const char *line)
{
	const char *text = without_place(line);

	if (xl->lines++ >= SAID_LINES_MAX)
		return;
	if (xl->said->len)
		g_string_append(xl->said, "; ");
	g_string_append_len(xl->said, text, MIN(strlen(text), SAID_LINE_MAX));
}

static G_GNUC_PRINTF(5, 0) void xl_vmessage(xentoollog_logger *logger,
					    xentoollog_level level, int errnoval,
					    const char *context, const char *format,
					    va_list args)
{
	Xl *xl = (Xl *)logger;
	g_autofree char *text = NULL;

	if (level < XTL_INFO)
		return; /* its debug lines are hundreds a start */
	text = g_strdup_vprintf(format, args);
	g_strchomp(text);
	if (errnoval >= 0) {
		char *with = g_strdup_printf("%s: %s", text, g_strerror(errnoval));

		g_free(text);
		text = with;
	}
	if (level >= XTL_ERROR)
		xl_keep(xl, text);
	g_log(NULL, level >= XTL_WARN ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_DEBUG, "%s: %s",
	      context ? context : "xl", text);
}

static void xl_progress(xentoollog_logger *logger, const char *context, const char *doing,
			int percent, unsigned long done, unsigned long total)
{
}

static void xl_logger_destroy(xentoollog_logger *logger)
{
}

void xl_begin(Xl *xl)
{
	g_string_truncate(xl->said, 0);
	xl->lines = 0;
}

bool xl_fail(Xl *xl, GError **error, const char *step, int rc)
{
	g_autofree char *said = g_utf8_make_valid(xl->said->str, -1);

	if (!*said) {
		g_free(said);
		said = g_strdup(rc ? libxl_error_to_string(rc) : "it had no effect");
	}
	return xt_fail(error, rc == ERROR_TIMEDOUT ? XT_ERROR_TIMEOUT : XT_ERROR_FAILED,
		       "%s: %s", step, said);
}

/* ---- events ---- */

typedef struct {
	Xl *xl;
	libxl_event *event; /* or a disaster: */
	char *what;
} XlEvent;

static gboolean xl_deliver(gpointer data)
{
	g_autofree XlEvent *e = data;
	g_autofree char *what = e->what;
	libxl_event *event = e->event;
	Xl *xl = e->xl;
	uint32_t domid;
	libxl_shutdown_reason reason;
	libxl_event_type type;

	if (!event) {
		xl->events->disaster(what, xl->data);
		return G_SOURCE_REMOVE;
	}
	domid = event->domid;
	type = event->type;
	reason = event->u.domain_shutdown.shutdown_reason;
	libxl_event_free(xl->ctx, event);
	if (type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN)
		xl->events->domain_down(domid, reason, xl->data);
	else if (type == LIBXL_EVENT_TYPE_DOMAIN_DEATH)
		xl->events->domain_gone(domid, xl->data);
	return G_SOURCE_REMOVE;
}

static void xl_queue(Xl *xl, libxl_event *event, char *what)
{
	XlEvent *e = g_new0(XlEvent, 1);

	e->xl = xl;
	e->event = event;
	e->what = what;
	from_the_loop(xl_deliver, e);
}

static void xl_event_occurs(void *user, libxl_event *event)
{
	xl_queue(user, event, NULL);
}

/* Nothing of libxl may be called in here. */
static void xl_disaster(void *user, libxl_event_type type, const char *msg, int errnoval)
{
	xl_queue(user, NULL, g_strdup_printf("%s: %s", msg, g_strerror(errnoval)));
}

/* ---- life ---- */

Xl *xl_open(const XlEvents *events, void *data, GError **error)
{
	Xl *xl = g_new0(Xl, 1);
	int rc;

	g_assert(!process_xl);
	xl->logger = (xentoollog_logger){ xl_vmessage, xl_progress, xl_logger_destroy };
	xl->said = g_string_new(NULL);
	xl->events = events;
	xl->data = data;
	rc = libxl_ctx_alloc(&xl->ctx, LIBXL_VERSION, 0, &xl->logger);
	if (rc) {
		xl_fail(xl, error, "cannot reach Xen", rc);
		g_string_free(xl->said, TRUE);
		g_free(xl);
		return NULL;
	}
	xl_loop_attach(xl->ctx);
	xl->hooks.event_occurs_mask = LIBXL_EVENTMASK_ALL;
	xl->hooks.event_occurs = xl_event_occurs;
	xl->hooks.disaster = xl_disaster;
	libxl_event_register_callbacks(xl->ctx, &xl->hooks, xl);
	return process_xl = xl;
}

libxl_ctx *xl_ctx(Xl *xl)
{
	return xl->ctx;
}

/* ---- asynchronous operations ---- */

static gboolean op_deliver(gpointer data)
{
	XlOp *op = data;
	XlDone done = op->done;
	void *done_data = op->data;
	int rc = op->rc;

	g_free(op);
	done(rc, done_data);
	return G_SOURCE_REMOVE;
}

static void op_over(XlOp *op, int rc)
{
	op->rc = rc;
	op->over = true;
	from_the_loop(op_deliver, op);
}

/* May come inside the call that starts the operation. */
static void op_complete(libxl_ctx *ctx, int rc, void *for_callback)
{
	op_over(for_callback, rc);
}

XlOp *xl_op_new(Xl *xl, XlDone done, void *data)
{
	XlOp *op = g_new0(XlOp, 1);

	op->xl = xl;
	op->how.callback = op_complete;
	op->how.u.for_callback = op;
	op->done = done;
	op->data = data;
	return op;
}

const libxl_asyncop_how *xl_op_how(XlOp *op)
{
	return &op->how;
}

void xl_op_started(XlOp *op, int rc)
{
	if (rc)
		op_over(op, rc); /* not started: no completion will come */
}

bool xl_op_is_over(const XlOp *op)
{
	return op->over;
}

void xl_op_abort(XlOp *op)
{
	if (!op->over)
		libxl_ao_abort(op->xl->ctx, &op->how);
}

/* ---- domains ---- */

bool xl_domain_info(Xl *xl, uint32_t domid, libxl_dominfo *ret_info)
{
	libxl_dominfo info;
	bool alive;

	libxl_dominfo_init(&info);
	alive = libxl_domain_info(xl->ctx, &info, domid) == 0 && !info.dying;
	if (alive)
		*ret_info = info;
	g_clear_pointer(&info.ssid_label, free);
	if (alive)
		ret_info->ssid_label = NULL;
	return alive;
}

void xl_uuid_text(const libxl_uuid *uuid, char *ret_text)
{
	g_snprintf(ret_text, UUID_LEN + 1, LIBXL_UUID_FMT, LIBXL_UUID_BYTES((*uuid)));
}

GArray *xl_domains_of(Xl *xl, const char *uuid)
{
	GArray *found = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	int n = 0;
	libxl_dominfo *list = libxl_list_domain(xl->ctx, &n);

	for (int i = 0; list && i < n; i++) {
		char text[UUID_LEN + 1];

		xl_uuid_text(&list[i].uuid, text);
		if (list[i].domid && !list[i].dying && g_str_equal(text, uuid))
			g_array_append_val(found, list[i].domid);
	}
	libxl_dominfo_list_free(list, n);
	return found;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/vms.h"

#include <inttypes.h>

/* A name is any text: what would break a row of the table is shown as '?'. */
static void print_cell(GString *out, const char *text, glong width)
{
	glong len = 0;

	for (const char *p = text; *p; p = g_utf8_next_char(p), len++) {
		gunichar c = g_utf8_get_char(p);

		g_string_append_unichar(out, g_unichar_iscntrl(c) || c == '|' ? '?' : c);
	}
	for (; len < width; len++)
		g_string_append_c(out, ' ');
}

static void print_row(GString *out, const VmsItem *vm)
{
	g_autofree char *domid = vm->domid < 0 ? g_strdup("") :
						 g_strdup_printf("%" PRIi32, vm->domid);

	g_string_append_printf(out, " %3s | ", domid);
	print_cell(out, vm->name, 18);
	g_string_append(out, " | ");
	print_cell(out, vm->uuid, 36);
	g_string_append(out, " | ");
	print_cell(out, vm->state, 10);
	g_string_append_c(out, '\n');
}

static gint by_domain(gconstpointer pa, gconstpointer pb)
{
	const VmsItem *a = *(const VmsItem *const *)pa, *b = *(const VmsItem *const *)pb;

	if (a->domid < 0 || b->domid < 0)
		return (a->domid < 0) - (b->domid < 0);
	return (a->domid > b->domid) - (a->domid < b->domid);
}

void vms_print(GString *out, const Vms *vms)
{
	g_autoptr(GPtrArray) sorted = g_ptr_array_new();

	g_string_append(out, " ID  | Name               | UUID                                 "
			     "| State     \n"
			     "-----+--------------------+--------------------------------------"
			     "+--------\n");
	for (size_t i = 0; i < vms->n; i++)
		g_ptr_array_add(sorted, &vms->items[i]);
	g_ptr_array_sort(sorted, by_domain); /* stable, and promised to be */
	for (guint i = 0; i < sorted->len; i++)
		print_row(out, g_ptr_array_index(sorted, i));
}

const VmsItem *vms_find_name(const Vms *vms, const char *name)
{
	for (size_t i = 0; i < vms->n; i++)
		if (g_str_equal(vms->items[i].name, name))
			return &vms->items[i];
	return NULL;
}

const VmsItem *vms_find_domid(const Vms *vms, const char *domid)
{
	guint64 want;

	if (!g_ascii_string_to_unsigned(domid, 10, 0, INT32_MAX, &want, NULL))
		return NULL;
	for (size_t i = 0; i < vms->n; i++)
		if (vms->items[i].domid == (int32_t)want)
			return &vms->items[i];
	return NULL;
}

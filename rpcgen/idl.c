/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl.h"

#include <stdarg.h>

typedef struct {
	void *p;
	void (*destroy)(void *p);
} Owned;

static void own(IdlFile *file, void *p, void (*destroy)(void *p))
{
	Owned *owned = g_new(Owned, 1);

	*owned = (Owned){ p, destroy };
	g_ptr_array_add(file->owned, owned);
}

static void free_owned(void *data)
{
	Owned *owned = data;

	owned->destroy(owned->p);
	g_free(owned);
}

static void unref_list(void *list)
{
	g_ptr_array_unref(list);
}

void *idl_own(IdlFile *file, size_t size)
{
	void *p = g_malloc0(size);

	own(file, p, g_free);
	return p;
}

char *idl_own_text(IdlFile *file, char *text)
{
	if (text)
		own(file, text, g_free);
	return text;
}

GPtrArray *idl_own_list(IdlFile *file)
{
	GPtrArray *list = g_ptr_array_new();

	own(file, list, unref_list);
	return list;
}

void idl_error(IdlFile *file, int line, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	g_ptr_array_add(file->errors,
			line ? g_strdup_printf("%s:%d: %s", file->path, line, text) :
			       g_strdup_printf("%s: %s", file->path, text));
}

const char *idl_annotation(const GPtrArray *annotations, const char *name)
{
	for (guint i = 0; i < annotations->len; i++) {
		const IdlAnnotation *annotation = g_ptr_array_index(annotations, i);

		if (g_str_equal(annotation->name, name))
			return annotation->value;
	}
	return NULL;
}

void idl_free(IdlFile *file)
{
	if (!file)
		return;
	g_ptr_array_unref(file->owned);
	g_ptr_array_unref(file->errors);
	idl_types_free(file->types);
	g_free(file);
}

IdlFile *idl_new(const char *path, const char *name)
{
	IdlFile *file = g_new0(IdlFile, 1);

	file->owned = g_ptr_array_new_with_free_func(free_owned);
	file->errors = g_ptr_array_new_with_free_func(g_free);
	file->types = idl_types_new();
	file->path = idl_own_text(file, g_strdup(path));
	file->name = idl_own_text(file, g_strdup(name));
	file->doc = idl_own_list(file);
	file->enums = idl_own_list(file);
	file->interfaces = idl_own_list(file);
	return file;
}

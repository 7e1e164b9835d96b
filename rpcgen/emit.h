/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Emit: from a model to texts.  One function per output; each returns the text of the
 * whole file, the same for the same model.  Free with g_free().
 */

#include "rpcgen/idl.h"

char *emit_types_h(const IdlFile *file);
char *emit_types_c(const IdlFile *file);
char *emit_server_h(const IdlFile *file);
char *emit_server_c(const IdlFile *file);
char *emit_client_h(const IdlFile *file);
char *emit_client_c(const IdlFile *file);
char *emit_introspection_xml(const IdlFile *file);
char *emit_markdown(const IdlFile *file);
char *emit_policy(const IdlFile *file);
char *emit_bus_config(const IdlFile *file);

/* ---- what the emitters share (emit.c) ---- */

#define emit(out, ...) g_string_append_printf(out, __VA_ARGS__)

/* Name of the document, for a comment of any language: one line, no "--"; free it. */
char *emit_source(const IdlFile *file);
/* First lines of every file of C, and of XML and Markdown. */
void emit_head(GString *out, const IdlFile *file, bool is_header);
void emit_xml_head(GString *out, const IdlFile *file);
/* "<!DOCTYPE ROOT ...>" of a document type of freedesktop.org. */
void emit_doctype(GString *out, const char *root, const char *name, const char *file);
/* A heading before what belongs to @iface, with its comment if @with_doc. */
void emit_section(GString *out, const IdlInterface *iface, bool with_doc);

/* @doc (IdlBlock) as a comment, each line after @indent tabs; nothing if it is empty. */
void emit_doc(GString *out, const GPtrArray *doc, unsigned int indent);

/* @doc in lines of at most @columns; the first begins where @out ends. */
typedef struct {
	void (*append)(GString *out, const char *word, bool first_of_line);
	size_t columns;
	const char *lead; /* of each line but the first */
	size_t start;	  /* column behind that */
} EmitFill;

void emit_blocks(GString *out, const GPtrArray *doc, const EmitFill *fill);

/* @text as a C string literal. */
void emit_string(GString *out, const char *text);
/* @text as part of XML. */
void emit_xml(GString *out, const char *text);

/* "HEAD(param, param, ...)", broken at 90 columns; @indent: tabs before it. */
void emit_prototype(GString *out, unsigned int indent, const char *head,
		    const GPtrArray *params);

/* Parameters of functions, as texts to be freed with g_free(). */
GPtrArray *emit_params(void);
void emit_param(GPtrArray *params, const char *format, ...) G_GNUC_PRINTF(2, 3);
void emit_in_params(GPtrArray *params, const GPtrArray *args);
void emit_out_params(GPtrArray *params, const GPtrArray *args);

/* "name", "*name": what stands for the parameter of @arg in an initializer. */
char *emit_param_value(const IdlArg *arg);

/* "\tconst XIn in = { ... };\n" from parameters; nothing if there are none. */
void emit_struct_from_params(GString *out, const char *c_type, const char *variable,
			     const GPtrArray *args);

/* Signature of all @args; free with g_free(). */
char *emit_signature(const GPtrArray *args);
/* "<interface>...</interface>" (emit-introspection.c); free with g_free(). */
char *emit_introspection(const IdlInterface *iface);

#define for_each(type, var, list)                                                     \
	for (guint var##_i = 0; var##_i < (list)->len; var##_i++)                     \
		for (const type *var = g_ptr_array_index(list, var##_i); var; var = NULL)

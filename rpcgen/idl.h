/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * IDL: one introspection document as a model, checked and with its C names.
 *
 * Everything in a model belongs to its IdlFile and is freed with it.  A model without
 * errors can be emitted: the emitters check nothing.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "rpcgen/idl-type.h"

/* Documentation is a list of blocks: paragraphs, and items of lists. */
typedef struct {
	unsigned int indent; /* column of the text: 0 outside of lists */
	const char *marker;  /* "- ", "1. ", and ends there; NULL: does not begin an item */
	char *text;	     /* words with one blank between them */
} IdlBlock;

typedef struct {
	char *name, *value;
} IdlAnnotation;

typedef struct {
	char *suffix, *value; /* a number in decimal */
	GPtrArray *doc;
	int line;
} IdlEnumValue;

typedef struct {
	char *name;
	char type; /* D-Bus code */
	GPtrArray *values;
	GPtrArray *doc;
	int line;
} IdlEnum;

typedef struct {
	char *name;  /* as it is in the document, or NULL */
	char *field; /* in a struct */
	char *param; /* in a function; of an out argument without "ret_" */
	const IdlType *type;
	const IdlEnum *values; /* or NULL */
	GPtrArray *annotations;
	GPtrArray *doc;
	int line;
} IdlArg;

/* A method, or a signal: then all arguments are in @in. */
typedef struct {
	char *name;
	char *c_name;	/* snake_case */
	char *op;	/* the same as member of the operations table */
	char *c_type;	/* CamelCase */
	char *c_const;	/* UPPER_CASE */
	GPtrArray *in, *out;
	GPtrArray *annotations;
	bool async, no_reply;
	const char *access; /* "READ" */
	GPtrArray *doc;
	int line;
} IdlMember;

typedef struct {
	char *name;
	char *c_const;
	const IdlType *type;
	bool read, write;
	const char *emits; /* of EmitsChangedSignal: "true", "invalidates", "false" */
	const struct IdlInterface *owner; /* not one that includes it */
	char *key, *fallback;
	int64_t min, max;
	const IdlEnum *values;
	GPtrArray *annotations;
	GPtrArray *doc;
	int line;
} IdlProperty;

typedef struct IdlInterface {
	char *name;
	char *prefix;  /* "xenmgr_vm_rpc" */
	char *c_type;  /* "XenmgrVmRpc" */
	char *c_const; /* "XENMGR_VM_RPC" */
	GPtrArray *methods, *signals, *properties;
	GPtrArray *annotations;
	const char *access, *emits; /* what members have that say nothing */
	const char *service;	    /* name on the bus, or NULL */
	GPtrArray *includes;	    /* of its properties: IdlInterface */
	int included;		    /* 0: not yet, 1: being done, 2: done */
	GPtrArray *doc;
	int line;
} IdlInterface;

typedef struct {
	char *path;	/* as given */
	char *name;	/* of the outputs */
	char *c_const;	/* of the enums */
	char *node;	/* path of the objects, for readers; or NULL */
	GPtrArray *doc;
	GPtrArray *enums, *interfaces;
	IdlTypes *types;
	GPtrArray *errors; /* "file:line: message" */
	GPtrArray *owned;
} IdlFile;

/* Read and check @path; look at @errors before all else. */
IdlFile *idl_read(const char *path, const char *name);
IdlFile *idl_new(const char *path, const char *name); /* empty */
void idl_free(IdlFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IdlFile, idl_free)

/* For the parts of the model: memory, texts and lists that belong to @file. */
void *idl_own(IdlFile *file, size_t size);
char *idl_own_text(IdlFile *file, char *text); /* takes it; NULL is fine */
GPtrArray *idl_own_list(IdlFile *file);
void idl_error(IdlFile *file, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Includes, duplicates and collisions of C names (idl-check.c). */
void idl_check(IdlFile *file);

const char *idl_annotation(const GPtrArray *annotations, const char *name);
#define IDL_OURS "com.citrix.xenclient.rpcgen."

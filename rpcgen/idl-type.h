/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * IDL types: D-Bus signatures as trees, and what they are called in C.
 *
 * Each distinct type is there once (IdlTypes); a struct whose members have names of
 * their own (the annotation Members) is a type of its own too.
 */

#include <glib.h>
#include <stdbool.h>

#define IDL_SIGNATURE_MAX 255
#define IDL_NESTING_MAX 32 /* of arrays, and of structs */

typedef struct IdlType IdlType;

struct IdlType {
	char code; /* as in RpcType */
	char *signature;
	char *c_name;	  /* "char *", "RpcStrings", "Rpc_aDssE" */
	char *descriptor; /* "rpc_type_string" */
	bool builtin;	  /* declared in lib/rpc-type.h */
	bool shared;	  /* other files may declare it too: needs a guard */
	const IdlType *elem;
	GPtrArray *fields; /* IdlType */
	char **names;	   /* of the fields */
};

typedef struct {
	GHashTable *by_name; /* C name or signature -> IdlType, owned */
	GPtrArray *declared; /* those to declare, in an order that works */
} IdlTypes;

IdlTypes *idl_types_new(void);
void idl_types_free(IdlTypes *types);

/* NULL with *@ret_why (static) if @signature is not one complete type. */
const IdlType *idl_type(IdlTypes *types, const char *signature, const char **ret_why);

/*
 * The same for a struct, or arrays of one, whose members are @names.  @c_name, "XRpcY",
 * names the whole; "Item" is added for each array around the struct.
 */
const IdlType *idl_type_with_members(IdlTypes *types, const char *signature,
				     const char *c_name, char **names,
				     const char **ret_why);

/* "const char *path", "RpcStrings names": @name declared with @c_type. */
char *idl_declare(const char *c_type, const char *name);

/* Passed by value in C: a number or a boolean. */
bool idl_type_is_number(const IdlType *type);
/* A pointer in C: a string or a variant. */
bool idl_type_is_pointer(const IdlType *type);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Introspect: what an object of somebody else's service says of itself.
 *
 * The text comes from any process on the bus: names are taken as they are, signatures
 * are checked, sizes are bounded.  It knows no bus.
 */

#include <glib.h>

typedef struct {
	char *name; /* "" if it has none */
	char *signature;
} IntrospectArg;

typedef struct {
	char *name;
	GPtrArray *in, *out; /* IntrospectArg */
} IntrospectMethod;

typedef struct {
	char *name;
	char *signature;
	char *access; /* read, write or readwrite */
} IntrospectProperty;

typedef struct {
	char *name;
	GPtrArray *methods, *properties; /* of the two above */
} IntrospectInterface;

/* IntrospectInterface of the object itself, not of its children; owned. */
GPtrArray *introspect_parse(const char *xml, GError **error);

/* NULL if there is none. */
const IntrospectInterface *introspect_find(const GPtrArray *interfaces, const char *name);
const IntrospectMethod *introspect_method(const IntrospectInterface *iface, const char *name);
const IntrospectProperty *introspect_property(const IntrospectInterface *iface,
					      const char *name);

/* The listing that people read: a block of lines per interface. */
void introspect_print(GString *out, const GPtrArray *interfaces);

/* Names one a line, those of methods as xec takes them, with '-' for '_'. */
void introspect_print_interfaces(GString *out, const GPtrArray *interfaces);
void introspect_print_methods(GString *out, const IntrospectInterface *iface);
void introspect_print_properties(GString *out, const IntrospectInterface *iface);

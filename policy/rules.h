/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Rules: the policy language, from text to a list.
 *
 * A text is taken whole or not at all: every mistake in it is told as
 * "source:line:column: what", one a line, and nothing of it is in force.  The grammar
 * stands at the head of rules.c and in rpc-proxy.rules(5).  Which rule decides about a
 * message is decide.h's; nothing here knows messages.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define RULES_TEXT_MAX (1024 * 1024) /* bytes of one text */
#define RULES_WORD_MAX 255           /* as long as a bus name may be */

typedef enum {
	RULE_INC, /* from the guest */
	RULE_OUT, /* to the guest */
} RuleDirection;

typedef enum {
	RULE_METHOD_CALL = 1,
	RULE_METHOD_RETURN = 2,
	RULE_ERROR = 4,
	RULE_SIGNAL = 8,
	RULE_ANY_KIND = 15,
} RuleKind;

/* What is compared as it is. */
typedef enum {
	RULE_DESTINATION,
	RULE_INTERFACE,
	RULE_MEMBER,
	RULE_SENDER,
	RULE_DOM_UUID,
	_RULE_N_FIELDS,
} RuleField;

/* A property of the VM: a boolean, or a text ("type" and "name"). */
typedef struct {
	char *property;
	char *text; /* NULL: @boolean counts */
	bool boolean;
} RuleCondition;

typedef struct {
	bool allow;
	RuleDirection direction;
	unsigned int kinds;           /* RuleKind */
	char *fields[_RULE_N_FIELDS]; /* NULL: any */
	int domid;                    /* -1: any */
	bool stubdom;                 /* there is no "either" */
	bool own_vm;
	GArray *conditions; /* RuleCondition, all must hold; NULL if none */
	const char *source; /* of the set */
	unsigned int line;
	char *text; /* as written */
} Rule;

typedef struct {
	GPtrArray *rules; /* Rule, in order */
	GPtrArray *sources;
} RuleSet;

RuleSet *rule_set_new(void);
void rule_set_free(RuleSet *set); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RuleSet, rule_set_free)

/*
 * Add the rules of @text to the end of @set; @source is the file or key that it is from.
 * On failure @set is as before.
 */
bool rules_parse(RuleSet *set, const char *text, size_t len, const char *source,
		 GError **error);

/* A set of the rules in the file @path. */
RuleSet *rules_parse_file(const char *path, GError **error);

/* Every rule of @set is of this VM only, whatever it says of itself. */
void rules_bind(RuleSet *set, const char *uuid);

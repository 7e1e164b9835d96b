/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decide: what the rules say about a message.  Pure.
 *
 * The last rule that matches decides, first of the VM's own rules, then of the global
 * ones; if none does, the message is denied.  A rule matches if each of its specifiers
 * does.  What cannot be compared, because the message lacks the field or nothing is known
 * of the VM's property, never satisfies an allow and always satisfies a deny.
 */

#include "policy/facts.h"
#include "policy/rules.h"

/* A message as rules see it; NULL is "the message lacks it". */
typedef struct {
	RuleDirection direction;
	RuleKind kind;
	const char *destination, *interface, *member, *sender, *path;

	/* The interface is org.freedesktop.DBus.Properties: what the call asks about. */
	bool about_property;
	const char *property_interface;
} Subject;

/* What is in force for the guest at the other end of the message. */
typedef struct {
	const RuleSet *global, *own; /* NULL: none */
	const Facts *facts;          /* NULL: nothing is known */
	const char *uuid;
	int domid;
	bool stubdom;
} Policy;

typedef struct {
	bool allow;
	const Rule *rule; /* the one that decided, or NULL: no rule */
} Verdict;

Verdict decide(const Policy *policy, const Subject *subject);

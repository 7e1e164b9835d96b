/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/decide.h"

#include <string.h>
#include "lib/uuid.h"

typedef enum {
	MATCH_NO,
	MATCH_YES,
	MATCH_UNKNOWN,
} Match;

static Match match_text(const char *wanted, const char *have)
{
	if (!have)
		return MATCH_UNKNOWN;
	return strcmp(wanted, have) == 0 ? MATCH_YES : MATCH_NO;
}

/* The interface of a property counts as well as that of the call which asks for it. */
static Match match_interface(const char *wanted, const Subject *subject)
{
	Match match = match_text(wanted, subject->interface);

	if (match == MATCH_YES || !subject->about_property)
		return match;
	return match_text(wanted, subject->property_interface);
}

static Match match_own_vm(const Policy *policy, const Subject *subject)
{
	g_autofree char *uuid = NULL;

	if (!subject->path)
		return MATCH_UNKNOWN;
	uuid = uuid_from_path(subject->path, NULL);
	return uuid && strcmp(uuid, policy->uuid) == 0 ? MATCH_YES : MATCH_NO;
}

static Match match_condition(const RuleCondition *condition, const Facts *facts)
{
	bool value;

	if (condition->text)
		return match_text(condition->text,
				  facts_get_text(facts, condition->property));
	if (!facts_get_boolean(facts, condition->property, &value))
		return MATCH_UNKNOWN;
	return value == condition->boolean ? MATCH_YES : MATCH_NO;
}

static Match match_field(const Rule *rule, RuleField field, const Policy *policy,
			 const Subject *subject)
{
	const char *have[_RULE_N_FIELDS] = {
		[RULE_DESTINATION] = subject->destination,
		[RULE_MEMBER] = subject->member,
		[RULE_SENDER] = subject->sender,
		[RULE_DOM_UUID] = policy->uuid,
	};

	if (!rule->fields[field])
		return MATCH_YES;
	if (field == RULE_INTERFACE)
		return match_interface(rule->fields[field], subject);
	return match_text(rule->fields[field], have[field]);
}

/* Does the rule hold, given what an unknown counts as for it? */
static bool holds(const Rule *rule, Match match)
{
	return match == MATCH_YES || (match == MATCH_UNKNOWN && !rule->allow);
}

static bool rule_matches(const Rule *rule, const Policy *policy, const Subject *subject)
{
	if (rule->direction != subject->direction || !(rule->kinds & subject->kind) ||
	    rule->stubdom != policy->stubdom)
		return false;
	if (rule->domid >= 0 && rule->domid != policy->domid)
		return false;

	for (unsigned int i = 0; i < _RULE_N_FIELDS; i++)
		if (!holds(rule, match_field(rule, i, policy, subject)))
			return false;
	if (rule->own_vm && !holds(rule, match_own_vm(policy, subject)))
		return false;

	for (unsigned int i = 0; rule->conditions && i < rule->conditions->len; i++)
		if (!holds(rule, match_condition(&g_array_index(rule->conditions,
								RuleCondition, i),
						 policy->facts)))
			return false;
	return true;
}

static const Rule *last_match(const RuleSet *set, const Policy *policy,
			      const Subject *subject)
{
	for (unsigned int i = set ? set->rules->len : 0; i > 0; i--) {
		const Rule *rule = g_ptr_array_index(set->rules, i - 1);

		if (rule_matches(rule, policy, subject))
			return rule;
	}
	return NULL;
}

Verdict decide(const Policy *policy, const Subject *subject)
{
	const Rule *rule = last_match(policy->own, policy, subject);

	if (!rule)
		rule = last_match(policy->global, policy, subject);
	return (Verdict){ .allow = rule && rule->allow, .rule = rule };
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/vm-state.h"

#include <glib.h>

static void test_words_are_public_states(void)
{
	static const struct {
		const char *word, *state;
	} cases[] = {
		{ "pre-create", "creating" },       { "creating-domain", "creating" },
		{ "creating-devices", "creating" }, { "created", "creating" },
		{ "running", "running" },           { "paused", "paused" },
		{ "shutdowning", "stopping" },      { "shutdown", "stopped" },
		{ "rebooting", "rebooting" },       { "rebooted", "rebooted" },
		{ "suspending", "suspending" },     { "suspended", "suspended" },
		{ "restoring", "restoring" },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		VmWord word;

		g_assert_true(vm_word_parse(cases[i].word, &word));
		g_assert_cmpstr(vm_word_name(word), ==, cases[i].word);
		g_assert_cmpstr(vm_state_name(vm_state_of(word)), ==, cases[i].state);
	}
}

static void test_unknown_word_is_refused(void)
{
	VmWord word = VM_WORD_RUNNING;

	g_assert_false(vm_word_parse("stopped", &word));
	g_assert_false(vm_word_parse("", &word));
	g_assert_cmpint(word, ==, VM_WORD_RUNNING);
}

/* One letter a verdict: Do, Nothing, Join, "-" for a refusal. */
static void test_calls_table(void)
{
	static const char letters[] = "-DNJ";
	static const struct {
		VmState state;
		const char *
			verdicts; /* start shutdown reboot destroy pause unpause delete */
	} cases[] = {
		{ VM_STATE_STOPPED, "DN-N--D" },  { VM_STATE_CREATING, "J--D---" },
		{ VM_STATE_RUNNING, "NDDDDN-" },  { VM_STATE_PAUSED, "N--DND-" },
		{ VM_STATE_STOPPING, "-J-D---" }, { VM_STATE_REBOOTING, "N-ND---" },
		{ VM_STATE_REBOOTED, "J-ND---" }, { VM_STATE_SUSPENDED, "---D---" },
		{ VM_STATE_LOCKED, "-N-N--D" },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		char got[_VM_CALL_N + 1] = "";

		for (unsigned int call = 0; call < _VM_CALL_N; call++)
			got[call] = letters[vm_state_verdict(cases[i].state, call)];
		g_assert_cmpstr(got, ==, cases[i].verdicts);
	}
}

static void test_every_live_state_can_be_destroyed(void)
{
	for (unsigned int state = 0; state < _VM_STATE_N; state++)
		if (vm_state_has_domain(state)) {
			g_assert_cmpint(vm_state_verdict(state, VM_CALL_DESTROY), ==,
					VM_VERDICT_DO);
			g_assert_cmpint(vm_state_verdict(state, VM_CALL_DELETE), ==,
					VM_VERDICT_REFUSE);
		}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenmgr/vm-state/words-are-public-states",
			test_words_are_public_states);
	g_test_add_func("/xenmgr/vm-state/unknown-word-is-refused",
			test_unknown_word_is_refused);
	g_test_add_func("/xenmgr/vm-state/calls-table", test_calls_table);
	g_test_add_func("/xenmgr/vm-state/every-live-state-can-be-destroyed",
			test_every_live_state_can_be_destroyed);
	return g_test_run();
}

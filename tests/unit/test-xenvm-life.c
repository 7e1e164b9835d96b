/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/life.h"

#include <glib.h>

static void test_actions(void)
{
	const Config config = { .on_halt = CONFIG_ACTION_DESTROY,
				.on_reboot = CONFIG_ACTION_RESTART,
				.on_crash = CONFIG_ACTION_PRESERVE };
	static const ConfigAction actions[] = { CONFIG_ACTION_DESTROY,
						CONFIG_ACTION_RESTART,
						CONFIG_ACTION_PRESERVE };

	for (LifeEnd end = LIFE_HALTED; end <= LIFE_CRASHED; end++) {
		Life life = { 0 };
		bool gave_up = true;

		g_assert_cmpint(life_decide(&life, &config, end, 5, &gave_up), ==,
				actions[end]);
		g_assert_false(gave_up);
	}
}

static void test_crash_loop(void)
{
	/* clang-format off */
	static const struct { LifeEnd end; int64_t lived; bool restarts; } rows[] = {
		{ LIFE_CRASHED,	 5,	       true },
		{ LIFE_CRASHED,	 LIFE_SOON,    true },	/* it lived: counted anew */
		{ LIFE_CRASHED,	 5,	       true },
		{ LIFE_REBOOTED, 1,	       true },	/* it was well */
		{ LIFE_REBOOTED, 1,	       true },
		{ LIFE_CRASHED,	 5,	       true },
		{ LIFE_CRASHED,	 LIFE_SOON - 1, false },
	};
	/* clang-format on */
	const Config config = { .on_reboot = CONFIG_ACTION_RESTART,
				.on_crash = CONFIG_ACTION_RESTART };
	Life life = { 0 };

	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool gave_up;
		ConfigAction action = life_decide(&life, &config, rows[i].end,
						  rows[i].lived, &gave_up);

		g_assert_cmpint(gave_up, ==, !rows[i].restarts);
		g_assert_cmpint(action, ==,
				gave_up ? CONFIG_ACTION_DESTROY : CONFIG_ACTION_RESTART);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenvm/life/each-end-has-its-action", test_actions);
	g_test_add_func("/xenvm/life/crash-loop-ends", test_crash_loop);
	return g_test_run();
}

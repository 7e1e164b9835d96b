/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/xenvm/life.h"

ConfigAction life_decide(Life *life, const Config *config, LifeEnd end, int64_t lived,
			 bool *ret_gave_up)
{
	const ConfigAction actions[] = {
		[LIFE_HALTED] = config->on_halt,
		[LIFE_REBOOTED] = config->on_reboot,
		[LIFE_CRASHED] = config->on_crash,
	};
	bool soon = end == LIFE_CRASHED && lived < LIFE_SOON;

	life->crashes = soon ? life->crashes + 1 : 0;
	*ret_gave_up = actions[end] == CONFIG_ACTION_RESTART &&
		       life->crashes >= LIFE_CRASHES;
	return *ret_gave_up ? CONFIG_ACTION_DESTROY : actions[end];
}

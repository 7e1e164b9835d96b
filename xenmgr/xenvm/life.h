/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Life: what becomes of a VM whose domain went down.  Pure.
 */

#include <stdbool.h>
#include <stdint.h>
#include "xenmgr/xenvm/config.h"

/* A guest that crashes this soon after its start, LIFE_CRASHES times in a row, would do
 * so for ever: it is not started again. */
#define LIFE_SOON    120 /* s */
#define LIFE_CRASHES 2

typedef enum {
	LIFE_HALTED,
	LIFE_REBOOTED,
	LIFE_CRASHED,
} LifeEnd;

typedef struct {
	unsigned int crashes; /* soon after the start, in a row */
} Life;

/* @lived: seconds from its start.  *@ret_gave_up: restart was configured, and refused. */
ConfigAction life_decide(Life *life, const Config *config, LifeEnd end, int64_t lived,
			 bool *ret_gave_up);

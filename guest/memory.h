/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory: data/meminfo_total and data/meminfo_free in KiB, from /proc/meminfo.
 */

#include "guest/report.h"

/* Says what the text of a meminfo file tells; nothing if it has no such lines. */
void memory_report(Report *report, const char *meminfo);
void memory_collect(Report *report);

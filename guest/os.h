/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Os: which system this guest runs (data/os_*), from os-release(5) and uname(2).
 */

#include "guest/report.h"

/* @release is the text of an os-release file, or NULL; @kernel that of uname -r. */
void os_report(Report *report, const char *release, const char *kernel);

/* The same of the running system. */
void os_collect(Report *report);

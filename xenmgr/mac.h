/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * MAC: the address of a NIC that was given none, the same at every start.
 */

#include <stdbool.h>

/* "02:…" from the NIC's number and the VM's uuid; free with g_free(). */
char *mac_of_nic(unsigned int id, const char *uuid);

/* Six pairs of hexadecimal digits with colons, and not a group's address? */
bool mac_is_valid(const char *text);

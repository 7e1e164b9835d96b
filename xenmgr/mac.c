/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/mac.h"

#include <glib.h>
#include <string.h>

#define BYTES 6

char *mac_of_nic(unsigned int id, const char *uuid)
{
	/* Which digits of the hash, paired with the one 12 later, give each byte. */
	static const unsigned char from[BYTES] = { 0, 2, 1, 7, 6, 4 };
	g_autofree char *text = g_strdup_printf("%u %s", id, uuid);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_MD5, text, -1);
	unsigned int b[BYTES];

	for (unsigned int i = 0; i < BYTES; i++)
		b[i] = g_ascii_xdigit_value(hash[from[i]]) << 4 |
		       g_ascii_xdigit_value(hash[from[i] + 12]);
	b[0] = (b[0] & 0xfe) | 2; /* one station's, locally given */
	return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
			       b[4], b[5]);
}

bool mac_is_valid(const char *text)
{
	if (strlen(text) != 3 * BYTES - 1)
		return false;
	for (unsigned int i = 0; i < 3 * BYTES - 1; i++)
		if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
			return false;
	return !(g_ascii_xdigit_value(text[1]) & 1);
}

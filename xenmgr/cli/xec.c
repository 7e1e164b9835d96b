/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xec: properties and methods of any object on the bus, from a shell. */

#include "xenmgr/cli/command.h"
#include "xenmgr/cli/front.h"

/* clang-format off */
static const char usage[] =
"Usage: xec [OPTION...] [get PROPERTY | set PROPERTY VALUE | getall | METHOD ARG...]\n"
"Without a command it lists what the object has.\n"
"\n"
"  -s, --service SERVICE      whose object; " FRONT_SERVICE "\n"
"  -o, --object PATH          which object; /\n"
"  -i, --interface INTERFACE  look in this interface only\n"
"  -g, --get PROPERTY         as the command get\n"
"  -x, --set PROPERTY VALUE   as the command set\n"
"      --list-interfaces      list the names of interfaces\n"
"      --list-methods         list the names of methods\n"
"      --list-properties      list the names of properties\n"
"      --session              use the session bus\n"
"  -q, --query                accepted and ignored\n"
"  -h, --help                 show this\n";
/* clang-format on */

int main(int argc, char **argv)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Bus) bus = NULL;
	XecArgs args;

	front_args((const char *const *)argv + 1, usage, &args, NULL);
	if (!args.service)
		args.service = FRONT_SERVICE;
	if (!args.object)
		args.object = "/";

	bus = front_open(&args, &error);
	if (bus)
		command_run(bus, &args, out, &error);
	return front_end(out, error);
}

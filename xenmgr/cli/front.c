/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/front.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void front_args(const char *const *argv, const char *usage, XecArgs *ret_args,
		XecVmArgs *ret_vm)
{
	g_autoptr(GError) error = NULL;

	if (!args_parse(argv, ret_args, ret_vm, &error)) {
		fprintf(stderr, "%s\n%s", error->message, usage);
		exit(EXIT_FAILURE);
	}
	if (ret_args->target_domid) {
		fprintf(stderr, "-t: there is no way to another domain's bus\n");
		exit(EXIT_FAILURE);
	}
	if (ret_args->help) {
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	}
}

Bus *front_open(const XecArgs *args, GError **error)
{
	return args->session ? bus_open_session(error) : bus_open(error);
}

int front_end(const GString *out, const GError *error)
{
	if (fwrite(out->str, 1, out->len, stdout) != out->len || fflush(stdout)) {
		fprintf(stderr, "standard output: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (error) {
		fprintf(stderr, "%s\n", error->message);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

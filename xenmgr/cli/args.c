/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/args.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/error.h"

typedef struct {
	const char *name;
	char letter; /* 0: none */
	unsigned int values;
	size_t offset; /* of a bool, or of as many strings as it has values */
} Option;

#define XEC(member) offsetof(XecArgs, member)
#define VM(member) offsetof(XecVmArgs, member)
#define IGNORED SIZE_MAX

/* clang-format off */
static const Option common[] = {
	{ "help",	     'h', 0, XEC(help) },
	{ "query",	     'q', 0, IGNORED }, /* was: do not tell syslog; nothing does now */
	{ "session",	     0,	  0, XEC(session) },
	{ "list-interfaces", 0,	  0, XEC(list_interfaces) },
	{ "list-methods",    0,	  0, XEC(list_methods) },
	{ "list-properties", 0,	  0, XEC(list_properties) },
	{ "service",	     's', 1, XEC(service) },
	{ "object",	     'o', 1, XEC(object) },
	{ "path",	     0,	  1, XEC(object) },
	{ "interface",	     'i', 1, XEC(interface) },
	{ "get",	     'g', 1, XEC(get) },
	{ "set",	     'x', 2, XEC(set) },
	{ "target-domid",    't', 1, XEC(target_domid) },
	{}
};

static const Option of_vm[] = {
	{ "list-disks",	     0,	  0, VM(list_disks) },
	{ "list-nics",	     0,	  0, VM(list_nics) },
	{ "name",	     'n', 1, VM(name) },
	{ "uuid",	     'u', 1, VM(uuid) },
	{ "domid",	     'd', 1, VM(domid) },
	{ "disk",	     'k', 1, VM(disk) },
	{ "nic",	     'c', 1, VM(nic) },
	{}
};
/* clang-format on */

/* "-n" and "--name", and with a value "--name=web". */
static bool option_is(const Option *option, const char *word)
{
	size_t len = strlen(option->name);

	if (word[1] != '-')
		return option->letter && word[1] == option->letter && !word[2];
	if (strncmp(word + 2, option->name, len) != 0)
		return false;
	return !word[2 + len] || (word[2 + len] == '=' && option->values == 1);
}

static const Option *option_find(const Option *options, const char *word)
{
	for (; options->name; options++)
		if (option_is(options, word))
			return options;
	return NULL;
}

/* Store what @option says, from the words at @argv; returns how many they are, or 0. */
static size_t option_store(const Option *option, void *store, const char *const *argv,
			   GError **error)
{
	const char *equals = g_str_has_prefix(argv[0], "--") ? strchr(argv[0], '=') : NULL;
	const char **values = (const char **)((char *)store + option->offset);

	if (option->offset == IGNORED)
		return 1;
	if (!option->values) {
		*(bool *)((char *)store + option->offset) = true;
		return 1;
	}
	if (equals) {
		values[0] = equals + 1;
		return 1;
	}
	for (unsigned int i = 0; i < option->values; i++) {
		if (!argv[1 + i]) {
			xt_fail(error, XT_ERROR_INVALID, "option '%s' needs %s", argv[0],
				option->values == 1 ? "a value" : "a name and a value");
			return 0;
		}
		values[i] = argv[1 + i];
	}
	return 1 + option->values;
}

bool args_parse(const char *const *argv, XecArgs *ret_args, XecVmArgs *ret_vm,
		GError **error)
{
	XecArgs args = {};
	XecVmArgs vm = {};

	while (argv[0] && argv[0][0] == '-' && argv[0][1]) {
		const Option *option = option_find(common, argv[0]);
		void *store = &args;
		size_t used;

		if (g_str_equal(argv[0], "--")) {
			argv++;
			break;
		}
		if (!option && ret_vm) {
			option = option_find(of_vm, argv[0]);
			store = &vm;
		}
		if (!option)
			return xt_fail(error, XT_ERROR_INVALID, "unknown option '%s'", argv[0]);
		used = option_store(option, store, argv, error);
		if (!used)
			return false;
		argv += used;
	}

	args.words = argv;
	*ret_args = args;
	if (ret_vm)
		*ret_vm = vm;
	return true;
}

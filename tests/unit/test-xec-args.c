/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/args.h"

#include "lib/error.h"

typedef struct {
	const char *line; /* words separated by one space */
	const char *found; /* NULL: refused */
	const char *error;
} Case;

static void show(GString *s, const char *name, const char *value)
{
	if (value)
		g_string_append_printf(s, "%s=%s ", name, value);
}

static char *show_args(const XecArgs *args, const XecVmArgs *vm)
{
	GString *s = g_string_new(NULL);

	show(s, "s", args->service);
	show(s, "o", args->object);
	show(s, "i", args->interface);
	show(s, "g", args->get);
	show(s, "x", args->set);
	show(s, "xv", args->set_value);
	show(s, "t", args->target_domid);
	show(s, "n", vm->name);
	show(s, "u", vm->uuid);
	show(s, "d", vm->domid);
	show(s, "k", vm->disk);
	show(s, "c", vm->nic);
	show(s, "session", args->session ? "1" : NULL);
	show(s, "help", args->help ? "1" : NULL);
	show(s, "lm", args->list_methods ? "1" : NULL);
	show(s, "ld", vm->list_disks ? "1" : NULL);
	g_string_append_c(s, ':');
	for (const char *const *word = args->words; *word; word++)
		g_string_append_printf(s, " %s", *word);
	return g_string_free(s, FALSE);
}

static void check(const Case *c, bool with_vm)
{
	g_auto(GStrv) words = g_strsplit(c->line, " ", -1);
	g_autoptr(GError) error = NULL;
	g_autofree char *shown = NULL;
	XecVmArgs vm = {};
	XecArgs args;

	g_test_message("%s", c->line);
	if (!args_parse((const char *const *)words, &args, with_vm ? &vm : NULL, &error)) {
		g_assert_null(c->found);
		g_assert_cmpstr(error->message, ==, c->error);
		return;
	}
	shown = show_args(&args, &vm);
	g_assert_cmpstr(shown, ==, c->found);
}

/* clang-format off */
static const Case of_xec[] = {
	{ "list-vms", ": list-vms" },
	{ "-o /vm/x set name web", "o=/vm/x : set name web" },
	{ "-s com.citrix.xenclient.input switch-focus -1 false",
	  "s=com.citrix.xenclient.input : switch-focus -1 false" },
	{ "-q -g language", "g=language :" },
	{ "-x name a", "x=name xv=a :" },
	{ "--set name a get b", "x=name xv=a : get b" },
	{ "--service=a.b --object / --list-methods", "s=a.b o=/ lm=1 :" },
	{ "--session -h", "session=1 help=1 :" },
	{ "-i a -- -x", "i=a : -x" },
	{ "get - -o", ": get - -o" },
	{ "-i", NULL, "option '-i' needs a value" },
	{ "-x name", NULL, "option '-x' needs a name and a value" },
	{ "-n web", NULL, "unknown option '-n'" },
	{ "-qs", NULL, "unknown option '-qs'" },
	{ "--bogus", NULL, "unknown option '--bogus'" },
	{ "--session=1", NULL, "unknown option '--session=1'" },
	{ "--set=name", NULL, "unknown option '--set=name'" },
	{ "--servic x", NULL, "unknown option '--servic'" },
};

static const Case of_xec_vm[] = {
	{ "-n web get state", "n=web : get state" },
	{ "-n web set-domstore-key color -o", "n=web : set-domstore-key color -o" },
	{ "-u 1 -k 0 -i a.b attach-phy /dev/x", "i=a.b u=1 k=0 : attach-phy /dev/x" },
	{ "-d 3 --nic 1 getall", "d=3 c=1 : getall" },
	{ "--path /vm/x --list-disks", "o=/vm/x ld=1 :" },
	{ "--name=web -q start", "n=web : start" },
	{ "-n", NULL, "option '-n' needs a value" },
};
/* clang-format on */

static void test_xec(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(of_xec); i++)
		check(&of_xec[i], false);
}

static void test_xec_vm(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(of_xec_vm); i++)
		check(&of_xec_vm[i], true);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xec/args/options-stand-before-the-command", test_xec);
	g_test_add_func("/xec/args/of-xec-vm", test_xec_vm);
	return g_test_run();
}

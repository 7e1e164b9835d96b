/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "rpcgen/emit.h"
#include "rpcgen/names.h"
#include "rpcgen/output.h"

/* xc-rpcgen: what can be made of an introspection document. */

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE };

/* Outputs that can be chosen. */
enum {
	CLIENT = 1,
	SERVER = 2,
	INTROSPECTION = 4,
	MARKDOWN = 8,
	POLICY = 16,
	BUS_CONFIG = 32,
};

typedef struct {
	const char *dir, *name, *depfile, *path;
	unsigned int outputs;
	bool check;
} Options;

static const char usage[] =
	"usage: xc-rpcgen [-cs] [--introspection] [--markdown] [--policy] [--bus-config]\n"
	"                 [-n NAME] [-o DIR] [--depfile FILE] FILE.xml\n"
	"       xc-rpcgen --check FILE.xml\n"
	"\n"
	"  -c, --client         write NAME_client.h and .c; also if nothing is chosen\n"
	"  -s, --server         write NAME_server.h and .c\n"
	"                       (and NAME_types.h and .c, with either)\n"
	"      --introspection  write NAME_introspection.xml\n"
	"      --markdown       write NAME.md, a reference\n"
	"      --policy         write NAME.rules, each method as a rule that is off\n"
	"      --bus-config     write NAME.conf, what everybody on a bus may call\n"
	"\n"
	"  -n, --name NAME      name of the outputs, else that of the file\n"
	"  -o, --output DIR     where they go, else here\n"
	"      --depfile FILE   write what they depend on, for make\n"
	"      --check          read and check the file, write nothing\n"
	"      --help, --version\n";

enum {
	OPT_INTROSPECTION = 256,
	OPT_MARKDOWN,
	OPT_POLICY,
	OPT_BUS_CONFIG,
	OPT_DEPFILE,
	OPT_CHECK,
	OPT_HELP,
	OPT_VERSION,
	OPT_OTHER,
};

static const struct option long_options[] = {
	{ "client", no_argument, NULL, 'c' },
	{ "server", no_argument, NULL, 's' },
	{ "introspection", no_argument, NULL, OPT_INTROSPECTION },
	{ "markdown", no_argument, NULL, OPT_MARKDOWN },
	{ "policy", no_argument, NULL, OPT_POLICY },
	{ "bus-config", no_argument, NULL, OPT_BUS_CONFIG },
	{ "name", required_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "depfile", required_argument, NULL, OPT_DEPFILE },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	/* of the generator that this one stands for: other languages, by templates */
	{ "haskell", no_argument, NULL, OPT_OTHER },
	{ "camel", no_argument, NULL, OPT_OTHER },
	{ "javascript", no_argument, NULL, OPT_OTHER },
	{ "ruby", no_argument, NULL, OPT_OTHER },
	{ "c2", no_argument, NULL, OPT_OTHER },
	{ "module-prefix", required_argument, NULL, OPT_OTHER },
	{ "templates-dir", required_argument, NULL, OPT_OTHER },
	{ NULL, 0, NULL, 0 },
};

static int bad_usage(const char *text, const char *what)
{
	fprintf(stderr, "xc-rpcgen: %s%s\n", text, what);
	return EXIT_USAGE;
}

/* The output that an option chooses, or 0. */
static unsigned int output_of(int option)
{
	switch (option) {
	case 'c':
		return CLIENT;
	case 's':
		return SERVER;
	case OPT_INTROSPECTION:
		return INTROSPECTION;
	case OPT_MARKDOWN:
		return MARKDOWN;
	case OPT_POLICY:
		return POLICY;
	case OPT_BUS_CONFIG:
		return BUS_CONFIG;
	default:
		return 0;
	}
}

/* One option; -1: go on. */
static int take_option(Options *options, int option, int index)
{
	switch (option) {
	case 'n':
		options->name = optarg;
		break;
	case 'o':
		options->dir = optarg;
		break;
	case OPT_DEPFILE:
		options->depfile = optarg;
		break;
	case OPT_CHECK:
		options->check = true;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		return EXIT_OK;
	case OPT_VERSION:
		puts("xc-rpcgen " PACKAGE_VERSION);
		return EXIT_OK;
	case OPT_OTHER:
		fprintf(stderr,
			"xc-rpcgen: no --%s: what can be made is C (-c, -s), --introspection, "
			"--markdown, --policy and --bus-config, without templates\n",
			long_options[index].name);
		return EXIT_USAGE;
	default: /* getopt has said what is wrong */
		if (!output_of(option))
			return EXIT_USAGE;
		options->outputs |= output_of(option);
	}
	return -1;
}

static int read_options(Options *options, int argc, char **argv)
{
	int option, index = 0, status;

	while ((option = getopt_long(argc, argv, "csn:o:", long_options, &index)) != -1) {
		status = take_option(options, option, index);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return bad_usage("which file? see --help", "");
	if (optind + 1 < argc)
		return bad_usage("one file only, not also ", argv[optind + 1]);
	options->path = argv[optind];
	if (options->name && !names_is_dashed_member(options->name))
		return bad_usage("a name has letters, digits, \"_\" and \"-\", not ",
				 options->name);
	if (!options->outputs)
		options->outputs = CLIENT;
	return -1;
}

/* The file's name without its folder and ending, in lower case; NULL if unfit. */
static char *default_name(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	char *dot = strrchr(base, '.');

	if (dot)
		*dot = '\0';
	return names_is_dashed_member(base) ? g_ascii_strdown(base, -1) : NULL;
}

typedef struct {
	unsigned int outputs; /* written for any of these */
	const char *suffix;
	char *(*text)(const IdlFile *file);
} Emitter;

/* clang-format off */
static const Emitter emitters[] = {
	{ CLIENT | SERVER, "_types.h",		 emit_types_h },
	{ CLIENT | SERVER, "_types.c",		 emit_types_c },
	{ SERVER,	   "_server.h",		 emit_server_h },
	{ SERVER,	   "_server.c",		 emit_server_c },
	{ CLIENT,	   "_client.h",		 emit_client_h },
	{ CLIENT,	   "_client.c",		 emit_client_c },
	{ INTROSPECTION,   "_introspection.xml", emit_introspection_xml },
	{ MARKDOWN,	   ".md",		 emit_markdown },
	{ POLICY,	   ".rules",		 emit_policy },
	{ BUS_CONFIG,	   ".conf",		 emit_bus_config },
};
/* clang-format on */

static bool add_output(const Options *options, const IdlFile *file,
		       const Emitter *emitter, Outputs *outputs, GError **error)
{
	g_autofree char *name = g_strconcat(file->name, emitter->suffix, NULL);
	g_autofree char *text = emitter->text(file);
	const char *dir = options->dir ? options->dir : "";
	g_autofree char *path = g_build_filename(dir, name, NULL);

	return outputs_add(outputs, path, text, error);
}

static bool add_depfile(const Options *options, Outputs *outputs, GError **error)
{
	g_autofree char *text = outputs_depfile(outputs, options->path);

	return !options->depfile || outputs_add(outputs, options->depfile, text, error);
}

static bool write_outputs(const Options *options, const IdlFile *file, GError **error)
{
	g_autoptr(Outputs) outputs = outputs_new();

	for (unsigned int i = 0; i < G_N_ELEMENTS(emitters); i++)
		if ((emitters[i].outputs & options->outputs) &&
		    !add_output(options, file, &emitters[i], outputs, error))
			return false;
	return add_depfile(options, outputs, error) && outputs_commit(outputs, error);
}

int main(int argc, char **argv)
{
	Options options = { 0 };
	int status = read_options(&options, argc, argv);
	g_autofree char *name = NULL;
	g_autoptr(IdlFile) file = NULL;
	g_autoptr(GError) error = NULL;

	if (status >= 0)
		return status;
	name = options.name ? g_strdup(options.name) : default_name(options.path);
	if (!name)
		return bad_usage("-n NAME is needed: outputs cannot be named after ",
				 options.path);

	file = idl_read(options.path, name);
	for (guint i = 0; i < file->errors->len; i++)
		fprintf(stderr, "%s\n", (char *)g_ptr_array_index(file->errors, i));
	if (file->errors->len)
		return EXIT_FAILED;
	if (options.check)
		return EXIT_OK;
	if (write_outputs(&options, file, &error))
		return EXIT_OK;
	fprintf(stderr, "xc-rpcgen: %s\n", error->message);
	return EXIT_FAILED;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/sasl.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* ---- lines ---- */

typedef enum {
	LINE_NONE,
	LINE_TAKEN,
	LINE_BAD,
} LineStatus;

/* A line of printable ASCII without its end. */
static LineStatus take_line(Buffer *in, char *line)
{
	const uint8_t *data = buffer_data(in);
	size_t len = 0;

	while (len < in->len && len <= SASL_LINE_MAX && data[len] != '\r')
		if (!g_ascii_isprint(data[len++]))
			return LINE_BAD;
	if (len > SASL_LINE_MAX)
		return LINE_BAD;
	if (len + 2 > in->len)
		return LINE_NONE;
	if (data[len + 1] != '\n')
		return LINE_BAD;

	memcpy(line, data, len);
	line[len] = '\0';
	buffer_take(in, len + 2);
	return LINE_TAKEN;
}

static void say(Buffer *out, const char *line)
{
	buffer_add(out, line, strlen(line));
	buffer_add(out, "\r\n", 2);
}

/* ---- the server ---- */

typedef SaslStatus (*SaslCommand)(SaslServer *server, char **args, Buffer *out);

static SaslStatus reject(SaslServer *server, char **args, Buffer *out)
{
	server->challenged = server->accepted = false;
	say(out, "REJECTED EXTERNAL ANONYMOUS");
	return SASL_MORE;
}

static SaslStatus accept_client(SaslServer *server, Buffer *out)
{
	static char ok[sizeof("OK ") + 32];

	/* Nobody compares it with an address: a guest's bus has none that says it. */
	if (!*ok)
		snprintf(ok, sizeof(ok), "OK %08x%08x%08x%08x", g_random_int(),
			 g_random_int(), g_random_int(), g_random_int());
	server->challenged = false;
	server->accepted = true;
	say(out, ok);
	return SASL_MORE;
}

static SaslStatus command_auth(SaslServer *server, char **args, Buffer *out)
{
	bool external = g_strcmp0(args[1], "EXTERNAL") == 0;

	if (server->accepted || (!external && g_strcmp0(args[1], "ANONYMOUS") != 0))
		return reject(server, args, out);
	if (external && !args[2]) {
		server->challenged = true;
		say(out, "DATA");
		return SASL_MORE;
	}
	return accept_client(server, out);
}

static SaslStatus command_data(SaslServer *server, char **args, Buffer *out)
{
	return server->challenged ? accept_client(server, out)
				  : reject(server, args, out);
}

static SaslStatus command_begin(SaslServer *server, char **args, Buffer *out)
{
	return server->accepted ? SASL_DONE : SASL_FAILED;
}

static SaslStatus command_no_fds(SaslServer *server, char **args, Buffer *out)
{
	say(out, "ERROR \"descriptors do not pass\"");
	return SASL_MORE;
}

static SaslStatus command_unknown(SaslServer *server, char **args, Buffer *out)
{
	say(out, "ERROR \"unknown command\"");
	return SASL_MORE;
}

/* clang-format off */
static const struct {
	const char *word;
	SaslCommand run;
} commands[] = {
	{ "AUTH",		command_auth },
	{ "DATA",		command_data },
	{ "BEGIN",		command_begin },
	{ "CANCEL",		reject },
	{ "ERROR",		reject },
	{ "NEGOTIATE_UNIX_FD",	command_no_fds },
};
/* clang-format on */

static SaslStatus serve_line(SaslServer *server, const char *line, Buffer *out)
{
	g_auto(GStrv) args = g_strsplit(line, " ", 3);

	for (unsigned int i = 0; i < G_N_ELEMENTS(commands); i++)
		if (g_strcmp0(args[0], commands[i].word) == 0)
			return commands[i].run(server, args, out);
	return command_unknown(server, args, out);
}

SaslStatus sasl_serve(SaslServer *server, Buffer *in, Buffer *out)
{
	char line[SASL_LINE_MAX + 1];
	SaslStatus status = SASL_MORE;

	if (!in->len)
		return SASL_MORE;
	if (!server->nul) {
		if (buffer_data(in)[0] != '\0')
			return SASL_FAILED;
		server->nul = true;
		buffer_take(in, 1);
	}

	while (status == SASL_MORE) {
		LineStatus got = take_line(in, line);

		if (got == LINE_NONE)
			return SASL_MORE;
		if (got == LINE_BAD || ++server->lines > SASL_LINES_MAX)
			return SASL_FAILED;
		status = serve_line(server, line, out);
	}
	return status;
}

/* ---- the client ---- */

void sasl_client_begin(unsigned int uid, Buffer *out)
{
	g_autoptr(GString) line = g_string_new("AUTH EXTERNAL ");
	g_autofree char *decimal = g_strdup_printf("%u", uid);

	for (const char *c = decimal; *c; c++)
		g_string_append_printf(line, "%02x", *c);
	buffer_add(out, "", 1);
	say(out, line->str);
}

SaslStatus sasl_client(Buffer *in, Buffer *out)
{
	char line[SASL_LINE_MAX + 1];
	LineStatus got = take_line(in, line);

	if (got == LINE_NONE)
		return SASL_MORE;
	if (got == LINE_BAD || !g_str_has_prefix(line, "OK "))
		return SASL_FAILED;
	say(out, "BEGIN");
	return SASL_DONE;
}

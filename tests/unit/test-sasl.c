/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/sasl.h"

#include <glib.h>
#include <string.h>

static char *text_of(Buffer *buffer)
{
	char *text = buffer->len
			     ? g_strndup((const char *)buffer_data(buffer), buffer->len)
			     : g_strdup("");

	return g_strdelimit(g_strdelimit(text, "\r", '|'), "\n", ' ');
}

#define OK "OK 0123456789abcdef0123456789abcdef"

/* The guid is a new one every time. */
static void hide_guid(char *text)
{
	for (char *at = text; (at = strstr(at, "OK ")); at += strlen(OK))
		memcpy(at, OK, strlen(OK));
}

typedef struct {
	const char *in;
	size_t len;
	SaslStatus status;
	const char *out;
	size_t left; /* not taken */
} Row;

#define IN(text) text, sizeof(text) - 1
#define LONG     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* clang-format off */
static const Row rows[] = {
	{ IN(""),						SASL_MORE,   "", 0 },
	{ IN("\0"),						SASL_MORE,   "", 0 },
	{ IN("A"),						SASL_FAILED, "", 1 },
	{ IN("\0AUTH EXTERNAL 30\r\n"),				SASL_MORE,   OK "| ", 0 },
	{ IN("\0AUTH EXTERNAL 30\r\nBEGIN\r\nl\1"),		SASL_DONE,   OK "| ", 2 },
	{ IN("\0AUTH ANONYMOUS\r\nBEGIN\r\n"),			SASL_DONE,   OK "| ", 0 },
	{ IN("\0AUTH ANONYMOUS 6c6962\r\nBEGIN\r\n"),		SASL_DONE,   OK "| ", 0 },
	{ IN("\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"),		SASL_DONE,   "DATA| " OK "| ", 0 },
	{ IN("\0AUTH EXTERNAL\r\nDATA 30\r\n"),			SASL_MORE,   "DATA| " OK "| ", 0 },
	{ IN("\0DATA 30\r\n"),		    SASL_MORE, "REJECTED EXTERNAL ANONYMOUS| ", 0 },
	{ IN("\0AUTH\r\n"),		    SASL_MORE, "REJECTED EXTERNAL ANONYMOUS| ", 0 },
	{ IN("\0AUTH DBUS_COOKIE_SHA1 30\r\n"),
					    SASL_MORE, "REJECTED EXTERNAL ANONYMOUS| ", 0 },
	{ IN("\0AUTH DOMID 30\r\n"),	    SASL_MORE, "REJECTED EXTERNAL ANONYMOUS| ", 0 },
	{ IN("\0AUTH EXTERNAL 30\r\nCANCEL\r\nBEGIN\r\n"),
			      SASL_FAILED, OK "| REJECTED EXTERNAL ANONYMOUS| ", 0 },
	{ IN("\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"),
			      SASL_DONE, OK "| ERROR \"descriptors do not pass\"| ", 0 },
	{ IN("\0FROB\r\n"),	    SASL_MORE,	 "ERROR \"unknown command\"| ", 0 },
	{ IN("\0BEGIN\r\n"),						SASL_FAILED, "", 0 },
	{ IN("\0AUTH EXTERNAL\r\nBEGIN\r\n"),			SASL_FAILED, "DATA| ", 0 },
	{ IN("\0AUTH EXTERNAL 30\n"),				SASL_FAILED, "", 17 },
	{ IN("\0AUTH EXTERNAL 30\rx"),				SASL_FAILED, "", 18 },
	{ IN("\0AUTH \xff\r\n"),				SASL_FAILED, "", 8 },
	{ IN("\0AU"),						SASL_MORE,   "", 2 },
	{ IN("\0" LONG LONG LONG LONG),				SASL_FAILED, "", 256 },
	{ IN("\0CANCEL\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"),
								SASL_FAILED, NULL, 0 },
};
/* clang-format on */

static void test_server(void)
{
	for (unsigned int i = 0; i < G_N_ELEMENTS(rows); i++) {
		SaslServer server = { 0 };
		Buffer in = { 0 }, out = { 0 };
		g_autofree char *said = NULL;

		buffer_add(&in, rows[i].in, rows[i].len);
		g_assert_cmpint(sasl_serve(&server, &in, &out), ==, rows[i].status);
		said = text_of(&out);
		hide_guid(said);
		if (rows[i].out)
			g_assert_cmpstr(said, ==, rows[i].out);
		g_assert_cmpuint(in.len, ==, rows[i].left);
		buffer_clear(&in);
		buffer_clear(&out);
	}
}

/* However it is cut, it comes to the same. */
static void test_pieces(void)
{
	static const char text[] =
		"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	SaslServer server = { 0 };
	Buffer in = { 0 }, out = { 0 };
	SaslStatus status = SASL_MORE;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		g_assert_cmpint(status, ==, SASL_MORE);
		buffer_add(&in, text + i, 1);
		status = sasl_serve(&server, &in, &out);
	}
	g_assert_cmpint(status, ==, SASL_DONE);
	buffer_clear(&in);
	buffer_clear(&out);
}

static void test_client(void)
{
	static const struct {
		const char *in;
		SaslStatus status;
		const char *out;
	} answers[] = {
		{ "OK 0123\r\n", SASL_DONE, "BEGIN| " },
		{ "OK 01", SASL_MORE, "" },
		{ "REJECTED EXTERNAL\r\n", SASL_FAILED, "" },
		{ "\x01\r\n", SASL_FAILED, "" },
	};
	Buffer out = { 0 };

	sasl_client_begin(1000, &out);
	g_assert_cmpmem(buffer_data(&out), out.len, "\0AUTH EXTERNAL 31303030\r\n", 25);
	buffer_clear(&out);

	for (unsigned int i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autofree char *said = NULL;
		Buffer in = { 0 };

		buffer_add(&in, answers[i].in, strlen(answers[i].in));
		g_assert_cmpint(sasl_client(&in, &out), ==, answers[i].status);
		said = text_of(&out);
		g_assert_cmpstr(said, ==, answers[i].out);
		buffer_clear(&in);
		buffer_clear(&out);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sasl/server", test_server);
	g_test_add_func("/sasl/server-in-pieces", test_pieces);
	g_test_add_func("/sasl/client", test_client);
	return g_test_run();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/cli/text.h"

#include "lib/error.h"

typedef struct {
	const char *signature, *text;
	const char *printed; /* NULL: refused */
	const char *error;   /* part of the message */
} Case;

/* clang-format off */
static const Case cases[] = {
	{ "y", "255", "255" },
	{ "y", "256", NULL, "out of range: byte is 0 to 255" },
	{ "y", "-1", NULL, "out of range" },
	{ "n", "-32768", "-32768" },
	{ "n", "-32769", NULL, "int16 is -32768 to 32767" },
	{ "n", "32768", NULL, "out of range" },
	{ "q", "65535", "65535" },
	{ "q", "65536", NULL, "out of range" },
	{ "i", "0", "0" },
	{ "i", "-0", "0" },
	{ "i", "007", "7" },
	{ "i", "-2147483648", "-2147483648" },
	{ "i", "2147483648", NULL, "int32 is -2147483648 to 2147483647" },
	{ "i", "12x", NULL, "'12x' is not a number" },
	{ "i", " 12", NULL, "not a number" },
	{ "i", "+12", NULL, "not a number" },
	{ "i", "0x10", NULL, "not a number" },
	{ "i", "1.5", NULL, "not a number" },
	{ "i", "--1", NULL, "not a number" },
	{ "i", "", NULL, "not a number" },
	{ "u", "4294967295", "4294967295" },
	{ "u", "4294967296", NULL, "out of range" },
	{ "x", "-9223372036854775808", "-9223372036854775808" },
	{ "x", "9223372036854775807", "9223372036854775807" },
	{ "x", "9223372036854775808", NULL, "out of range" },
	{ "x", "-9223372036854775809", NULL, "out of range" },
	{ "t", "18446744073709551615", "18446744073709551615" },
	{ "t", "18446744073709551616", NULL, "out of range" },
	{ "t", "-1", NULL, "out of range" },
	{ "d", "12.5", "12.5" },
	{ "d", "0.1", "0.1" },
	{ "d", "3", "3.0" },
	{ "d", "-1e300", "-1e+300" },
	{ "d", "1.5x", NULL, "not a number" },
	{ "d", " 1", NULL, "not a number" },
	{ "d", "", NULL, "not a number" },
	{ "b", "true", "true" },
	{ "b", "0", "false" },
	{ "b", "yes", NULL, "'yes' is not a boolean" },
	{ "s", "", "" },
	{ "s", "any \"text\" 'as' it \\ is", "any \"text\" 'as' it \\ is" },
	{ "s", "na\303\257ve", "na\303\257ve" },
	{ "s", "\377", NULL, "not UTF-8" },
	{ "o", "/", "/" },
	{ "o", "/vm/0a_b", "/vm/0a_b" },
	{ "o", "vm", NULL, "not an object path" },
	{ "o", "/vm/", NULL, "not an object path" },
	{ "o", "//vm", NULL, "not an object path" },
	{ "o", "/vm-1", NULL, "not an object path" },
	{ "g", "a{sv}i", "a{sv}i" },
	{ "g", "a", NULL, "not a signature" },
	{ "h", "3", NULL, "file descriptor" },

	{ "as", "[]", "" },
	{ "as", "[\"a\", 'b c' ,\"d\\\"\\\\\"]", "a\nb c\nd\"\\" },
	{ "as", "[a]", NULL, "a quote (\" or ') expected at character 2" },
	{ "as", "[\"a\"", NULL, "',' or ']' expected at character 5" },
	{ "as", "[\"a", NULL, "the closing quote expected" },
	{ "as", "[\"a\",]", NULL, "a quote" },
	{ "as", "\"a\"", NULL, "'[' expected at character 1" },
	{ "as", "[\"a\"] x", NULL, "the end expected at character 7" },
	{ "ai", " [1,-2 , 3] ", "1\n-2\n3" },
	{ "ai", "[1 2]", NULL, "',' or ']' expected" },
	{ "ai", "[99999999999]", NULL, "out of range" },
	{ "ay", "[0,255]", "0\n255" },
	{ "aai", "[[1],[],[2,3]]", "1\n\n2\n3" },
	{ "(si)", "[\"a\", 5]", "a\n5" },
	{ "(si)", "[\"a\"]", NULL, "',' expected" },
	{ "(si)", "[\"a\", 5, 6]", NULL, "']' expected" },
	{ "(s(ib))", "['x', [1, true]]", "x\n1\ntrue" },
	{ "a{ss}", "{}", "{\n}" },
	{ "a{ss}", "{\"key\" : \"a value\", 'k' : 'v'}",
	  "{\n  \"key\"                          = a value\n"
	  "  \"k\"                            = v\n}" },
	{ "a{is}", "{1 : \"one\"}", "{\n  \"1\"                            = one\n}" },
	{ "a{ss}", "{\"k\" \"v\"}", NULL, "':' expected" },
	{ "a{ss}", "{\"k\" : \"v\"", NULL, "',' or '}' expected" },
	{ "aa{ss}", "[{'a' : 'b'}, {}]",
	  "{\n  \"a\"                            = b\n}\n{\n}" },
	{ "a(ss)", "[['a','b'],['c','d']]", "a\nb\nc\nd" },

	{ "v", "s:plain text", "plain text" },
	{ "v", "i:5", "5" },
	{ "v", "as:[\"x\"]", "x" },
	{ "v", "5", NULL, "a type and ':'" },
	{ "v", "ss:x", NULL, "a type and ':'" },
	{ "v", "q:70000", NULL, "out of range" },
	{ "v", "v:i:7", "7" },
	{ "a{sv}", "{'a' : i:1, 'b' : s:\"x\"}",
	  "{\n  \"a\"                            = 1\n"
	  "  \"b\"                            = x\n}" },
};
/* clang-format on */

static void test_table(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Case *c = &cases[i];
		g_autoptr(GError) error = NULL;
		g_autoptr(RpcValue) value = text_parse(c->text, c->signature, &error);
		g_autoptr(GString) out = g_string_new(NULL);

		g_autofree char *shown = g_strescape(c->text, NULL);

		g_test_message("%s %s", c->signature, shown);
		if (!c->printed) {
			g_assert_null(value);
			g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
			g_assert_nonnull(strstr(error->message, c->error));
			continue;
		}
		g_assert_no_error(error);
		g_assert_cmpstr(value->signature, ==, c->signature);
		text_print(out, value);
		g_assert_cmpstr(out->str, ==, c->printed);
	}
}

static void test_deep_variants(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	for (int i = 0; i < 10000; i++)
		g_string_append(text, "v:");
	g_string_append(text, "i:1");
	g_assert_null(text_parse(text->str, "v", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
}

/* Whatever is typed is a value of the type or an error, and a value can be printed. */
static void test_any_text(void)
{
	static const char letters[] = "[]{}(),:'\"\\ 01-.asivby/\303\251\n";
	static const char *const signatures[] = {
		"as", "a{sv}", "(isv)", "aai", "v", "a{i(ss)}", "d", "o", "ay", "aav",
	};

	for (int i = 0; i < 100000; i++) {
		const char *signature = signatures[i % G_N_ELEMENTS(signatures)];
		g_autoptr(GError) error = NULL;
		g_autoptr(RpcValue) value = NULL;
		char text[24];
		int len = g_test_rand_int_range(0, sizeof(text));

		for (int j = 0; j < len; j++)
			text[j] = letters[g_test_rand_int_range(0, sizeof(letters) - 1)];
		text[len] = '\0';

		value = text_parse(text, signature, &error);
		g_assert_true(!value == !!error);
		if (value) {
			g_autoptr(GString) out = g_string_new(NULL);

			g_assert_cmpstr(value->signature, ==, signature);
			text_print(out, value);
		}
	}
}

/* clang-format off */
static const struct { const char *signature; bool valid; } signatures[] = {
	{ "", true }, { "s", true }, { "ssi", true }, { "a{sv}", true }, { "(i(ss))", true },
	{ "aa{s(ii)}", true }, { "a(isssssa{ss}a{ss}s)", true },
	{ "a", false }, { "()", false }, { "(", false }, { "(i", false }, { ")", false },
	{ "{ss}", false }, { "a{s}", false }, { "a{vs}", false }, { "a{sss}", false },
	{ "a{(s)s}", false }, { "z", false }, { "s ", false }, { "i)", false },
};
/* clang-format on */

static void test_signatures(void)
{
	g_autofree char *deep = g_strnfill(200, 'a');
	g_autofree char *longer = g_strnfill(256, 's');

	for (size_t i = 0; i < G_N_ELEMENTS(signatures); i++) {
		g_test_message("%s", signatures[i].signature);
		g_assert_cmpint(text_signature_valid(signatures[i].signature), ==,
				signatures[i].valid);
	}
	g_assert_false(text_signature_valid(deep));
	g_assert_false(text_signature_valid(longer));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xec/text/reads-and-prints-every-type", test_table);
	g_test_add_func("/xec/text/bounds-variants", test_deep_variants);
	g_test_add_func("/xec/text/takes-any-text", test_any_text);
	g_test_add_func("/xec/text/checks-signatures", test_signatures);
	return g_test_run();
}

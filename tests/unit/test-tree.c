/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/tree.h"

#include "lib/error.h"
#include "xenmgr/mac.h"

static void test_scalars_become_texts(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = tree_parse(
		"{\"a\":true,\"b\":{\"n\":-5,\"s\":\"x\"},\"f\":false}", "test", &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = tree_print(tree);
	g_assert_cmpstr(
		text, ==,
		"{\"a\":\"true\",\"b\":{\"n\":\"-5\",\"s\":\"x\"},\"f\":\"false\"}");
}

static void test_what_no_key_holds_is_refused(void)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{\"a\":{\"b\":[1]}}",
		  "test: \"a/b\" is a list; write an object with the "
		  "members \"0\", \"1\", ..." },
		{ "{\"a\":null}",
		  "test: \"a\" is null; give it a value or leave it out" },
		{ "{\"a/b\":\"x\"}", "test: \"a/b\" is no name for a key" },
		{ "{\"\":\"x\"}", "test: \"\" is no name for a key" },
		{ "null", "test: must be a JSON object" },
		{ "\"x\"", "test: must be a JSON object" },
	};

	for (unsigned int i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(tree_parse(cases[i].text, "test", &error));
		g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
		g_assert_cmpstr(error->message, ==, cases[i].error);
	}
}

static void test_dump_leaves_out_what_is_wrong(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = tree_parse_dump("{\"a\":null,\"b\":[1],\"c\":\"x\"}",
						 "test", &error);
	g_autoptr(json_t) nothing = tree_parse_dump("null", "test", &error);
	g_autofree char *text = tree_print(tree);
	g_autofree char *empty = tree_print(nothing);

	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, "{\"c\":\"x\"}");
	g_assert_cmpstr(empty, ==, "{}");
}

static void test_depth_is_bounded(void)
{
	g_autoptr(GString) deep = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	for (unsigned int i = 0; i < TREE_MAX_DEPTH + 2; i++)
		g_string_append(deep, "{\"a\":");
	g_string_append(deep, "1");
	for (unsigned int i = 0; i < TREE_MAX_DEPTH + 2; i++)
		g_string_append(deep, "}");
	g_assert_null(tree_parse(deep->str, "test", &error));
	g_assert_error(error, XT_ERROR, XT_ERROR_INVALID);
}

static void test_reading(void)
{
	g_autoptr(json_t)
		tree = tree_parse("{\"l\":{\"10\":\"k\",\"2\":\"c\",\"0\":\"a\",\"x\":"
				  "\"no\",\"256\":\"no\",\"01\":\"no\"},\"b\":\"yes\","
				  "\"n\":\"12\",\"bad\":\"maybe\"}",
				  "test", NULL);
	g_autofree const char **list = tree_list(tree, "l");
	unsigned int ids[TREE_MAX_ID + 1];

	g_assert_cmpuint(g_strv_length((char **)list), ==, 3);
	g_assert_cmpstr(list[0], ==, "a");
	g_assert_cmpstr(list[1], ==, "c");
	g_assert_cmpstr(list[2], ==, "k");
	g_assert_cmpuint(tree_ids(tree, "none", ids), ==, 0);
	g_assert_true(tree_flag(tree, "b", false));
	g_assert_true(tree_flag(tree, "none", true));
	g_assert_cmpint(tree_number(tree, "n", 7), ==, 12);
	g_assert_cmpint(tree_number(tree, "none", 7), ==, 7);
	g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*\"maybe\" is no boolean*");
	g_assert_true(tree_flag(tree, "bad", true));
	g_test_assert_expected_messages();
}

static void test_setting(void)
{
	g_autoptr(json_t) tree = json_object();
	g_autofree char *text = NULL;

	tree_set(tree, "slot", "1");
	tree_set(tree, "config/memory", "64");
	tree_set(tree, "config/vcpus", "1");
	text = tree_print(tree);
	g_assert_cmpstr(
		text, ==,
		"{\"slot\":\"1\",\"config\":{\"memory\":\"64\",\"vcpus\":\"1\"}}");
}

static void test_mac(void)
{
	g_autofree char *first = mac_of_nic(0, "00000000-0000-0000-0000-000000000001");
	g_autofree char *other = mac_of_nic(3, "c7a7a3a0-1d3f-4c56-9ad2-7a0e0d7e2a11");

	g_assert_cmpstr(first, ==, "4e:1c:b4:98:ed:0a");
	g_assert_cmpstr(other, ==, "b2:68:a4:09:1d:57");
	g_assert_true(mac_is_valid(first));
	g_assert_false(mac_is_valid("01:00:00:00:00:01")); /* a group's */
	g_assert_false(mac_is_valid("02:00:00:00:00"));
	g_assert_false(mac_is_valid("02-00-00-00-00-01"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xenmgr/tree/scalars-become-texts", test_scalars_become_texts);
	g_test_add_func("/xenmgr/tree/what-no-key-holds-is-refused",
			test_what_no_key_holds_is_refused);
	g_test_add_func("/xenmgr/tree/dump-leaves-out-what-is-wrong",
			test_dump_leaves_out_what_is_wrong);
	g_test_add_func("/xenmgr/tree/depth-is-bounded", test_depth_is_bounded);
	g_test_add_func("/xenmgr/tree/reading", test_reading);
	g_test_add_func("/xenmgr/tree/setting", test_setting);
	g_test_add_func("/xenmgr/mac", test_mac);
	return g_test_run();
}

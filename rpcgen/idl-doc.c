/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rpcgen/idl-doc.h"

#include <libxml/parser.h>
#include <string.h>

#include "rpcgen/idl-xml.h"

/* ---- from text and markup to blocks ---- */

typedef struct {
	IdlFile *file;
	GPtrArray *blocks;
	GString *text; /* of the next block, so far */
	unsigned int indent;
	const char *marker; /* of the next block */
} Builder;

/* What has been gathered is a block; its words stand apart by one blank. */
static void end_block(Builder *b)
{
	g_auto(GStrv) words = g_strsplit_set(b->text->str, " \t\r\n", -1);
	GString *text = g_string_new(NULL);
	IdlBlock *block;

	g_string_truncate(b->text, 0);
	for (char **word = words; *word; word++)
		if (**word)
			g_string_append_printf(text, "%s%s", text->len ? " " : "", *word);
	if (!text->len) {
		g_string_free(text, TRUE);
		return;
	}
	block = idl_own(b->file, sizeof(*block));
	block->indent = b->indent;
	block->marker = b->marker;
	block->text = idl_own_text(b->file, g_string_free(text, FALSE));
	b->marker = NULL;
	g_ptr_array_add(b->blocks, block);
}

/* A line without text ends a paragraph. */
static void add_text(Builder *b, const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++) {
		if (*text == '\n' && ++lines == 2)
			end_block(b);
		else if (!g_ascii_isspace(*text))
			lines = 0;
		g_string_append_c(b->text, *text);
	}
}

static void add_nodes(Builder *b, const xmlNode *node);

static unsigned int count_items(const xmlNode *list)
{
	unsigned int n = 0;

	for (const xmlNode *item = list->children; item; item = item->next)
		n += is(item, "li");
	return n;
}

static void add_list(Builder *b, const xmlNode *list)
{
	g_autofree char *widest = g_strdup_printf("%u. ", count_items(list));
	unsigned int width = is(list, "ol") ? strlen(widest) : 2;
	unsigned int n = 0;

	b->indent += width;
	for (const xmlNode *item = list->children; item; item = item->next) {
		g_autofree char *number = g_strdup_printf("%u.", n + 1);

		if (!is(item, "li"))
			continue;
		n++;
		b->marker = idl_own_text(
			b->file,
			g_strdup_printf("%-*s", width, is(list, "ol") ? number : "-"));
		add_nodes(b, item->children);
		end_block(b);
	}
	b->marker = NULL;
	b->indent -= width;
}

/* Does text before and behind it belong to other blocks? */
static bool is_block(const xmlNode *node)
{
	return is(node, "p") || is(node, "br") || is(node, "ul") || is(node, "ol");
}

static void add_nodes(Builder *b, const xmlNode *node)
{
	for (; node; node = node->next) {
		if (is_block(node))
			end_block(b);
		if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
			add_text(b, (const char *)node->content);
		else if (is(node, "ul") || is(node, "ol"))
			add_list(b, node);
		else if (node->type == XML_ELEMENT_NODE)
			add_nodes(b, node->children);
		if (is_block(node))
			end_block(b);
	}
}

/* ---- comments ---- */

static void ignore_error(void *data, xmlErrorPtr error)
{
}

/* @text as the content of an element, or NULL: then it is no markup, and no mistake. */
static xmlDoc *parse_fragment(const char *text)
{
	xmlStructuredErrorFunc handler = xmlStructuredError;
	void *data = xmlStructuredErrorContext;
	g_autofree char *whole = g_strconcat("<text>", text, "</text>", NULL);
	xmlDoc *doc;

	xmlSetStructuredErrorFunc(NULL, ignore_error);
	doc = xmlReadMemory(whole, strlen(whole), NULL, "UTF-8", XML_PARSE_NONET);
	xmlSetStructuredErrorFunc(data, handler);
	return doc;
}

/* An element that is commented out, with or without its "<" and ">"? */
static bool is_switched_off(const char *text)
{
	const char *start = text + strspn(text, "< \t\r\n");
	g_autofree char *name = g_strndup(start, strcspn(start, "> \t\r\n"));
	g_autofree char *trimmed = g_strchomp(g_strdup(start));
	g_autofree char *element =
		g_strconcat("<", trimmed, strchr(trimmed, '>') ? "" : ">", NULL);
	xmlDoc *doc;

	if (!is_element_name(name))
		return false;
	doc = parse_fragment(element);
	xmlFreeDoc(doc);
	return doc != NULL;
}

static void add_comment(Builder *b, const char *text)
{
	xmlDoc *doc = strchr(text, '<') ? parse_fragment(text) : NULL;

	end_block(b);
	if (doc)
		add_nodes(b, xmlDocGetRootElement(doc)->children);
	else
		add_text(b, text);
	end_block(b);
	xmlFreeDoc(doc);
}

/* ---- whose comment is it? ---- */

static bool is_element(const xmlNode *node)
{
	return node && node->type == XML_ELEMENT_NODE;
}

static bool ends_line(const xmlNode *node)
{
	return node->type == XML_TEXT_NODE && strchr((const char *)node->content, '\n');
}

static const xmlNode *behind_line(const xmlNode *node)
{
	while (node && !is_element(node) && !ends_line(node))
		node = node->next;
	return node;
}

/* Those from @node on, up to @end or an element. */
static void add_comments(Builder *b, const xmlNode *node, const xmlNode *end)
{
	for (; node && node != end && !is_element(node); node = node->next) {
		const char *text = (const char *)node->content;

		if (node->type == XML_COMMENT_NODE &&
		    text[strspn(text, " \t\r\n")] != '~' && !is_switched_off(text))
			add_comment(b, text);
	}
}

/* Between @node and the element before it, but for those on that one's line. */
static void add_before(Builder *b, const xmlNode *node)
{
	const xmlNode *first = node;

	while (first->prev && !is_element(first->prev))
		first = first->prev;
	if (first->prev)
		add_comments(b, behind_line(first), node);
}

static void add_inside(Builder *b, const xmlNode *node)
{
	const xmlNode *last = NULL;

	add_comments(b, node->children, NULL);
	for (const xmlNode *child = node->children; child; child = child->next) {
		if (is_tp(child, "docstring")) {
			add_nodes(b, child->children);
			end_block(b);
		}
		if (is_element(child))
			last = child;
	}
	if (last)
		add_comments(b, behind_line(last->next), NULL);
}

GPtrArray *idl_doc(IdlFile *file, xmlNode *node)
{
	Builder b = { .file = file,
		      .blocks = idl_own_list(file),
		      .text = g_string_new(NULL) };
	bool is_root = !is_element(node->parent);

	if (!is_root)
		add_before(&b, node);
	add_inside(&b, node);
	if (!is_root)
		add_comments(&b, node->next, behind_line(node->next));
	g_string_free(b.text, TRUE);
	return b.blocks;
}

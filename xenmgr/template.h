/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Template: what a new VM's part of the database is made from: a JSON file in
 * <data>/templates, and what its creator adds.
 */

#include "lib/json.h"
#include "lib/rpc.h"

/* Descriptions of the keys that have a type. */
typedef struct {
	const RpcInterface *vm, *disk, *nic;
} TemplateKeys;

/* Names of the templates there are, sorted.  Free with g_strfreev(). */
char **template_list(const char *dir, GError **error);

/* Read @name, which must be one of template_list().  "" is an empty template. */
json_t *template_load(const char *dir, const char *name, GError **error);

/*
 * Is @tree what a VM can be?  Every key that has a type holds a value of that type, and
 * what has children is an object.  @where names the source in the error.
 */
bool template_check(const json_t *tree, const TemplateKeys *keys, const char *where,
		    GError **error);

/* @tree with ${UUID} replaced in all its texts; a new reference. */
json_t *template_expand(const json_t *tree, const char *uuid);

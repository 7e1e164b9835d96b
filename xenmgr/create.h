/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Create: from a template to a VM in the database and the registry.
 */

#include "xenmgr/manager.h"
#include "xenmgr/template.h"

typedef struct {
	const char *template;                   /* "": an empty one */
	const char *json;                       /* merged over it; NULL or "": nothing */
	const char *uuid;                       /* NULL: the template's, or a new one */
	const char *name, *description, *image; /* NULL: the template's */
	bool unrestricted;                      /* whatever the host's policy says */
} CreateRequest;

/* Comes exactly once, from the loop. */
typedef void (*CreateDone)(const char *path, const GError *error, void *data);
void create_vm(Manager *manager, const CreateRequest *request, CreateDone done,
	       void *data);

/* <data>/templates; free with g_free(). */
char *create_templates_dir(void);

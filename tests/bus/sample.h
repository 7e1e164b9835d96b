/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sample: an implementation of sample.xml for the engine's tests.
 *
 * It echoes, keeps the calls of "hold" until sample_release(), and writes what happens
 * to @log, so that a test compares one text.
 */

#include "sample_server.h"

#define SAMPLE_NAME "com.citrix.xenclient.sample"

typedef struct {
	RpcServer *server;
	GString *log;
	GPtrArray *held;  /* RpcCall of hold */
	GPtrArray *gated; /* RpcCall, while @shut */
	bool shut;
	char *name, *mode;
	int32_t size;
} Sample;

Sample *sample_new(Bus *bus);
void sample_free(Sample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sample, sample_free)

/* Answer the first call that is held with @text. */
void sample_release(Sample *sample, const char *text);

/* Serve in a child: for fixture_serve(). */
void sample_serve(Bus *bus, void *data);

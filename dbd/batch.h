/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Batch: calls that are served together share one commit.
 *
 * The first change opens a transaction, each change is a step of it, and nothing is
 * answered before the commit is on disk: neither the changes nor what was asked after one
 * of them.  If the commit fails every change is answered with its error, and what was
 * asked is asked again.  With no change under way a question is answered at once.
 *
 * The owner calls batch_end() when nothing more is there to be served; a batch that
 * grows old or large ends by itself.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "dbd/store.h"

typedef struct Batch Batch;
typedef struct BatchJob BatchJob;

struct BatchJob {
	bool changes;

	/* Do it.  Called again if a commit failed and it does not change anything. */
	bool (*run)(BatchJob *job, Store *store, GError **error);

	/* Answer and free it; @error is NULL if it is done. */
	void (*finish)(BatchJob *job, const GError *error);

	size_t weight; /* bytes that it holds, about; run() may add to it */
	GError *error; /* the batch's */
};

Batch *batch_new(Store *store);
void batch_free(Batch *batch); /* ends it first */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Batch, batch_free)

void batch_serve(Batch *batch, BatchJob *job); /* takes @job */
void batch_end(Batch *batch);

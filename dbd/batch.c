/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbd/batch.h"

#define JOBS_MAX   256
#define WEIGHT_MAX (4 * 1024 * 1024)
#define AGE_MAX_US 5000

struct Batch {
	Store *store;
	GPtrArray *jobs; /* in the order they came; the transaction is open if there is
			    one */
	size_t weight;
	int64_t begun;
};

static void finish(BatchJob *job)
{
	GError *error = g_steal_pointer(&job->error);

	job->finish(job, error);
	g_clear_error(&error);
}

/* The transaction was not committed: nothing of it was done. */
static void redo(Batch *batch, BatchJob *job, const GError *error)
{
	g_clear_error(&job->error);
	if (job->changes)
		job->error = g_error_copy(error);
	else
		job->run(job, batch->store, &job->error);
}

static void end(Batch *batch, const GError *failed)
{
	g_autoptr(GPtrArray) jobs = g_steal_pointer(&batch->jobs);

	batch->jobs = g_ptr_array_new();
	batch->weight = 0;
	for (unsigned int i = 0; i < jobs->len; i++) {
		if (failed)
			redo(batch, jobs->pdata[i], failed);
		finish(jobs->pdata[i]);
	}
}

/* As a step of the transaction; false if that is gone and all that was in it. */
static bool run_step(Batch *batch, BatchJob *job)
{
	bool done = store_step_begin(batch->store, &job->error) &&
		    job->run(job, batch->store, &job->error) &&
		    store_step_end(batch->store, &job->error);

	if (!done)
		store_step_undo(batch->store);
	return store_in_transaction(batch->store);
}

Batch *batch_new(Store *store)
{
	Batch *batch = g_new0(Batch, 1);

	batch->store = store;
	batch->jobs = g_ptr_array_new();
	return batch;
}

void batch_free(Batch *batch)
{
	if (!batch)
		return;

	batch_end(batch);
	g_ptr_array_unref(batch->jobs);
	g_free(batch);
}

void batch_serve(Batch *batch, BatchJob *job)
{
	if (batch->jobs->len == 0) {
		if (!job->changes) {
			job->run(job, batch->store, &job->error);
			finish(job);
			return;
		}
		if (!store_begin(batch->store, &job->error)) {
			finish(job);
			return;
		}
		batch->begun = g_get_monotonic_time();
	}

	g_ptr_array_add(batch->jobs, job);
	if (!job->changes) {
		job->run(job, batch->store, &job->error);
	} else if (!run_step(batch, job)) {
		g_autoptr(GError) failed = g_error_copy(job->error);

		end(batch, failed);
		return;
	}

	batch->weight += job->weight;
	if (batch->jobs->len >= JOBS_MAX || batch->weight > WEIGHT_MAX ||
	    g_get_monotonic_time() - batch->begun > AGE_MAX_US)
		batch_end(batch);
}

void batch_end(Batch *batch)
{
	g_autoptr(GError) failed = NULL;

	if (batch->jobs->len == 0)
		return;
	store_commit(batch->store, &failed);
	end(batch, failed);
}

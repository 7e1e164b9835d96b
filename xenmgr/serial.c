/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xenmgr/serial.h"

typedef struct {
	SerialJob job;
	void *data;
} Waiting;

struct Serial {
	GQueue waiting;
	gboolean busy;
};

Serial *serial_new(void)
{
	Serial *serial = g_new0(Serial, 1);

	g_queue_init(&serial->waiting);
	return serial;
}

void serial_free(Serial *serial)
{
	if (!serial)
		return;
	g_assert(!serial->busy);
	g_free(serial);
}

void serial_run(Serial *serial, SerialJob job, void *data)
{
	Waiting *waiting;

	if (!serial->busy) {
		serial->busy = TRUE;
		job(data);
		return;
	}
	waiting = g_new(Waiting, 1);
	waiting->job = job;
	waiting->data = data;
	g_queue_push_tail(&serial->waiting, waiting);
}

void serial_done(Serial *serial)
{
	Waiting *next = g_queue_pop_head(&serial->waiting);

	serial->busy = next != NULL;
	if (next) {
		next->job(next->data);
		g_free(next);
	}
}

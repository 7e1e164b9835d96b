/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sasl: both sides of D-Bus authentication, as machines on lines of text.  Pure.
 *
 * Towards the guest we are the server.  Any identity is accepted, since it is the channel
 * that says who it is; descriptors are not.  Towards the bus we are the client, as the
 * user that we run as.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "policy/buffer.h"

#define SASL_LINE_MAX  255
#define SASL_LINES_MAX 16

typedef enum {
	SASL_MORE,   /* go on when there are more bytes */
	SASL_DONE,   /* what follows are messages */
	SASL_FAILED, /* close */
} SaslStatus;

typedef struct {
	bool nul;        /* the first byte came */
	bool challenged; /* asked for an identity */
	bool accepted;   /* BEGIN may come */
	unsigned int lines;
} SaslServer;

/* Take complete lines from @in, answer to @out. */
SaslStatus sasl_serve(SaslServer *server, Buffer *in, Buffer *out);

/* What the client begins with; then its answer to what the bus says. */
void sasl_client_begin(unsigned int uid, Buffer *out);
SaslStatus sasl_client(Buffer *in, Buffer *out);

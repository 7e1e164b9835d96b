/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tracing, and faults: by the environment for one process, by the table for all.
 */
#include "fakexl.h"

Hv *fakexl_hv;
static FILE *trace;
static HvFault env_fail[HV_NFAIL];
static int env_nfail;

void fakexl_trace(const char *fmt, ...)
{
	va_list ap;
	int e = errno;
	const char *t;

	if (!trace && (t = getenv("FAKEHV_TRACE")) && *t)
		trace = strcmp(t, "-") ? fopen(t, "ae") : stderr;
	if (!trace)
		return;
	fprintf(trace, "[%d] ", getpid());
	va_start(ap, fmt);
	vfprintf(trace, fmt, ap);
	va_end(ap);
	fputc('\n', trace);
	fflush(trace);
	errno = e;
}

static int use(HvFault *f, const char *name)
{
	if (strcmp(f->name, name) || f->times == 0)
		return 0;
	if (f->skip > 0) {
		f->skip--;
		return 0;
	}
	f->times--;
	errno = f->err;
	fakexl_trace("%s: made to fail, errno %d", name, f->err);
	return 1;
}

int fakexl_fails(const char *name)
{
	int hit = 0, l;

	for (int i = 0; i < env_nfail && !hit; i++)
		hit = use(&env_fail[i], name);
	if (!hit && hv && __atomic_load_n(&hv->nfail, __ATOMIC_ACQUIRE)) {
		l = hv_lock();
		for (uint32_t i = 0; i < hv->nfail && !hit; i++)
			hit = use(&hv->fail[i], name);
		int e = errno;
		hv_unlock(l);
		errno = e;
	}
	return hit;
}

static __attribute__((constructor)) void init(void)
{
	const char *s = getenv("FAKEHV_FAIL");
	char e[16];

	while (s && *s && env_nfail < HV_NFAIL) {
		HvFault *f = &env_fail[env_nfail++];
		f->times = 1;
		if (sscanf(s, "%43[^:]:%15[^:,]:%d:%d", f->name, e, &f->skip, &f->times) <
		    2)
			break;
		f->err = hv_errno(e) < 0 ? EIO : hv_errno(e);
		if ((s = strchr(s, ',')))
			s++;
	}
}

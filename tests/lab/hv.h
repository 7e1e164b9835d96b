/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Hv: the stand-in for the hypervisor, a table of domains made of files in one directory,
 * $FAKEHV_DIR.  Shared by the preloaded libraries (xsshim.c in xenstored, fakexl*.c in
 * the users of libxenlight), the guests' xenbus driver (xenbus-bridge.c), the machine and
 * the controls (machine.c, fakehv.c).
 *
 *   hv            the table, mapped by everybody (Hv)
 *   domN.ring     the xenstore page that domain N "granted" to xenstored
 *   domN.ev       FIFO: event channel, xenstored -> domain N
 *   xenstored.ev  FIFO: what /dev/xen/evtchn is to xenstored (ports, 32 bit each)
 *   machine.ev    FIFO: domids whose state changed, to `fakehv serve`
 *   domN.sock     made by xenbus-bridge: stands for /dev/xen/xenbus in domain N
 *   domN.mem      guest memory as the domain builder left it
 *   domN.log      what the guest said on its console
 *
 * It knows no guest instructions, no interrupts but xenstore's, no I/O.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

#define HV_MAGIC      0x32764866u
#define HV_MAX_DOMID  0x7ff0u /* DOMID_FIRST_RESERVED */
#define HV_RING_SIZE  4096
#define HV_NFAIL      16
#define HV_HOST_PAGES (64ull << 18) /* a 64 GiB machine, 8 CPUs, 1 node */
#define HV_CPUS       8

/* HvDomain.flags */
enum {
	HV_EXISTS = 1,
	HV_SHUTDOWN = 2,
	HV_CRASHED = 4,
	HV_DYING = 8,
	HV_PAUSED = 16,
	HV_HVM = 32,
	HV_HELD = 64, /* somebody maps its memory: it cannot vanish */
};

/*
 * xenstored's side of the ports: a pure function of the domid, so that they survive an
 * exec (live update) as kernel event channels do.
 */
enum { HV_VIRQ_PORT = 1, HV_PORT_BASE = 16 };

/* What is scanned often: kept small. */
typedef struct {
	uint32_t flags;
	uint32_t shutdown_reason;
	uint32_t store_port; /* xs_introduce_domain() must be given this number */
	uint32_t store_mfn;
	uint32_t bound; /* xenstored has the event channel bound */
} HvDomain;

/* What only a toolstack cares about. */
typedef struct {
	uint8_t handle[16];
	uint32_t ssidref, max_vcpus, cpupool, next_port;
	uint32_t weight, cap;
	uint32_t pause_count; /* as Xen's controller_pause_count */
	uint64_t tot_pages, max_pages, created_ns;
	uint64_t hard[32], soft[32]; /* affinity of each vcpu */
	uint64_t hvm_param[48];
	uint32_t want, done; /* futexes: the machine has seen change number ... */
	int32_t guest_pid;   /* process group of the guest, or 0 */
	uint32_t built;      /* the builder finished (2: restored): may be run */
	char cmdline[512];
} HvExt;

/* A call that is to fail: @skip times not, then @times times with @err. */
typedef struct {
	char name[44];
	int32_t err, skip, times;
} HvFault;

typedef struct {
	uint32_t magic, max, rover;
	int32_t machine_pid; /* `fakehv serve`, or 0 */
	uint32_t nfail;
	HvFault fail[HV_NFAIL];
	HvDomain dom[HV_MAX_DOMID];
	HvExt ext[HV_MAX_DOMID]; /* sparse */
} Hv;

const char *hv_dir(void);
/* A path below hv_dir(), in @buf. */
const char *hv_path(char *buf, size_t n, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

Hv *hv_attach(int create);

/* Domain ids are handed out, and fault rules used up, under this lock. */
int hv_lock(void);
void hv_unlock(int fd);

uint32_t hv_flags(Hv *h, uint32_t d);
void hv_set(Hv *h, uint32_t d, uint32_t on, uint32_t off);
uint64_t hv_now(void);

void *hv_map_ring(uint32_t d);
int hv_open_fifo(const char *name, int extra);
int hv_open_dom_ev(uint32_t d);
void hv_kick(int fd, uint32_t port);
void hv_kick_guest(uint32_t d);
void hv_virq(void);

/*
 * Domain @d changed: have the machine start, stop, continue or kill its guest, and wait
 * until it has (hypercalls are synchronous).  Without a machine: no wait.
 */
void hv_changed(Hv *h, uint32_t d);

/* What the preloaded library and the command line both do; -1 with errno on failure. */
int hv_create(Hv *h, uint32_t d, uint32_t flags);
void hv_do_shutdown(Hv *h, uint32_t d, uint32_t reason);
int hv_pause(Hv *h, uint32_t d);
int hv_unpause(Hv *h, uint32_t d);
/* 1 if xenstored still held the domain after 2 s */
int hv_vanish(Hv *h, uint32_t d);
int hv_destroy(Hv *h, uint32_t d);

/* The number of an errno by its name or its number; -1: no such errno. */
int hv_errno(const char *name);

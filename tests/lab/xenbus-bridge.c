/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenbus-bridge - plays the part of the Linux xenbus driver in fake guests.
 *
 *   xenbus-bridge N...     for each domain N, listen on $FAKEHV_DIR/domN.sock
 *
 * A libxenstore program started with XENSTORED_PATH=$FAKEHV_DIR/domN.sock talks
 * to xenstored over domain N's shared ring, i.e. as that unprivileged domain.
 * As /dev/xen/xenbus does, it lets several programs share the one ring: req_ids
 * and watch tokens are replaced by unique ones, transactions belong to the
 * client that started them, and what a client leaves behind when it goes
 * (watches, transactions) is cleaned up.
 * Prints "ready" when listening; leaves when all its domains are gone.
 */
#include "hv.h"
#include <err.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

struct buf {
	char *p;
	size_t off, len, cap;
};
struct src {
	int fd;
	enum { S_LISTEN, S_EV, S_CLIENT } kind;
	struct dom *dom;
};
struct client {
	struct src s;
	struct client *next;
	struct buf in, out;
	uint32_t *tx;
	size_t ntx;
	int dead;
};
struct watch {
	struct watch *next;
	struct client *c;
	uint32_t id;
	char *path, *token;
};
struct req {
	struct req *next;
	struct client *c;
	uint32_t id, orig_id, type;
	uint32_t watch_id;
};
struct dom {
	uint32_t domid, next_id;
	struct xenstore_domain_interface *r;
	int storefd; /* xenstored.ev */
	struct src listen, ev;
	struct client *clients;
	struct watch *watches;
	struct req *reqs;
	struct buf out; /* waiting for room in the ring */
	struct buf in;  /* message being assembled from the ring */
};
static Hv *hv;
static int ep, ndoms;

static void add(struct buf *b, const void *p, size_t n)
{
	if (b->off && b->off == b->len)
		b->off = b->len = 0;
	if (b->len + n > b->cap) {
		b->cap = (b->len + n) * 2;
		if (!(b->p = realloc(b->p, b->cap)))
			err(1, NULL);
	}
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

static void drop(struct buf *b, size_t n)
{
	b->off += n;
	if (b->off == b->len) {
		b->off = b->len = 0;
	} else if (b->off > 65536) {
		memmove(b->p, b->p + b->off, b->len - b->off);
		b->len -= b->off;
		b->off = 0;
	}
}

/* ---- towards the client ---- */
static void arm(struct client *c)
{
	struct epoll_event e = { .events = EPOLLIN |
					   (c->out.len > c->out.off ? EPOLLOUT : 0),
				 .data.ptr = &c->s };
	epoll_ctl(ep, EPOLL_CTL_MOD, c->s.fd, &e);
}

static void flush(struct client *c)
{
	while (!c->dead && c->out.off < c->out.len) {
		ssize_t n = send(c->s.fd, c->out.p + c->out.off, c->out.len - c->out.off,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EAGAIN)
				arm(c);
			return; /* else: the read side will notice */
		}
		drop(&c->out, n);
	}
}

static void reply(struct client *c, const struct xsd_sockmsg *m, const void *p1,
		  size_t n1, const void *p2, size_t n2)
{
	struct xsd_sockmsg h = *m;
	h.len = n1 + n2;
	add(&c->out, &h, sizeof h);
	add(&c->out, p1, n1);
	add(&c->out, p2, n2);
	flush(c);
}

/* ---- towards the ring ---- */
static void ring_push(struct dom *d)
{
	struct xenstore_domain_interface *r = d->r;

	while (d->out.off < d->out.len) {
		uint32_t cons, prod = r->req_prod, n, old = prod;

		if (__atomic_load_n(&r->connection, __ATOMIC_ACQUIRE) !=
		    XENSTORE_CONNECTED)
			return; /* not introduced yet */
		cons = __atomic_load_n(&r->req_cons, __ATOMIC_ACQUIRE);
		n = XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(prod);
		if (n > XENSTORE_RING_SIZE - (prod - cons))
			n = XENSTORE_RING_SIZE - (prod - cons);
		if (n > d->out.len - d->out.off)
			n = d->out.len - d->out.off;
		if (!n)
			return; /* full: xenstored notifies when it reads */
		memcpy(r->req + MASK_XENSTORE_IDX(prod), d->out.p + d->out.off, n);
		__atomic_store_n(&r->req_prod, prod + n, __ATOMIC_SEQ_CST);
		drop(&d->out, n);
		if (__atomic_load_n(&r->req_cons, __ATOMIC_SEQ_CST) == old)
			hv_kick(d->storefd, HV_PORT_BASE + d->domid);
	}
}

static void submit(struct dom *d, struct client *c, uint32_t orig_id, uint32_t type,
		   uint32_t tx, uint32_t watch_id, const void *p1, size_t n1,
		   const void *p2, size_t n2)
{
	struct req *q = calloc(1, sizeof *q);
	struct xsd_sockmsg h = { .type = type, .tx_id = tx, .len = n1 + n2 };

	*q = (struct req){ .next = d->reqs,
			   .c = c,
			   .id = ++d->next_id,
			   .orig_id = orig_id,
			   .type = type,
			   .watch_id = watch_id };
	d->reqs = q;
	h.req_id = q->id;
	add(&d->out, &h, sizeof h);
	add(&d->out, p1, n1);
	add(&d->out, p2, n2);
	ring_push(d);
}

static int del_watch(struct dom *d, uint32_t id)
{
	for (struct watch *w, **pw = &d->watches; (w = *pw); pw = &w->next)
		if (w->id == id) {
			*pw = w->next;
			free(w->path);
			free(w->token);
			free(w);
			return 1;
		}
	return 0;
}

static int has_tx(struct client *c, uint32_t tx, int del)
{
	for (size_t i = 0; i < c->ntx; i++)
		if (c->tx[i] == tx) {
			if (del)
				c->tx[i] = c->tx[--c->ntx];
			return 1;
		}
	return 0;
}

static void from_client(struct client *c, const struct xsd_sockmsg *m, const char *body)
{
	struct dom *d = c->s.dom;
	const char *tok = memchr(body, 0, m->len);
	char id[16];

	if (m->type == XS_WATCH || m->type == XS_UNWATCH) {
		struct watch *w;
		if (!tok || ++tok == body + m->len || body[m->len - 1]) {
			reply(c,
			      &(struct xsd_sockmsg){ .type = XS_ERROR,
						     .req_id = m->req_id },
			      "EINVAL", 7, "", 0);
			return;
		}
		for (w = d->watches; w; w = w->next)
			if (w->c == c && !strcmp(w->path, body) && !strcmp(w->token, tok))
				break;
		if (m->type == XS_WATCH ? !!w : !w) {
			const char *e = w ? "EEXIST" : "ENOENT";
			reply(c,
			      &(struct xsd_sockmsg){ .type = XS_ERROR,
						     .req_id = m->req_id },
			      e, 7, "", 0);
			return;
		}
		if (m->type == XS_WATCH) {
			w = calloc(1, sizeof *w);
			*w = (struct watch){ .next = d->watches,
					     .c = c,
					     .id = ++d->next_id,
					     .path = strdup(body),
					     .token = strdup(tok) };
			d->watches = w;
		}
		snprintf(id, sizeof id, "%X", w->id);
		submit(d, c, m->req_id, m->type, m->tx_id, w->id, body, strlen(body) + 1,
		       id, strlen(id) + 1);
		return;
	}
	if (m->tx_id && !has_tx(c, m->tx_id, m->type == XS_TRANSACTION_END)) {
		reply(c,
		      &(struct xsd_sockmsg){
			      .type = XS_ERROR, .req_id = m->req_id, .tx_id = m->tx_id },
		      "ENOENT", 7, "", 0);
		return;
	}
	submit(d, c, m->req_id, m->type, m->tx_id, 0, body, m->len, "", 0);
}

static void from_store(struct dom *d, const struct xsd_sockmsg *m, const char *body)
{
	struct xsd_sockmsg h = *m;
	struct req *q, **pq;

	if (m->type == XS_WATCH_EVENT) {
		const char *tok = body + strlen(body) + 1;
		uint32_t id = strtoul(tok, NULL, 16);
		for (struct watch *w = d->watches; w; w = w->next)
			if (w->id == id) {
				h.req_id = 0;
				reply(w->c, &h, body, tok - body, w->token,
				      strlen(w->token) + 1);
				break;
			}
		return;
	}
	for (pq = &d->reqs; (q = *pq) && q->id != m->req_id; pq = &q->next)
		;
	if (!q)
		return;
	*pq = q->next;
	if (q->type == XS_WATCH ? m->type == XS_ERROR : q->type == XS_UNWATCH)
		del_watch(d, q->watch_id);
	if (q->c) {
		if (m->type == XS_TRANSACTION_START) {
			q->c->tx = realloc(q->c->tx, ++q->c->ntx * sizeof *q->c->tx);
			q->c->tx[q->c->ntx - 1] = strtoul(body, NULL, 0);
		}
		h.req_id = q->orig_id;
		reply(q->c, &h, body, m->len, "", 0);
	} else if (m->type == XS_TRANSACTION_START) /* its client went away meanwhile */
		submit(d, NULL, 0, XS_TRANSACTION_END, strtoul(body, NULL, 0), 0, "F", 2,
		       "", 0);
	free(q);
}

static void ring_pull(struct dom *d)
{
	struct xenstore_domain_interface *r = d->r;
	struct xsd_sockmsg h;

	for (;;) {
		uint32_t cons = r->rsp_cons,
			 prod = __atomic_load_n(&r->rsp_prod, __ATOMIC_ACQUIRE);
		uint32_t n = XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(cons),
			 was = prod - cons;

		if (n > was)
			n = was;
		if (!n)
			break;
		add(&d->in, r->rsp + MASK_XENSTORE_IDX(cons), n);
		__atomic_store_n(&r->rsp_cons, cons + n, __ATOMIC_SEQ_CST);
		if (was == XENSTORE_RING_SIZE)
			hv_kick(d->storefd, HV_PORT_BASE + d->domid);
	}
	while (d->in.len - d->in.off >= sizeof h) {
		memcpy(&h, d->in.p + d->in.off, sizeof h);
		if (d->in.len - d->in.off < sizeof h + h.len)
			break;
		char *body = malloc(h.len + 1);
		memcpy(body, d->in.p + d->in.off + sizeof h, h.len);
		body[h.len] = 0;
		drop(&d->in, sizeof h + h.len);
		from_store(d, &h, body);
		free(body);
	}
}

/* ---- clients come and go ---- */
static void gone(struct client *c)
{
	struct dom *d = c->s.dom;
	char id[16];

	c->dead = 1;
	close(c->s.fd);
	for (struct client **pc = &d->clients; *pc; pc = &(*pc)->next)
		if (*pc == c) {
			*pc = c->next;
			break;
		}
	for (struct req *q = d->reqs; q; q = q->next)
		if (q->c == c)
			q->c = NULL;
	for (struct watch *w = d->watches, *n; w; w = n) {
		n = w->next;
		if (w->c != c)
			continue;
		snprintf(id, sizeof id, "%X", w->id);
		submit(d, NULL, 0, XS_UNWATCH, 0, 0, w->path, strlen(w->path) + 1, id,
		       strlen(id) + 1);
		del_watch(d, w->id);
	}
	for (size_t i = 0; i < c->ntx; i++)
		submit(d, NULL, 0, XS_TRANSACTION_END, c->tx[i], 0, "F", 2, "", 0);
	free(c->in.p);
	free(c->out.p);
	free(c->tx);
	free(c);
}

static void client_io(struct client *c, uint32_t events)
{
	char tmp[8192];
	ssize_t n;
	struct xsd_sockmsg h;

	if (events & EPOLLOUT) {
		flush(c);
		arm(c);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	n = recv(c->s.fd, tmp, sizeof tmp, MSG_DONTWAIT);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			gone(c);
		return;
	}
	add(&c->in, tmp, n);
	while (c->in.len - c->in.off >= sizeof h) {
		memcpy(&h, c->in.p + c->in.off, sizeof h);
		if (h.len > XENSTORE_PAYLOAD_MAX) {
			gone(c);
			return;
		}
		if (c->in.len - c->in.off < sizeof h + h.len)
			break;
		memcpy(tmp, c->in.p + c->in.off + sizeof h, h.len);
		drop(&c->in, sizeof h + h.len);
		from_client(c, &h, tmp);
	}
}

static void watch_fd(struct src *s)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };
	if (epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &e))
		err(1, "epoll_ctl");
}

static void dom_open(uint32_t domid)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct dom *d = calloc(1, sizeof *d);

	d->domid = domid;
	if (!(hv_flags(hv, domid) & HV_EXISTS) || !(d->r = hv_map_ring(domid)))
		errx(1, "no domain %u", domid);
	d->storefd = hv_open_fifo("xenstored.ev", O_CLOEXEC);
	d->ev = (struct src){ hv_open_dom_ev(domid), S_EV, d };
	d->listen = (struct src){ socket(AF_UNIX,
					 SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
				  S_LISTEN, d };
	if (d->storefd < 0 || d->ev.fd < 0)
		err(1, "domain %u", domid);
	if (snprintf(un.sun_path, sizeof un.sun_path, "%s/dom%u.sock", hv_dir(), domid) >=
	    (int)sizeof un.sun_path)
		errx(1, "%s: path too long", hv_dir());
	unlink(un.sun_path);
	if (bind(d->listen.fd, (void *)&un, sizeof un) || listen(d->listen.fd, 64))
		err(1, "%s", un.sun_path);
	watch_fd(&d->listen);
	watch_fd(&d->ev);
	ndoms++;
}

static void dom_close(struct dom *d)
{
	char p[256];
	struct client *c;

	for (c = d->clients; c; c = c->next) { /* a guest that dies hangs up */
		c->dead = 1;
		close(c->s.fd);
	}
	close(d->listen.fd);
	close(d->ev.fd);
	close(d->storefd);
	unlink(hv_path(p, sizeof p, "dom%u.sock", d->domid));
	munmap(d->r, HV_RING_SIZE);
	ndoms--; /* memory goes with the process */
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* do not outlive the test */
	if (argc < 2)
		errx(2, "usage: xenbus-bridge N...");
	if (!(hv = hv_attach(0)))
		err(1, "%s/hv", hv_dir());
	ep = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 1; i < argc; i++)
		dom_open(strtoul(argv[i], NULL, 0));
	puts("ready");
	fflush(stdout);

	while (ndoms) {
		struct epoll_event e; /* one at a time: handlers free things */
		if (epoll_wait(ep, &e, 1, -1) != 1)
			continue;
		struct src *s = e.data.ptr;
		struct dom *d = s->dom;

		if (s->kind == S_LISTEN) {
			int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (fd < 0)
				continue;
			struct client *c = calloc(1, sizeof *c);
			c->s = (struct src){ fd, S_CLIENT, d };
			c->next = d->clients;
			d->clients = c;
			watch_fd(&c->s);
		} else if (s->kind == S_EV) {
			uint32_t junk[64];
			while (read(s->fd, junk, sizeof junk) > 0)
				;
			if (!(hv_flags(hv, d->domid) & HV_EXISTS) ||
			    hv_flags(hv, d->domid) & HV_DYING) {
				dom_close(d);
				continue;
			}
			ring_pull(d);
			ring_push(d);
		} else
			client_io((struct client *)s, e.events);
	}
	return 0;
}

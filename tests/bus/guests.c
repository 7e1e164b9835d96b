/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/guests.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "idl/db_server.h"
#include "idl/xenmgr_server.h"
#include "idl/xenmgr_vm_server.h"
#include "lib/error.h"
#include "lib/identity.h"
#include "lib/paths.h"

/* ---- the host ---- */

typedef struct {
	Identity *identity;
	GHashTable *booleans; /* property -> "true" or "false" */
	char *rules;
} Host;

static void db_read(void *impl, RpcCall *call, const char *path)
{
	const Peer *peer = rpc_call_peer(call);
	g_autofree char *value = NULL;

	if (peer->host)
		value = g_strdup_printf("host %s", path);
	else
		value = g_strdup_printf("%s %d %s %s",
					peer->stubdom ? "stubdom" : "guest", peer->domid,
					peer->uuid, path);
	db_rpc_read_return(call, value);
}

static void db_write(void *impl, RpcCall *call, const char *path, const char *value)
{
	Host *host = impl;

	if (g_str_equal(path, "rules")) {
		g_free(host->rules);
		host->rules = g_strdup(value);
	} else {
		g_hash_table_insert(host->booleans, g_strdup(path), g_strdup(value));
	}
	db_rpc_write_return(call);
}

static void db_dump(void *impl, RpcCall *call, const char *path)
{
	db_rpc_dump_return(call, g_str_has_suffix(path, "/rpc-firewall-rules")
					 ? ((Host *)impl)->rules
					 : "null");
}

static void db_exists(void *impl, RpcCall *call, const char *path)
{
}

static const DbRpcOps db_ops = {
	.read = db_read,
	.write = db_write,
	.dump = db_dump,
	.exists = db_exists,
};

static bool list_vms(void *impl, const RpcCall *call, RpcStrings *ret_paths,
		     GError **error)
{
	ret_paths->items = g_new0(char *, 2);
	ret_paths->items[0] = g_strdup(PATH_A);
	ret_paths->n = 1;
	return true;
}

static void create_vm(void *impl, RpcCall *call)
{
	xenmgr_rpc_create_vm_return(call, PATH_B);
}

static const XenmgrRpcOps xenmgr_ops = { .list_vms = list_vms, .create_vm = create_vm };

static void get_property(void *impl, RpcCall *call, const RpcInterface *iface,
			 const RpcProperty *property)
{
	rpc_call_return_value(call, rpc_value_new_string(rpc_call_path(call)));
}

static void get_all(void *impl, RpcCall *call, const RpcInterface *iface)
{
	Host *host = impl;
	g_autofree RpcValue **values = g_new0(RpcValue *, iface->n_properties);

	for (unsigned int i = 0; i < iface->n_properties; i++) {
		const char *value = g_hash_table_lookup(host->booleans,
							iface->properties[i].name);

		if (value)
			values[i] = rpc_value_new_boolean(g_str_equal(value, "true"));
	}
	values[XENMGR_VM_UNRESTRICTED_RPC_PROPERTY_TYPE] = rpc_value_new_string("svm");
	rpc_call_return_values(call, iface, values);
}

static const RpcPropertyOps properties = { .get = get_property, .get_all = get_all };

static const RpcBinding root_bindings[] = {
	{ &db_rpc_service, &db_ops, NULL },
	{ &xenmgr_rpc_service, &xenmgr_ops, NULL },
	{ NULL, NULL, NULL },
};

static const RpcBinding vm_bindings[] = {
	{ &xenmgr_vm_unrestricted_rpc_service, NULL, &properties },
	{ NULL, NULL, NULL },
};

static bool host_lookup(void *data, const char *path, RpcObject *ret_object)
{
	*ret_object = (RpcObject){ data, *path && path[1] ? vm_bindings : root_bindings };
	return true;
}

static void host_gate(void *data, RpcCall *call)
{
	identity_gate(((Host *)data)->identity, call);
}

static const RpcServerFuncs host_funcs = { .lookup = host_lookup, .gate = host_gate };

static void serve_host(Bus *bus, void *data)
{
	Host *host = g_new0(Host, 1);

	host->identity = identity_new(bus, NULL);
	host->booleans = g_hash_table_new(g_str_hash, g_str_equal);
	host->rules = g_strdup("null");
	rpc_server_new(bus, &host_funcs, host);
	g_assert_true(bus_own_name(bus, DB, NULL));
}

FixtureDaemon *guests_host(Fixture *f)
{
	return fixture_serve(f, serve_host, NULL, XENMGR);
}

/* ---- the proxy ---- */

const char *guests_rules_path(Fixture *f)
{
	static char path[256];

	g_snprintf(path, sizeof(path), "%s/test.rules", fixture_dir(f));
	return path;
}

void guests_write_rules(Fixture *f, const char *text)
{
	g_assert_true(g_file_set_contents(guests_rules_path(f), text, -1, NULL));
}

FixtureDaemon *guests_proxy(Fixture *f, const char *text)
{
	guests_write_rules(f, text);
	return fixture_start(f, "policy/rpc-proxy", PROXY, "--rules",
			     guests_rules_path(f), NULL);
}

/* ---- monitors ---- */

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	g_assert_cmpuint(g_strlcpy(address.sun_path, path, sizeof(address.sun_path)), <,
			 sizeof(address.sun_path));
	return address;
}

static int connect_to(const char *path, int type)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	return fd;
}

static int connect_control(void)
{
	g_autofree char *path = g_build_filename(paths_run(), "rpc-proxy", "control",
						 NULL);

	return connect_to(path, SOCK_SEQPACKET);
}

static void send_fd(int control, int fd)
{
	static const char packet[] = "{\"stream\":1}";
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} space = { 0 };
	struct iovec iov = { (char *)packet, strlen(packet) };
	struct msghdr header = { .msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &space,
				 .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	g_assert_cmpint(sendmsg(control, &header, MSG_NOSIGNAL), >, 0);
}

/* A copy of another connection of the test would keep it open when the test closes it. */
static void close_others(int keep, int keep_too)
{
	for (int fd = 3; fd < 256; fd++)
		if (fd != keep && fd != keep_too)
			close(fd);
}

/* The monitor's process: hand over whatever comes, until killed. */
static void G_GNUC_NORETURN bring(const char *guest, int listener, int report)
{
	char answer[1024];
	int control;
	ssize_t r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_others(listener, report);
	control = connect_control();
	g_assert_cmpint(send(control, guest, strlen(guest), 0), >, 0);
	r = recv(control, answer, sizeof(answer), 0);
	g_assert_cmpint(r, >, 0);
	g_assert_cmpint(write(report, answer, r), ==, r);
	close(report);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		send_fd(control, fd);
		close(fd);
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
	g_assert_cmpint(listen(fd, 64), ==, 0);
	return fd;
}

static char *read_answer(int fd)
{
	char answer[1024];
	ssize_t r = read(fd, answer, sizeof(answer));

	g_assert_cmpint(r, >, 0);
	return g_strndup(answer, r);
}

Monitor *monitor_new(Fixture *f, const char *uuid, int domid, bool stubdom)
{
	g_autofree char *guest = g_strdup_printf(
		"{\"guest\":{\"uuid\":\"%s\",\"domid\":%d,\"stubdom\":%s}}", uuid, domid,
		stubdom ? "true" : "false");
	Monitor *monitor = g_new0(Monitor, 1);
	int listener, report[2];

	monitor->path = g_strdup_printf("%s/guest-%d", fixture_dir(f), domid);
	listener = listen_at(monitor->path);
	g_assert_true(g_unix_open_pipe(report, FD_CLOEXEC, NULL));
	monitor->pid = fork();
	g_assert_cmpint(monitor->pid, >=, 0);
	if (!monitor->pid) {
		bring(guest, listener, report[1]);
	}
	close(listener);
	close(report[1]);
	monitor->answer = read_answer(report[0]);
	close(report[0]);
	return monitor;
}

void monitor_free(Monitor *monitor)
{
	kill(monitor->pid, SIGKILL);
	waitpid(monitor->pid, NULL, 0);
	g_unlink(monitor->path);
	g_free(monitor->path);
	g_free(monitor->answer);
	g_free(monitor);
}

char *monitor_try(const char *packet)
{
	int control = connect_control();
	char answer[1024];
	ssize_t r;

	g_assert_cmpint(send(control, packet, strlen(packet), 0), >=, 0);
	r = recv(control, answer, sizeof(answer), 0);
	close(control);
	return g_strndup(answer, MAX(r, 0));
}

Bus *monitor_connect(const Monitor *monitor)
{
	g_autofree char *address = g_strdup_printf("unix:path=%s", monitor->path);
	g_autoptr(GError) error = NULL;
	Bus *bus = bus_open_address(address, &error);

	g_assert_no_error(error);
	return bus;
}

int monitor_connect_raw(const Monitor *monitor, bool authenticate)
{
	static const char hello[] = "\0AUTH EXTERNAL 30\r\nBEGIN\r\n";
	int fd = connect_to(monitor->path, SOCK_STREAM);
	char answer[64];
	size_t got = 0;

	if (!authenticate)
		return fd;
	g_assert_cmpint(write(fd, hello, sizeof(hello) - 1), >, 0);
	while (got < 2 || answer[got - 1] != '\n') {
		ssize_t r = read(fd, answer + got, sizeof(answer) - got);

		g_assert_cmpint(r, >, 0);
		got += r;
	}
	g_assert_cmpint(memcmp(answer, "OK ", 3), ==, 0);
	return fd;
}

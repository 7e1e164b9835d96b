/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/bus-internal.h"

#include <dbus/dbus.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/rpc-internal.h"

/*
 * Who is on the bus: names and their owners, credentials.  The bus itself is called by
 * the engine like any other service; its interface is small enough to stand here.
 */

struct BusNames {
	Bus *bus;
	GPtrArray *watches; /* BusNameWatch */
	GArray *gone;	    /* GoneHandler */
	RpcSubscription *gone_subscription;
};

typedef struct {
	BusNameGone gone;
	void *data;
} GoneHandler;

struct BusNameWatch {
	BusNames *names;
	char *name;
	BusNameChanged changed;
	void *data;
	bool known; /* the owner was told */
	RpcSubscription *subscription;
	RpcPending *asking;
};

/* ---- org.freedesktop.DBus, what we use of it ---- */

typedef struct {
	const char *name;
} NameIn;

typedef struct {
	char *owner;
} OwnerOut;

typedef struct {
	char *key;
	RpcValue *value;
} Credential;

typedef struct {
	struct {
		Credential *items;
		size_t n;
	} credentials;
} CredentialsOut;

typedef struct {
	char *name, *old_owner, *new_owner;
} OwnerChanged;

/* clang-format off */
static const RpcField name_fields[] = {
	{ "name", &rpc_type_string, offsetof(NameIn, name), NULL },
};
static const RpcType name_args = { '(', "s", sizeof(NameIn), NULL, name_fields, 1 };

static const RpcField owner_fields[] = {
	{ "owner", &rpc_type_string, offsetof(OwnerOut, owner), NULL },
};
static const RpcType owner_args = { '(', "s", sizeof(OwnerOut), NULL, owner_fields, 1 };

static const RpcField credential_fields[] = {
	{ NULL, &rpc_type_string,  offsetof(Credential, key),   NULL },
	{ NULL, &rpc_type_variant, offsetof(Credential, value), NULL },
};
static const RpcType credential_type =
	{ '{', "{sv}", sizeof(Credential), NULL, credential_fields, 2 };
static const RpcType credential_array_type =
	{ 'a', "a{sv}", 2 * sizeof(void *), &credential_type, NULL, 0 };
static const RpcField credentials_fields[] = {
	{ "credentials", &credential_array_type, 0, NULL },
};
static const RpcType credentials_args =
	{ '(', "a{sv}", sizeof(CredentialsOut), NULL, credentials_fields, 1 };

static const RpcField owner_changed_fields[] = {
	{ "name",      &rpc_type_string, offsetof(OwnerChanged, name),      NULL },
	{ "old_owner", &rpc_type_string, offsetof(OwnerChanged, old_owner), NULL },
	{ "new_owner", &rpc_type_string, offsetof(OwnerChanged, new_owner), NULL },
};
static const RpcType owner_changed_args =
	{ '(', "sss", sizeof(OwnerChanged), NULL, owner_changed_fields, 3 };

static const RpcMethod methods[] = {
	{ .name = "GetNameOwner", .in = &name_args, .out = &owner_args },
	{ .name = "GetConnectionCredentials", .in = &name_args, .out = &credentials_args },
};
enum { GET_NAME_OWNER, GET_CONNECTION_CREDENTIALS };

static const RpcSignal signals[] = {
	{ "NameOwnerChanged", &owner_changed_args },
};
/* clang-format on */

static const RpcInterface dbus_interface = {
	.name = DBUS_INTERFACE_DBUS,
	.methods = methods,
	.n_methods = G_N_ELEMENTS(methods),
	.signals = signals,
	.n_signals = G_N_ELEMENTS(signals),
};

static RpcTarget the_bus(Bus *bus)
{
	return (RpcTarget){ .bus = bus, .service = DBUS_SERVICE_DBUS,
			    .path = DBUS_PATH_DBUS };
}

static RpcSubscription *on_owner_changed(Bus *bus, const char *more_rule,
					 RpcSignalled signalled, void *data)
{
	return rpc_subscribe_matching(bus, DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
				      &dbus_interface, &signals[0], more_rule, signalled,
				      data);
}

/* ---- who owns a name ---- */

static void watch_owner_changed(const char *sender, const char *path, const void *args_,
				void *data)
{
	const OwnerChanged *args = args_;
	BusNameWatch *watch = data;

	/* what comes before the first answer is in that answer */
	if (watch->known && g_str_equal(args->name, watch->name))
		watch->changed(watch->name, args->new_owner, watch->data);
}

static void watch_answered(const void *out_, const GError *error, void *data)
{
	const OwnerOut *out = out_;
	BusNameWatch *watch = data;

	watch->asking = NULL;
	watch->known = true;
	watch->changed(watch->name, error ? "" : out->owner, watch->data);
}

BusNameWatch *bus_watch_name(Bus *bus, const char *name, BusNameChanged changed, void *data)
{
	BusNames *names = bus_names(bus);
	BusNameWatch *watch = g_new0(BusNameWatch, 1);
	RpcTarget to = the_bus(bus);
	NameIn in = { name };
	g_autofree char *rule = g_strdup_printf("arg0='%s'", name);

	watch->names = names;
	watch->name = g_strdup(name);
	watch->changed = changed;
	watch->data = data;
	watch->subscription = on_owner_changed(bus, rule, watch_owner_changed, watch);
	watch->asking = rpc_call_async(&to, &dbus_interface, &methods[GET_NAME_OWNER], &in,
				       watch_answered, watch);
	g_ptr_array_add(names->watches, watch);
	return watch;
}

static void watch_free(void *data)
{
	BusNameWatch *watch = data;

	if (watch->asking)
		rpc_pending_cancel(watch->asking);
	rpc_unsubscribe(watch->subscription);
	g_free(watch->name);
	g_free(watch);
}

void bus_unwatch_name(BusNameWatch *watch)
{
	if (watch)
		g_ptr_array_remove(watch->names->watches, watch);
}

/* ---- who leaves ---- */

static void name_lost(const char *sender, const char *path, const void *args_, void *data)
{
	const OwnerChanged *args = args_;
	BusNames *names = data;

	if (args->name[0] != ':' || args->new_owner[0])
		return;
	for (guint i = 0; i < names->gone->len; i++) {
		GoneHandler *handler = &g_array_index(names->gone, GoneHandler, i);

		handler->gone(args->name, handler->data);
	}
}

void bus_on_name_gone(Bus *bus, BusNameGone gone, void *data)
{
	BusNames *names = bus_names(bus);
	GoneHandler handler = { gone, data };

	if (!names->gone_subscription)
		names->gone_subscription =
			on_owner_changed(bus, "arg2=''", name_lost, names);
	g_array_append_val(names->gone, handler);
}

void bus_off_name_gone(Bus *bus, BusNameGone gone, void *data)
{
	GArray *handlers = bus_names(bus)->gone;

	for (guint i = handlers->len; i > 0; i--) {
		GoneHandler *handler = &g_array_index(handlers, GoneHandler, i - 1);

		if (handler->gone == gone && handler->data == data)
			g_array_remove_index(handlers, i - 1);
	}
}

/* ---- whose connection it is ---- */

typedef struct {
	BusCredentials done;
	void *data;
} Asking;

static void credentials_answered(const void *out_, const GError *error, void *data)
{
	const CredentialsOut *out = out_;
	g_autofree Asking *asking = data;
	g_autoptr(GError) missing = NULL;
	bool have_uid = false;
	uint32_t uid = 0, pid = 0;

	for (size_t i = 0; out && i < out->credentials.n; i++) {
		const Credential *item = &out->credentials.items[i];

		if (!g_str_equal(item->value->signature, "u"))
			continue;
		if (g_str_equal(item->key, "UnixUserID")) {
			uid = item->value->uint32;
			have_uid = true;
		} else if (g_str_equal(item->key, "ProcessID")) {
			pid = item->value->uint32;
		}
	}
	if (!error && !have_uid) {
		xt_fail(&missing, XT_ERROR_FAILED, "the bus does not know the user");
		error = missing;
	}
	asking->done(uid, pid, error, asking->data);
}

void bus_get_credentials(Bus *bus, const char *name, BusCredentials done, void *data)
{
	RpcTarget to = the_bus(bus);
	NameIn in = { name };
	Asking *asking = g_new0(Asking, 1);

	asking->done = done;
	asking->data = data;
	rpc_call_async(&to, &dbus_interface, &methods[GET_CONNECTION_CREDENTIALS], &in,
		       credentials_answered, asking);
}

/* ---- with the bus ---- */

BusNames *bus_names_new(Bus *bus)
{
	BusNames *names = g_new0(BusNames, 1);

	names->bus = bus;
	names->watches = g_ptr_array_new_with_free_func(watch_free);
	names->gone = g_array_new(FALSE, FALSE, sizeof(GoneHandler));
	return names;
}

void bus_names_free(BusNames *names)
{
	g_ptr_array_unref(names->watches);
	g_array_unref(names->gone);
	rpc_unsubscribe(names->gone_subscription);
	g_free(names);
}

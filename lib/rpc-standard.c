/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/rpc-internal.h"

#include <stddef.h>

/* The interfaces that D-Bus itself describes, as xc-rpcgen would write them. */

/* clang-format off */
static const RpcField property_fields[] = {
	{ "interface_name", &rpc_type_string,  offsetof(RpcPropertyIn, iface),    NULL },
	{ "property_name",  &rpc_type_string,  offsetof(RpcPropertyIn, property), NULL },
	{ "value",	    &rpc_type_variant, offsetof(RpcPropertyIn, value),    NULL },
};
static const RpcType get_in	= { '(', "ss",	sizeof(RpcPropertyIn), NULL, property_fields, 2 };
static const RpcType get_all_in = { '(', "s",	sizeof(RpcPropertyIn), NULL, property_fields, 1 };
static const RpcType set_in	= { '(', "ssv", sizeof(RpcPropertyIn), NULL, property_fields, 3 };

static const RpcField value_fields[] = { { "value", &rpc_type_variant, 0, NULL } };
static const RpcType value_out = { '(', "v", sizeof(RpcValue *), NULL, value_fields, 1 };

static const RpcField named_fields[] = {
	{ NULL, &rpc_type_string,  offsetof(RpcNamedValue, name),  NULL },
	{ NULL, &rpc_type_variant, offsetof(RpcNamedValue, value), NULL },
};
static const RpcType named_type =
	{ '{', "{sv}", sizeof(RpcNamedValue), NULL, named_fields, 2 };
static const RpcType named_array_type =
	{ 'a', "a{sv}", sizeof(RpcNamedValues), &named_type, NULL, 0 };
static const RpcField values_fields[] = { { "properties", &named_array_type, 0, NULL } };
static const RpcType values_out =
	{ '(', "a{sv}", sizeof(RpcNamedValues), NULL, values_fields, 1 };

static const RpcMethod properties_methods[] = {
	[RPC_PROPERTIES_GET] = { .name = "Get", .in = &get_in, .out = &value_out,
				 .access = RPC_ACCESS_READ },
	[RPC_PROPERTIES_GET_ALL] = { .name = "GetAll", .in = &get_all_in, .out = &values_out,
				     .access = RPC_ACCESS_READ },
	[RPC_PROPERTIES_SET] = { .name = "Set", .in = &set_in, .out = &rpc_type_no_args,
				 .access = RPC_ACCESS_WRITE },
};

static const RpcField changed_fields[] = {
	{ "interface_name",	    &rpc_type_string,
	  offsetof(RpcPropertiesChangedArgs, iface), NULL },
	{ "changed_properties",	    &named_array_type,
	  offsetof(RpcPropertiesChangedArgs, changed), NULL },
	{ "invalidated_properties", &rpc_type_strings,
	  offsetof(RpcPropertiesChangedArgs, invalidated), NULL },
};
static const RpcType changed_args =
	{ '(', "sa{sv}as", sizeof(RpcPropertiesChangedArgs), NULL, changed_fields, 3 };
static const RpcSignal properties_signals[] = { { "PropertiesChanged", &changed_args } };

static const RpcField string_fields[] = { { "text", &rpc_type_string, 0, NULL } };
static const RpcType string_out = { '(', "s", sizeof(char *), NULL, string_fields, 1 };

static const RpcMethod introspectable_methods[] = {
	{ .name = "Introspect", .in = &rpc_type_no_args, .out = &string_out,
	  .access = RPC_ACCESS_READ },
};

static const RpcMethod peer_methods[] = {
	[RPC_PEER_GET_MACHINE_ID] = { .name = "GetMachineId", .in = &rpc_type_no_args,
				      .out = &string_out, .access = RPC_ACCESS_READ },
	[RPC_PEER_PING] = { .name = "Ping", .in = &rpc_type_no_args,
			    .out = &rpc_type_no_args, .access = RPC_ACCESS_READ },
};
/* clang-format on */

const RpcInterface rpc_properties_interface = {
	.name = DBUS_INTERFACE_PROPERTIES,
	.methods = properties_methods,
	.n_methods = G_N_ELEMENTS(properties_methods),
	.signals = properties_signals,
	.n_signals = G_N_ELEMENTS(properties_signals),
	.introspection =
		"  <interface name=\"org.freedesktop.DBus.Properties\">\n"
		"    <method name=\"Get\">\n"
		"      <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"
		"      <arg name=\"property_name\" type=\"s\" direction=\"in\"/>\n"
		"      <arg name=\"value\" type=\"v\" direction=\"out\"/>\n"
		"    </method>\n"
		"    <method name=\"GetAll\">\n"
		"      <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"
		"      <arg name=\"properties\" type=\"a{sv}\" direction=\"out\"/>\n"
		"    </method>\n"
		"    <method name=\"Set\">\n"
		"      <arg name=\"interface_name\" type=\"s\" direction=\"in\"/>\n"
		"      <arg name=\"property_name\" type=\"s\" direction=\"in\"/>\n"
		"      <arg name=\"value\" type=\"v\" direction=\"in\"/>\n"
		"    </method>\n"
		"    <signal name=\"PropertiesChanged\">\n"
		"      <arg name=\"interface_name\" type=\"s\"/>\n"
		"      <arg name=\"changed_properties\" type=\"a{sv}\"/>\n"
		"      <arg name=\"invalidated_properties\" type=\"as\"/>\n"
		"    </signal>\n"
		"  </interface>\n",
};

const RpcInterface rpc_introspectable_interface = {
	.name = DBUS_INTERFACE_INTROSPECTABLE,
	.methods = introspectable_methods,
	.n_methods = G_N_ELEMENTS(introspectable_methods),
	.introspection =
		"  <interface name=\"org.freedesktop.DBus.Introspectable\">\n"
		"    <method name=\"Introspect\">\n"
		"      <arg name=\"xml_data\" type=\"s\" direction=\"out\"/>\n"
		"    </method>\n"
		"  </interface>\n",
};

const RpcInterface rpc_peer_interface = {
	.name = DBUS_INTERFACE_PEER,
	.methods = peer_methods,
	.n_methods = G_N_ELEMENTS(peer_methods),
	.introspection =
		"  <interface name=\"org.freedesktop.DBus.Peer\">\n"
		"    <method name=\"GetMachineId\">\n"
		"      <arg name=\"machine_uuid\" type=\"s\" direction=\"out\"/>\n"
		"    </method>\n"
		"    <method name=\"Ping\"/>\n"
		"  </interface>\n",
};

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/sample.h"

#include <string.h>

#include "lib/error.h"
#include "lib/identity.h"

/* ---- echoes ---- */

static bool op_add(void *impl, const RpcCall *call, int32_t a, int32_t b, int32_t *ret_sum,
		   GError **error)
{
	*ret_sum = a + b;
	return true;
}

static bool op_numbers(void *impl, const RpcCall *call, uint8_t y, bool b, int16_t n,
		       uint16_t q, int32_t i, uint32_t u, int64_t x, uint64_t t, double d,
		       uint8_t *ret_y, bool *ret_b, int16_t *ret_n, uint16_t *ret_q,
		       int32_t *ret_i, uint32_t *ret_u, int64_t *ret_x, uint64_t *ret_t,
		       double *ret_d, GError **error)
{
	*ret_y = y;
	*ret_b = b;
	*ret_n = n;
	*ret_q = q;
	*ret_i = i;
	*ret_u = u;
	*ret_x = x;
	*ret_t = t;
	*ret_d = d;
	return true;
}

static bool op_strings(void *impl, const RpcCall *call, const char *s, const char *o,
		       const char *g, const RpcValue *v, char **ret_s, char **ret_o,
		       char **ret_g, RpcValue **ret_v, GError **error)
{
	*ret_s = g_strdup(s);
	*ret_o = g_strdup(o);
	*ret_g = g_strdup(g);
	*ret_v = rpc_value_copy(v);
	return true;
}

static bool op_containers(void *impl, const RpcCall *call, const RpcBytes *ay,
			  const RpcStrings *as, const RpcStrings *ao, const Rpc_ai *ai,
			  const Rpc_ab *ab, const Rpc_aDssE *dict, const Rpc_aaDssE *dicts,
			  const Rpc_aDsvE *any, const Rpc_aRsaDsvEZ *nested,
			  const Rpc_aRisssssaDssEaDssEsZ *device, RpcBytes *ret_ay,
			  RpcStrings *ret_as, RpcStrings *ret_ao, Rpc_ai *ret_ai,
			  Rpc_ab *ret_ab, Rpc_aDssE *ret_dict, Rpc_aaDssE *ret_dicts,
			  Rpc_aDsvE *ret_any, Rpc_aRsaDsvEZ *ret_nested,
			  Rpc_aRisssssaDssEaDssEsZ *ret_device, GError **error)
{
	rpc_copy(&rpc_type_bytes, ret_ay, ay);
	rpc_copy(&rpc_type_strings, ret_as, as);
	rpc_copy(&rpc_type_object_paths, ret_ao, ao);
	rpc_copy(&rpc_type_ai, ret_ai, ai);
	rpc_copy(&rpc_type_ab, ret_ab, ab);
	rpc_copy(&rpc_type_aDssE, ret_dict, dict);
	rpc_copy(&rpc_type_aaDssE, ret_dicts, dicts);
	rpc_copy(&rpc_type_aDsvE, ret_any, any);
	rpc_copy(&rpc_type_aRsaDsvEZ, ret_nested, nested);
	rpc_copy(&rpc_type_aRisssssaDssEaDssEsZ, ret_device, device);
	return true;
}

static bool op_descriptor(void *impl, const RpcCall *call, int fd, int *ret_same,
			  GError **error)
{
	rpc_copy(&rpc_type_unix_fd, ret_same, &fd);
	return true;
}

static bool op_table(void *impl, const RpcCall *call, SampleRpcTableRows *ret_rows,
		     GError **error)
{
	ret_rows->items = g_new0(SampleRpcTableRowsItem, 2);
	ret_rows->n = 2;
	ret_rows->items[0] = (SampleRpcTableRowsItem){ g_strdup("one"), 1 };
	ret_rows->items[1] = (SampleRpcTableRowsItem){ g_strdup("two"), 2 };
	return true;
}

/* ---- what goes wrong ---- */

static bool op_pick(void *impl, const RpcCall *call, const char *mode, uint32_t level,
		    GError **error)
{
	Sample *sample = impl;

	g_string_append_printf(sample->log, "pick %s %u;", mode, level);
	return true;
}

static bool op_bad_text(void *impl, const RpcCall *call, const char *which, char **ret_text,
			char **ret_path, char **ret_signature, RpcValue **ret_value,
			GError **error)
{
	bool value = g_str_equal(which, "value");

	*ret_text = g_strdup(g_str_equal(which, "text") ? "\xff" : "x");
	*ret_path = g_strdup(g_str_equal(which, "path") ? "x" : "/x");
	*ret_signature = g_strdup(g_str_equal(which, "signature") ? "{" : "s");
	*ret_value = g_str_equal(which, "variant") ? NULL :
						     rpc_value_new_string(value ? "\xc0" : "");
	if (!g_str_equal(which, "size"))
		return true;
	g_free(*ret_text);
	*ret_text = g_strnfill(32 * 1024 * 1024, 'x');
	return true;
}

static bool op_fail(void *impl, const RpcCall *call, const char *text, GError **error)
{
	if (g_str_equal(text, "silently"))
		return false;
	if (g_str_equal(text, "badly"))
		text = "a \xff b";
	return xt_fail(error, XT_ERROR_BUSY, "%s", text);
}

static void op_hold(void *impl, RpcCall *call, const char *text)
{
	Sample *sample = impl;

	g_string_append_printf(sample->log, "hold %s;", text);
	g_ptr_array_add(sample->held, call);
}

static bool op_fire(void *impl, const RpcCall *call, const char *text, GError **error)
{
	Sample *sample = impl;

	g_string_append_printf(sample->log, "fire %s;", text);
	return true;
}

static bool op_switch(void *impl, const RpcCall *call, GError **error)
{
	Sample *sample = impl;

	g_string_append_printf(sample->log, "%s;", rpc_call_member(call));
	return true;
}

static bool op_more_add(void *impl, const RpcCall *call, const char *a, GError **error)
{
	return true;
}

static bool op_only_here(void *impl, const RpcCall *call, char **ret_sender, GError **error)
{
	*ret_sender = g_strdup(rpc_call_sender(call));
	return true;
}

static const SampleRpcOps ops = {
	.add = op_add,
	.numbers = op_numbers,
	.strings = op_strings,
	.containers = op_containers,
	.descriptor = op_descriptor,
	.table = op_table,
	.pick = op_pick,
	.bad_text = op_bad_text,
	.fail = op_fail,
	.hold = op_hold,
	.fire = op_fire,
	.switch_ = op_switch,
	.sleep = op_switch,
	.sleep_ = op_switch,
};

static const SampleMoreRpcOps more_ops = { .add = op_more_add, .only_here = op_only_here };

/* ---- properties: one table for both interfaces, which share their first ---- */

static RpcValue *value_of(Sample *sample, size_t index)
{
	switch (index) {
	case SAMPLE_RPC_PROPERTY_NAME:
		return rpc_value_new_string(sample->name);
	case SAMPLE_RPC_PROPERTY_SIZE_MB:
		return rpc_value_new_int32(sample->size);
	case SAMPLE_RPC_PROPERTY_MODE:
		return rpc_value_new_string(sample->mode);
	case SAMPLE_RPC_PROPERTY_STATE:
		return rpc_value_new_int32(1); /* of the wrong type */
	case SAMPLE_RPC_PROPERTY_TICKS:
		return rpc_value_new_uint64(7);
	case SAMPLE_RPC_PROPERTY_REPORT:
		return rpc_value_new_string("long");
	case SAMPLE_MORE_RPC_PROPERTY_EXTRA:
		return rpc_value_new_boolean(true);
	default:
		return NULL;
	}
}

static void prop_get(void *impl, RpcCall *call, const RpcInterface *iface,
		     const RpcProperty *property)
{
	rpc_call_return_value(call, value_of(impl, property - iface->properties));
}

static void prop_get_all(void *impl, RpcCall *call, const RpcInterface *iface)
{
	g_autofree RpcValue **values = g_new0(RpcValue *, iface->n_properties);

	for (unsigned int i = 0; i < iface->n_properties; i++)
		if (i != SAMPLE_RPC_PROPERTY_STATE)
			values[i] = value_of(impl, i);
	rpc_call_return_values(call, iface, values);
}

static void prop_set(void *impl, RpcCall *call, const RpcInterface *iface,
		     const RpcProperty *property, const RpcValue *value)
{
	Sample *sample = impl;
	size_t index = property - iface->properties;

	if (index == SAMPLE_RPC_PROPERTY_NAME) {
		g_free(sample->name);
		sample->name = g_strdup(value->string);
	} else if (index == SAMPLE_RPC_PROPERTY_SIZE_MB) {
		sample->size = value->int32;
	} else if (index == SAMPLE_RPC_PROPERTY_MODE) {
		g_free(sample->mode);
		sample->mode = g_strdup(value->string);
	}
	g_string_append_printf(sample->log, "set %s;", property->name);
	if (property->flags & RPC_PROPERTY_READ)
		rpc_server_changed(sample->server, rpc_call_path(call), iface, property,
				   value_of(sample, index));
	rpc_call_return_empty(call);
}

static const RpcPropertyOps properties = { prop_get, prop_set, prop_get_all };

static const RpcBinding bindings[] = {
	{ &sample_rpc_service, &ops, &properties },
	{ &sample_more_rpc_service, &more_ops, &properties },
	{ NULL, NULL, NULL },
};

/* ---- the objects: /a and /a/b ---- */

static bool lookup(void *data, const char *path, RpcObject *ret_object)
{
	if (!g_str_equal(path, "/a") && !g_str_equal(path, "/a/b"))
		return false;
	ret_object->impl = data;
	ret_object->bindings = bindings;
	return true;
}

static void children(void *data, const char *path, GPtrArray *names)
{
	/* twice, and one that cannot be: the engine sorts that out */
	static const char *const of_a[] = { "z", "b", "b", "not-right", "", NULL };

	if (g_str_equal(path, "/"))
		g_ptr_array_add(names, g_strdup("a"));
	for (unsigned int i = 0; g_str_equal(path, "/a") && of_a[i]; i++)
		g_ptr_array_add(names, g_strdup(of_a[i]));
}

static void gate(void *data, RpcCall *call)
{
	const Peer peer = { .host = true, .uid = 42, .domid = -1 };
	Sample *sample = data;

	if (sample->shut)
		g_ptr_array_add(sample->gated, call);
	else
		rpc_call_admit(call, &peer);
}

static const RpcServerFuncs funcs = { lookup, children, gate };

Sample *sample_new(Bus *bus)
{
	Sample *sample = g_new0(Sample, 1);

	sample->log = g_string_new(NULL);
	sample->held = g_ptr_array_new();
	sample->gated = g_ptr_array_new();
	sample->name = g_strdup("");
	sample->mode = g_strdup("slow");
	sample->size = 64;
	sample->server = rpc_server_new(bus, &funcs, sample);
	return sample;
}

void sample_free(Sample *sample)
{
	g_autoptr(GError) error = g_error_new(XT_ERROR, XT_ERROR_GONE, "freed");

	rpc_server_free(sample->server);
	/* their server is gone, yet they are answered: that must be harmless */
	for (guint i = 0; i < sample->held->len; i++)
		rpc_call_fail(g_ptr_array_index(sample->held, i), error);
	for (guint i = 0; i < sample->gated->len; i++)
		rpc_call_admit(g_ptr_array_index(sample->gated, i), NULL);
	g_string_free(sample->log, TRUE);
	g_ptr_array_unref(sample->held);
	g_ptr_array_unref(sample->gated);
	g_free(sample->name);
	g_free(sample->mode);
	g_free(sample);
}

void sample_release(Sample *sample, const char *text)
{
	g_assert_cmpuint(sample->held->len, >, 0);
	sample_rpc_hold_return(g_ptr_array_remove_index(sample->held, 0), text);
}

void sample_serve(Bus *bus, void *data)
{
	sample_new(bus);
}

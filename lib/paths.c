/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/paths.h"

#include <glib.h>

static const char *from_env(const char *variable, const char *fallback)
{
	const char *value = g_getenv(variable);

	return value && *value ? value : fallback;
}

const char *paths_run(void)
{
	return from_env("XENMGR_RUN_DIR", "/run/xenmgr");
}

const char *paths_state(void)
{
	return from_env("XENMGR_STATE_DIR", "/var/lib/xenmgr");
}

const char *paths_log(void)
{
	return from_env("XENMGR_LOG_DIR", "/var/log/xenmgr");
}

const char *paths_conf(void)
{
	return from_env("XENMGR_CONF_DIR", "/etc/xenmgr");
}

const char *paths_data(void)
{
	return from_env("XENMGR_DATA_DIR", PKGDATADIR);
}

const char *paths_libexec(void)
{
	return from_env("XENMGR_LIBEXEC_DIR", LIBEXECDIR);
}

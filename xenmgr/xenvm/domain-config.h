/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * DomainConfig: what libxl is asked to create, of a VM's configuration.
 */

#include <libxl.h>
#include <stdbool.h>
#include "xenmgr/xenvm/config.h"

/* In the guest's home from its creation until it first runs: see guest-keys.h. */
#define DOMAIN_HALF_MADE "xenmgr-half-made"

/*
 * Fill @ret, which the caller disposes of in any case.  @unique_id is this domain's own,
 * for the guest's agent; NULL leaves the guest's first keys out.
 */
bool domain_config_build(libxl_ctx *ctx, const Config *config, const char *unique_id,
			 libxl_domain_config *ret, GError **error);

/* Are the files there that the configuration names?  libxl's own words are worse. */
bool domain_config_check_files(const Config *config, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Paths: where things are kept.  Each is the value of an environment variable, else the
 * installed default.  The strings are static.
 *
 *   run      $XENMGR_RUN_DIR      /run/xenmgr          sockets, journal, monitors' files
 *   state    $XENMGR_STATE_DIR    /var/lib/xenmgr      db.sqlite, disks/
 *   log      $XENMGR_LOG_DIR      /var/log/xenmgr      a monitor's log, one per VM
 *   conf     $XENMGR_CONF_DIR     /etc/xenmgr          rpc-proxy.rules
 *   data     $XENMGR_DATA_DIR     <prefix>/share/xenmgr    templates/
 *   libexec  $XENMGR_LIBEXEC_DIR  <prefix>/libexec/xenmgr  daemons
 */

const char *paths_run(void);
const char *paths_state(void);
const char *paths_log(void);
const char *paths_conf(void);
const char *paths_data(void);
const char *paths_libexec(void);

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dom0-host.sh BUILD [--state DIR] COMMAND... - run COMMAND with xenmgr on this Xen dom0: the
# host's own hypervisor and xenstore, the daemons just built, and a bus of their own, so that
# the configuration of the host's bus stays as it is.  Takes down what it brought up, the
# VMs with it.
build=$1
shift
top=$(cd "$(dirname "$0")" && pwd)
. "$top/daemons.sh"

root=$build/root
base=$(mktemp -d /run/xenmgr.XXXXXX) || exit 1
state=$base/state
while :; do
	case $1 in
	--state) state=$2; shift 2 ;;
	--bare) DAEMONS=; shift ;;
	*) break ;;
	esac
done

export XENMGR_RUN_DIR=$base/run XENMGR_LOG_DIR=$base/log XENMGR_STATE_DIR=$state
export XENMGR_CONF_DIR=$root/etc/xenmgr XENMGR_DATA_DIR=$root/usr/share/xenmgr
export XENMGR_LIBEXEC_DIR=$root/usr/libexec/xenmgr
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$base/bus
export PATH=$root/usr/bin:$root/usr/sbin:/usr/local/sbin:/usr/sbin:/sbin:$PATH
LIBEXEC=$XENMGR_LIBEXEC_DIR
mkdir -p "$XENMGR_RUN_DIR" "$XENMGR_LOG_DIR" "$XENMGR_STATE_DIR" || exit 1

# Monitors outlive xenmgr: their domains are cleared, then they are ended.
vms_down() {
	local pid

	xec-vm --help >/dev/null 2>&1
	for pid in $(pgrep -f "^$LIBEXEC/xenvm .*$base/"); do
		kill "$pid" 2>/dev/null
	done
}

host_down() {
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP
	vms_down
	daemons_down
	[ -z "$BUS_PID" ] || kill "$BUS_PID"
	rm -rf "$base"
	exit $status
}

trap host_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
bus_up "$base/bus" "$root/usr/share/dbus-1/system.d" "$base" || exit 125
daemons_up || exit 125
trap : INT
"$@"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dom0-host.sh BUILD [--state DIR] COMMAND... - run COMMAND with xenmgr on this Xen dom0: the
# host's own hypervisor and xenstore, the daemons just built, and a bus of their own, so that
# the configuration of the host's bus stays as it is.  Takes down what it brought up, and
# the VMs with it.  VMs that name no kernel boot the host's own, with a small initrd.
build=$1
shift
top=$(cd "$(dirname "$0")" && pwd)
. "$top/daemons.sh"

root=$build/root
LIBEXEC=$(find "$root" -type d -path '*/libexec/xenmgr' | head -n 1)
prefix=${LIBEXEC%/libexec/xenmgr}
base=$(mktemp -d /run/xenmgr.XXXXXX) || exit 1
state=$base/state
while :; do
	case $1 in
	--state) state=$2; shift 2 ;;
	--bare) DAEMONS=; shift ;;
	*) break ;;
	esac
done

# Daemons only: what they start inherits it, and is found by it.
export XENMGR_RUN_DIR=$base/run XENMGR_LOG_DIR=$base/log XENMGR_STATE_DIR=$state
export XENMGR_CONF_DIR=$root/etc/xenmgr XENMGR_DATA_DIR=$prefix/share/xenmgr
[ -d "$XENMGR_CONF_DIR" ] || XENMGR_CONF_DIR=$prefix/etc/xenmgr
export XENMGR_LIBEXEC_DIR=$LIBEXEC
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$base/bus
export PATH=$prefix/bin:$prefix/sbin:/usr/local/sbin:/usr/sbin:/sbin:$PATH
mkdir -p "$XENMGR_RUN_DIR" "$XENMGR_LOG_DIR" "$XENMGR_STATE_DIR" || exit 1

guest_defaults() {
	[ -z "$DEFAULT_KERNEL" ] || return 0
	DEFAULT_KERNEL=/boot/vmlinuz-$(uname -r)
	DEFAULT_INITRD=$base/initrd
	"$top/guest-image.sh" "$prefix/sbin/xenmgr-guest-agent" "$DEFAULT_INITRD" ||
		DEFAULT_KERNEL='' DEFAULT_INITRD=''
}

# Monitors outlive xenmgr: their domains are destroyed, then whoever is left is ended.
vms_down() {
	local vm

	for vm in $(xec list-vms 2>/dev/null); do
		xec -o "$vm" destroy 2>/dev/null
	done
}

leftovers() {
	grep -lsaz "^XENMGR_RUN_DIR=$XENMGR_RUN_DIR\$" /proc/[0-9]*/environ |
		sed 's|/proc/\([0-9]*\)/.*|\1|' | grep -vx "$$"
}

host_down() {
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP
	[ -z "$DAEMONS" ] || vms_down
	daemons_down
	# shellcheck disable=SC2046
	kill $(leftovers) $BUS_PID 2>/dev/null
	rm -rf "$base"
	exit $status
}

trap host_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
[ -z "$DAEMONS" ] || guest_defaults
bus_up "$base/bus" "$prefix/share/dbus-1/system.d" "$base" || exit 125
daemons_up || exit 125
trap : INT
"$@"

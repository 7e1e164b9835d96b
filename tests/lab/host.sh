#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host.sh [--bare] COMMAND... - the first process of the lab's machine (lab-ns): brings the
# host up, runs COMMAND, takes the host down.  --bare: xenstored and the stand-in only.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/env.sh" || exit 125

DEFAULT_KERNEL=$LAB_KERNEL
bare=
[ "$1" = --bare ] && { bare=1; shift; }

fail() {
	echo "lab: $*" >&2
	exit 125
}

# ---- the machine: mounts, xenstored, the stand-in ----

machine_up() {
	mkdir -p /run/lock /run/xen /run/shm /run/dbus /run/xenstored "$LAB_DIR/tmp" \
		"$XENMGR_RUN_DIR" "$XENMGR_STATE_DIR" "$XENMGR_LOG_DIR" "$FAKEHV_DIR"
	chmod 1777 "$LAB_DIR/tmp"
	cp -r "$LAB_CONF" "$XENMGR_CONF_DIR" 2>/dev/null || mkdir "$XENMGR_CONF_DIR"
	users_up
	ip link set lo up 2>/dev/null
	if [ "$LAB_HOTPLUG" != stock ] && [ -d /etc/xen/scripts ]; then
		mkdir "$LAB_DIR/hotplug"
		for script in /etc/xen/scripts/*; do
			ln -s "$LAB_TOOLS/connected" "$LAB_DIR/hotplug/${script##*/}"
		done
		mount --bind "$LAB_DIR/hotplug" /etc/xen/scripts || fail "cannot cover /etc/xen/scripts"
	fi
	"$LAB_TOOLS/fakehv" init || exit 125
	exec 3< <(LD_PRELOAD=$LAB_TOOLS/xsshim.so exec "$LAB_XEN/xenstored" -N -P 2>"$LAB_DIR/machine.log")
	xenstored=$!
	read -r -t 20 -u 3 _ || machine_failed xenstored
	exec 4< <(exec "$LAB_TOOLS/fakehv" serve 2>>"$LAB_DIR/machine.log")
	machine=$!
	read -r -t 20 -u 4 _ || machine_failed "fakehv serve"
	LD_PRELOAD=$LAB_TOOLS/fakexl.so "$LAB_XEN/xen-init-dom0" >>"$LAB_DIR/machine.log" 2>&1 ||
		machine_failed xen-init-dom0
}

# dbd and rpc-proxy have users of their own, as on a real host, unless we are in a user
# namespace with nobody but root in it.  With --state, dbd is the owner of that directory.
users_up() {
	[ "$(awk '{ n += $3 } END { print (n > 1 ? 2 : 1) }' /proc/self/uid_map)" -gt 1 ] || return
	cp /etc/passwd "$LAB_DIR/passwd" && cp /etc/group "$LAB_DIR/group" || fail "no /etc/passwd"
	id dbd >/dev/null 2>&1 || {
		echo "dbd:x:64990:64990::/nonexistent:/usr/sbin/nologin" >>"$LAB_DIR/passwd"
		echo "dbd:x:64990:" >>"$LAB_DIR/group"
	}
	id rpc-proxy >/dev/null 2>&1 || {
		echo "rpc-proxy:x:64991:64991::/nonexistent:/usr/sbin/nologin" >>"$LAB_DIR/passwd"
		echo "rpc-proxy:x:64991:" >>"$LAB_DIR/group"
	}
	grep -q ^xenmgr: "$LAB_DIR/group" || echo "xenmgr:x:64992:" >>"$LAB_DIR/group"
	mount --bind "$LAB_DIR/passwd" /etc/passwd && mount --bind "$LAB_DIR/group" /etc/group ||
		fail "cannot cover /etc/passwd"
	mountpoint -q "$XENMGR_STATE_DIR" || chown dbd "$XENMGR_STATE_DIR"
	install -d -o rpc-proxy "$XENMGR_RUN_DIR/rpc-proxy"
	touch "$LAB_DIR/users"
}

machine_failed() {
	cat "$LAB_DIR/machine.log" >&2
	fail "$1 did not start"
}

# ---- down ----

host_down() {
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP
	if [ -z "$bare" ]; then
		daemons_down
		sanitizers_silent || status=99
		[ -z "$LAB_LOGS" ] || cp -r "$XENMGR_LOG_DIR"/. "$LAB_DIR"/*.log "$LAB_LOGS"/ 2>/dev/null
	fi
	# shellcheck disable=SC2086
	kill $machine $xenstored $BUS_PID 2>/dev/null
	exit $status
}

trap host_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
machine_up
if [ -z "$bare" ]; then
	bus_up /run/dbus/system_bus_socket "$LAB_BUS_POLICY" "$LAB_DIR" || exit 125
	daemons_up || exit 125
fi
trap : INT # it is the command's
"$@" 3<&- 4<&- 5<&-

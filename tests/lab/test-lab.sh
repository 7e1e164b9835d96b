#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# The lab itself: stock xl and xenstore tools on the stand-in hypervisor.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

T=$TMPDIR
xl() { lab dom0 -- xl "$@"; }
store() { xenstore-ls -f / | grep -v -e '/local/domain/0/backend' -e ' = ""$' | sort; }
state() { xl list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'; }
memory() { xl list "$1" | awk 'NR == 2 { print $3 }'; }
domid() { xl domid "$1" 2>/dev/null; }
process_state() { awk '/^State/ { print $2 }' "/proc/$(fakehv list | sed -n "s/^$1 .*guest=//p")/status"; }
guests() { fakehv list | grep -c 'guest=[1-9]'; }

# config NAME LINE...: a configuration file for xl
config() {
	local name=$1

	shift
	printf '%s\n' "name='$name'" "kernel='$LAB_KERNEL'" "memory=64" "$@" >"$T/$name.cfg"
	echo "$T/$name.cfg"
}

clean0=$(store)
clean() {
	soon_ok "$1: nothing left behind" \
		'[ "$(store)" = "$clean0" ] && [ "$(guests)" = 0 ] && [ "$(fakehv list | grep -c ^[0-9])" = 1 ]' \
		'diff <(echo "$clean0") <(store); fakehv list'
}

life_cycle() {
	local type=$1 vm=$1-1 c d d2 uuid

	c=$(config "$vm" "type='$type'" "vcpus=2" "extra='console=hvc0 noinit'" "on_crash='preserve'")
	yes "$type: create" xl create -q "$c"
	d=$(domid "$vm")
	like "$type: listed" "$(xl list "$vm" | tail -n 1 | xargs)" "^$vm $d 64 2 -b---- [0-9.]+$"
	soon_ok "$type: the guest announces itself through its ring" \
		"[ \"\$(xenstore-read /local/domain/$d/control/feature-poweroff)\" = 1 ]"
	like "$type: its console has the command line" "$(lab console "$vm")" "command line: console=hvc0"
	yes "$type: pause" xl pause "$vm"
	like "$type: paused" "$(state "$vm")" '^--p'
	is "$type: its process is stopped" "$(process_state "$d")" T
	yes "$type: unpause" xl unpause "$vm"
	no "$type: one unpause too many" "Invalid argument" lab dom0 -- sh -c "xl unpause $vm 2>&1; exit 1"
	yes "$type: mem-set" xl mem-set "$vm" 32
	soon_ok "$type: ballooned" "[ \$(memory $vm) = 32 ]"
	uuid=$(xenstore-read "/local/domain/$d/vm")
	yes "$type: reboot" xl reboot "$vm"
	soon_ok "$type: rebooted, a new domid" "d2=\$(domid $vm) && [ \"\$d2\" -gt 0 ] && [ \$d2 != $d ]"
	d2=$(domid "$vm")
	is "$type: same uuid" "$(xenstore-read "/local/domain/$d2/vm")" "$uuid"
	soon_ok "$type: the new guest is up" "lab console $d2 | grep -q login"
	yes "$type: lab crash" lab crash "$vm"
	soon_ok "$type: crashed and preserved" "state $vm | grep -q '^---sc'"
	yes "$type: destroy" xl destroy "$vm"
	clean "$type"
}

life_cycle pv
life_cycle pvh

# ---- what lab exec shows a program in the guest ----

yes "create with disk and vif" xl create -q "$(config dev "disk=['format=raw,vdev=xvda,access=rw,target=$LAB_KERNEL']" "vif=['mac=00:16:3e:00:00:01']")"
d=$(domid dev)
soon_ok "vbd and vif connected" "[ \"\$(xenstore-read /local/domain/0/backend/vbd/$d/51712/state /local/domain/0/backend/vif/$d/0/state | xargs)\" = '4 4' ]"
soon_ok "the guest has a NIC of its own, up" "lab exec dev -- ip -o -4 address | grep -q 'eth0 *inet 10\\.'" "lab exec dev -- ip address; lab console dev"
is "with its MAC" "$(lab exec dev -- ip -o link show eth0 | sed -n 's/.*ether \([^ ]*\).*/\1/p')" 00:16:3e:00:00:01
yes "the guest writes where it may" lab exec dev -- xenstore-write data/from-guest "$d"
is "and that is its own directory" "$(xenstore-read "/local/domain/$d/data/from-guest")" "$d"
no "and not elsewhere" "could not write" lab exec dev -- xenstore-write /local/domain/0/x y
no "the host's bus is not to be seen" "Failed|No such|not connect" lab exec dev -- dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames
is "nothing of the host's /run is left but the programs" "$(lab exec dev -- find /run -path /run/lab/root -prune -o \( -name hv -o -name state -o -name "dom*" -o -name xenmgr \) -print)" ""
no "no such guest" "does not run" lab exec nobody -- true
is "lab exec has the command's status" "$(lab exec dev -- sh -c 'exit 7'; echo $?)" 7
yes "destroy" xl destroy dev
clean "devices"

# ---- faults ----

yes "lab fail" lab fail xc_domain_max_vcpus ENOMEM
no "the next call fails" "Couldn't set max vcpu count|failed" lab dom0 -- xl create -q "$(config f1)"
clean "fault"
yes "and only that one" xl create -q "$(config f1)"
no "no such errno" "unknown errno" lab fail xc_domain_create EFOO
yes "hold" fakehv hold "$(domid f1)"
d=$(domid f1)
yes "destroy of a domain whose memory somebody holds" xl destroy f1
like "stays as a zombie" "$(xl list | tail -n 1 | xargs)" "^\(null\) $d 0 1 .*d [0-9.]+$"
yes "release" fakehv release "$d"
clean "zombie"
yes "a guest whose program dies" xl create -q "$(config dead "extra='fakeguest=/bin/false'")"
soon_ok "has crashed, and is gone" "! domid dead"
clean "dead guest"
done_testing

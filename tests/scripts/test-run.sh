#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-run.sh SOURCE BUILD: scripts/run, whatever way it ends.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
export XENMGR_BUILD=$2
source=$1
run=$source/scripts/run
TMPDIR=$(mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
SOON=30

# Every process of a run carries its mark in the environment.
mark=
marked() { grep -lsaz "^LAB_MARK=$1\$" /proc/[0-9]*/environ | wc -l; }
new_mark() { mark=mark-$$-$((++marks)); }
files() { ls -A /run /var/lib/xen /var/log/xen "$TMPDIR" /dev/shm 2>/dev/null; }

is "the status is the command's" "$("$run" --bare -- sh -c 'exit 7' </dev/null >/dev/null 2>&1; echo $?)" 7
is "the output is the command's" "$("$run" --bare -- echo hello </dev/null 2>/dev/null)" hello
is "so is the input" "$(echo hello | "$run" --bare -- cat 2>/dev/null)" hello
is "a command that is not there" "$("$run" --bare -- no-such-command </dev/null >/dev/null 2>&1; echo $?)" 127
no "an option that is none" "usage" "$run" --frobnicate
is "a machine of its own" "$("$run" --bare -- cat /proc/1/comm 2>/dev/null)" bash
like "xl sees the stand-in" "$("$run" --bare -- lab dom0 -- xl list 2>/dev/null | tail -n 1)" "^Domain-0 "
like "xenstore as dom0" "$("$run" --bare -- xenstore-read domid 2>/dev/null)" "^0$"

# ends SIGNAL STATUS: the run is over, and nothing of it is left
ends() {
	local before pid status

	new_mark
	before=$(files)
	LAB_MARK=$mark "$run" --bare -- sh -c 'echo up >"$0"; sleep 1000' "$TMPDIR/up" </dev/null >/dev/null 2>&1 &
	pid=$!
	soon_ok "$1: it is up" '[ -s "$TMPDIR/up" ]'
	ok "$([ "$(marked "$mark")" -ge 5 ]; echo $?)" "$1: its processes run"
	kill "-$1" $pid
	wait $pid
	status=$?
	is "$1: its status" "$status" "$2"
	soon_ok "$1: no process is left" "[ \$(marked $mark) = 0 ]" "ps axf"
	rm -f "$TMPDIR/up"
	is "$1: no file is left" "$(files)" "$before"
}

ends TERM 143
ends HUP 129
ends KILL 137

# A script's background job ignores SIGINT; so it is sent to one that does not.
new_mark
before=$(files)
LAB_MARK=$mark timeout --preserve-status -s INT 3 "$run" --bare -- sleep 1000 </dev/null >/dev/null 2>&1
is "INT: its status" $? 130
soon_ok "INT: no process is left" "[ \$(marked $mark) = 0 ]"
is "INT: no file is left" "$(files)" "$before"

# ---- the whole ----

yes "the demonstration" "$run"
like "it shows the table" "$out" "demo +\| [0-9a-f-]{36} \| running"
like "what the guest reported" "$out" 'os_name = "'
like "a call that is permitted" "$out" 'object path "/vm/'
like "and one that is denied" "$out" "AccessDenied"
LAB_GUEST_INIT=/nonexistent DEMO_WAIT=2 no "it fails where a step fails, and says which" \
	"FAILED: .*reports" "$run"
is "the command finds the bus and who is on it" "$("$run" -- sh -c 'xec-vm >/dev/null && echo $DBUS_SYSTEM_BUS_ADDRESS' 2>/dev/null)" \
	unix:path=/run/dbus/system_bus_socket

state=$TMPDIR/state
"$run" --state "$state" -- sh -c 'xec -o $(xec create-vm-with-template new-vm-pv) set name kept
	touch $XENMGR_STATE_DIR/a-disk' >/dev/null 2>&1
like "--state: the VM is there in the next run" "$("$run" --state "$state" -- xec-vm 2>/dev/null)" "kept "
ok "$([ -e "$state/a-disk" ]; echo $?)" "--state: so are its disks"
like "and not without" "$("$run" -- xec-vm 2>/dev/null)" "^[^k]*$"

# ---- the way of a dom0: the lab's machine stands for it ----

dom0() {
	"$run" --bare -- bash -c 'dir=$1; shift; export DEFAULT_KERNEL=$LAB_KERNEL LD_PRELOAD=$LAB_TOOLS/fakexl.so
		unset LAB_DIR XENMGR_GUEST_CHANNEL
		"$dir/scripts/dom0-host.sh" "$@"; echo "status $?"
		fakehv list | grep "^[1-9]"; ls -d /run/xenmgr.* 2>/dev/null; ps -e -o comm= | grep -xE "dbd|xenvm|xenmgr|rpc-proxy"
		echo "that is all"' dom0 "$source" "$XENMGR_BUILD" "$@"
}
yes "the demonstration on a dom0" dom0 "$source/scripts/demo.sh"
like "shows the report" "$out" 'os_name = "'
like "nothing of it is left" "$out" $'status 0\nthat is all'
yes "a VM that is left running" dom0 sh -c 'p=$(xec create-vm-with-template new-vm-pv); xec -o $p start; exit 5'
like "is taken down" "$out" $'status 5\nthat is all'
yes "an initrd for its guests" "$source/scripts/guest-image.sh" "$(command -v busybox)" "$TMPDIR/initrd"
like "holds init and the agent" "$(zcat "$TMPDIR/initrd" | cpio -it 2>/dev/null | xargs)" "init.*sbin/busybox|sbin/busybox.*init"

# ---- side by side ----

cat >"$TMPDIR/vm.sh" <<'END'
printf "name='same'\nkernel='$LAB_KERNEL'\nmemory=64\n" >$TMPDIR/same.cfg
lab dom0 -- xl create -q $TMPDIR/same.cfg && lab dom0 -- xl list same | tail -n 1 &&
	sleep 1 && lab dom0 -- xl destroy same
END
for i in 1 2 3; do
	"$run" --bare -- sh "$TMPDIR/vm.sh" </dev/null >"$TMPDIR/out.$i" 2>&1 &
done
wait
for i in 1 2 3; do
	like "side by side: $i" "$(cat "$TMPDIR/out.$i")" "^same +1 "
done
done_testing

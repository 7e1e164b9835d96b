#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of VMs, PV and PVH, with disks and NICs, and what the signals say of it.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

state() { xec-vm -n v get state; }
domid() { xec-vm -n v get domid; }
booted() { soon_ok "$1: the guest is up" "lab console \$(domid) | grep -q login" "lab console \$(domid)"; }

# The members of xenmgr's signals, one word each, from now on: in $TMPDIR/signals
listen() {
	dbus-monitor --system "type='signal',sender='com.citrix.xenclient.xenmgr'" >"$TMPDIR/monitor" 2>/dev/null &
	listener=$!
	soon "grep -q NameAcquired '$TMPDIR/monitor'"
}
heard() { sed -n 's/.*member=\(vm_[a-z_]*\).*/\1/p' "$TMPDIR/monitor" | uniq | xargs; }
states_heard() { awk '/member=vm_state_changed/ { n = 2 } n && /   string/ { if (!--n) print $2 }' "$TMPDIR/monitor" | tr -d '"' | xargs; }

life() {
	local template=$1 d disk=$TMPDIR/disk.img

	listen
	vm=$(new_vm v "$template") || bail_out "no VM"
	uuid=$(tr _ - <<<"${vm#/vm/}")
	yes "$template: start" xec-vm -n v start
	d=$(domid)
	booted "$template"
	is "$template: find_vm_by_domid" "$(host_call / xenmgr.find_vm_by_domid "int32:$d" | xargs)" "$vm"
	is "$template: find_vm_by_uuid" "$(host_call / xenmgr.find_vm_by_uuid "string:$uuid" | xargs)" "$vm"
	like "$template: list_domids" "$(host_call / xenmgr.list_domids | xargs)" "(^|[^0-9])$d([^0-9]|$)"
	is "$template: its state in xenstore" "$(xenstore-read "/state/$uuid/state")" running
	yes "$template: pause" xec-vm -n v pause
	is "$template: paused" "$(state)" paused
	like "$template: as Xen sees it" "$(lab dom0 -- xl list v | tail -n 1)" ' --p--- '
	yes "$template: unpause" xec-vm -n v unpause
	is "$template: running" "$(state)" running
	yes "$template: reboot" xec-vm -n v reboot
	soon_ok "$template: a new domid" "[ \"\$(state)\" = running ] && [ \$(domid) != $d ]" "state; domid"
	booted "$template rebooted"
	soon_ok "$template: the agent reports again" "xenstore-read /local/domain/\$(domid)/data/updated"
	soon_ok "$template: the guest has its bus again" "guest_call v list_vms"
	yes "$template: the guest powers off by itself" fakehv shutdown "$(domid)" 0
	yes "$template: it is stopped" lab wait v stopped
	nothing_runs "$uuid"

	truncate -s 1M "$disk"
	path=$(xec-vm -n v add-disk) && disk_object=${path##* }
	like "$template: add_disk gives an object" "$disk_object" "^$vm/"
	n=${disk_object##*/}
	yes "$template: its path" db-write "/vm/$uuid/config/disk/$n/path" "$disk"
	yes "$template: its type" db-write "/vm/$uuid/config/disk/$n/type" file
	yes "$template: its device" db-write "/vm/$uuid/config/disk/$n/device" xvdb
	path=$(xec-vm -n v add-nic) && nic_object=${path##* }
	like "$template: add_nic gives an object" "$nic_object" "^$vm/"
	yes "$template: start with a disk and a NIC" xec-vm -n v start
	soon_ok "$template: both are connected" 'lab console v | grep -q "vbd .* connected" && lab console v | grep -q "vif .* connected"' "lab console v; xenstore-ls /local/domain/0/backend"
	soon_ok "$template: the agent reports an address" "xenstore-ls -f /local/domain/\$(domid)/attr | grep -q 'vif/0/ipv4'" "xenstore-ls /local/domain/\$(domid)"
	yes "$template: shutdown" xec-vm -n v shutdown
	is "$template: stopped" "$(state)" stopped
	nothing_runs "$uuid"
	yes "$template: delete" xec-vm -n v delete
	nothing_left "$uuid"
	soon_ok "$template: the signals" 'grep -q vm_deleted "$TMPDIR/monitor"' heard
	kill $listener
	like "$template: vm_created comes first, vm_deleted last" "$(heard)" "^vm_created .*vm_state_changed.* vm_deleted$"
	like "$template: the states in their order" "$(states_heard)" "creating .*running .*paused .*running .*rebooting .*running .*stopped"
}

life new-vm-pv
life new-vm-pvh

# ---- what a VM's end leads to ----

vm=$(new_vm v) || bail_out "no VM"
uuid=$(tr _ - <<<"${vm#/vm/}")
yes "on-crash: restart" db-write "/vm/$uuid/config/on-crash" restart
yes "start" xec-vm -n v start
d=$(domid)
booted crash
yes "crash" lab crash v
soon_ok "runs again" "[ \"\$(state)\" = running ] && [ \$(domid) != $d ]" "state; domid"
yes "on-crash: preserve" db-write "/vm/$uuid/config/on-crash" preserve
yes "destroy" xec-vm -n v destroy
yes "start" xec-vm -n v start
d=$(domid)
booted preserve
yes "crash" lab crash v
soon_ok "the crashed domain is kept" "lab dom0 -- xl list v | grep -q -- '---sc'" "lab dom0 -- xl list; state"
yes "destroy" xec-vm -n v destroy
soon_ok "it is gone" '[ "$(state)" = stopped ]' state
nothing_runs "$uuid"
yes "delete" xec-vm -n v delete
nothing_left "$uuid"

# ---- several of one name ----

one=$(new_vm same) && two=$(new_vm same) || bail_out "no VMs"
yes "start one" xec -o "$one" start
yes "start the other of that name" xec -o "$two" start
is "Xen knows both" "$(lab dom0 -- xl list | grep -c '^same')" 2
for vm in "$one" "$two"; do
	yes "destroy" xec -o "$vm" destroy
	yes "delete" xec -o "$vm" delete
done
nothing_left "same"
done_testing

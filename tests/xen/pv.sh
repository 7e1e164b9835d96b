#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The life of a PV guest, with a disk and a NIC, by the project's own commands: made from a
# template, started, paused, unpaused, shut down, deleted; and nothing of it is left.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

# ---- what there is, without what changes by itself ----

# Some directories stay, empty, when the first VM is gone.
store() {
	local tree

	for tree in /local/domain /vm /libxl /xenmgr /state; do
		xenstore-ls -f "$tree" 2>/dev/null | sed 's/ = .*//'
	done | grep -vxE '/vm|/libxl|/xenmgr/vms' | sort
}

processes() {
	local exe

	for exe in /proc/[0-9]*/exe; do readlink "$exe"; done | sed 's,.*/,,' |
		grep -vE '^(bash|busybox|timeout)$' | sort
}

everything() {
	xl list | awk 'NR > 1 { print "domain", $1, $2 }'
	store
	processes
	losetup -a
	db-nodes /vm
	ip -o link | awk '{ print "link", $2 }'
	find "$XENMGR_RUN_DIR" ! -path "$XENMGR_RUN_DIR/guest" | sort
}

# ---- the guest ----

vm() {
	xec-vm -n bed "$@"
}

key() {
	xenstore-read "/local/domain/$domid/$1" 2>&1
}

xen_state() {
	xl list "$domid" 2>/dev/null | awk 'NR == 2 { print $5 }'
}

make_bridge() {
	ip link add name br0 type bridge && ip link set br0 up
}

make_disk() {
	dd if=/dev/zero of=/tmp/disk.raw bs=1M count=1 2>/dev/null
}

make_vm() {
	local path uuid

	path=$(xec create-vm-with-template new-vm-pv) && xec -o "$path" set name bed &&
		uuid=$(vm get uuid) && db-write "/vm/$uuid/config/kernel" /guest/vmlinux &&
		db-write "/vm/$uuid/config/memory" 96 && vm set initrd /guest/initrd &&
		vm set cmd-line "console=hvc0 quiet address=10.9.0.2/24"
}

give_disk() {
	local disk

	disk=$(vm add-disk) && xec -o "$disk" set phys-path /tmp/disk.raw &&
		xec -o "$disk" set phys-type file && xec -o "$disk" set virt-path xvda
}

give_nic() {
	local nic

	nic=$(vm add-nic) && xec -o "$nic" set network br0
}

# ---- its life ----

yes "a bridge" make_bridge
yes "a file for its disk" make_disk
before=$(everything)

yes "a VM is made from the template new-vm-pv" make_vm
yes "it gets a disk" give_disk
yes "it gets a NIC" give_nic
is "it is stopped" "$(vm get state)" stopped

yes "it is started" vm start
is "it runs" "$(vm get state)" running
domid=$(vm get domid)
is "xl knows it by its name" "$(xl domid bed)" "$domid"
like "xl says that it runs" "$(xen_state)" '^[r-][b-]----$'
uuid=$(vm get uuid)
is "xenstore says where it is" "$(xenstore-read "/xenmgr/vms/$uuid/domid" 2>&1)" "$domid"
is "xenstore says that it runs" "$(xenstore-read "/state/$uuid/state" 2>&1)" running

soon_ok "its agent reports" 'key data/updated >/dev/null' "xenstore-ls /local/domain/$domid"
is "which system it is" "$(key data/os_name)" "Guest of the bed"
like "its memory" "$(key data/meminfo_total)" '^[0-9]{5}$'
soon_ok "its address" '[ "$(key attr/vif/0/ipv4/0)" = 10.9.0.2 ]' "xenstore-ls /local/domain/$domid"
soon_ok "the VM has PV addons" '[ "$(vm get pv-addons)" = true ]'
like "of a version" "$(vm get pv-addons-version)" '^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$'
soon_ok "its disk is connected" \
	'[ "$(key device/vbd/51712/state)" = 4 ]' "xenstore-ls /local/domain/$domid/device"

yes "it is paused" vm pause
is "it is paused now" "$(vm get state)" paused
like "xl says so" "$(xen_state)" '^..p...$'
yes "it is unpaused" vm unpause
is "it runs again" "$(vm get state)" running
like "xl says so too" "$(xen_state)" '^[r-][b-]----$'
updated=$(key data/updated)
soon_ok "its agent goes on" '[ "$(key data/updated)" != "$updated" ]'

yes "it is shut down" vm shutdown
soon_ok "it is stopped in the end" '[ "$(vm get state)" = stopped ]' "vm get state; xl list"
soon_ok "xl knows it no more" '! xl domid bed >/dev/null' "xl list"
yes "it is deleted" vm delete
soon_ok "nothing of it is left" '[ "$(everything)" = "$before" ]' \
	'diff <(echo "$before") <(everything)'
done_testing

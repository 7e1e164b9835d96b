#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input gets a clear error and changes nothing.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

none=00000000-0000-0000-0000-000000000001
vm=$(new_vm a) || bail_out "no VM"
uuid=$(tr _ - <<<"${vm#/vm/}")

# refused NAME REGEX COMMAND...: fails with such an error, and the database is as before
refused() {
	local before

	before=$(db-ls /)
	no "$@"
	is "$1: nothing has changed" "$(db-ls /)" "$before"
}

# ---- templates ----

refused "an unknown template" "no-such|[Tt]emplate" xec create-vm-with-template no-such
refused "a template's name with a path in it" "." xec create-vm-with-template ../../../etc/passwd
refused "a JSON that is none" "." host_call / xenmgr.create_vm_with_template_and_json string:new-vm-pv string:'{"config":'
refused "a wrong type in the JSON" "." host_call / xenmgr.create_vm_with_template_and_json string:new-vm-pv string:'{"config": ["memory"]}'

# ---- VMs ----

refused "an unknown uuid" "$none|not found|[Nn]o such" xec-vm -u $none get state
refused "what is no uuid" "." xec-vm -u web/../.. get state
refused "an unknown name" "." xec-vm -n nobody start
refused "an unknown property" "frobnicate" xec-vm -n a get frobnicate
refused "a property of the wrong type" "." xec-vm -n a set memory lots
refused "a property of the wrong type on the bus" "." dbus-send --system --print-reply \
	--dest=com.citrix.xenclient.xenmgr "$vm" org.freedesktop.DBus.Properties.Set \
	string:com.citrix.xenclient.xenmgr.vm string:memory variant:string:lots
refused "a negative memory size" "memory" xec-vm -n a set memory -5
refused "a property that is read only" "." xec-vm -n a set uuid $none
refused "an interface that there is not" "." host_call "$vm" nonsense.start
refused "arguments too few" "." host_call "$vm" xenmgr.vm.set_db_key string:x

# ---- starts that cannot be ----

start_refused() {
	local name=$1 want=$2 before

	refused "start with $name" "$want" xec-vm -n a start
	is "start with $name: stopped" "$(xec-vm -n a get state)" stopped
	nothing_runs "$uuid"
}

yes "a kernel that is not there" xec-vm -n a set kernel /nonexistent/kernel
start_refused "a missing kernel" /nonexistent/kernel
yes "a kernel that is none" xec-vm -n a set kernel /etc/passwd
start_refused "a kernel that is none" "."
yes "no kernel of its own" db-rm "/vm/$uuid/config/kernel"
yes "a disk" db-write "/vm/$uuid/config/disk/7/path" /nonexistent/disk
yes "its device" db-write "/vm/$uuid/config/disk/7/device" xvdh
start_refused "a missing disk" /nonexistent/disk
yes "no disk" db-rm "/vm/$uuid/config/disk/7"
yes "memory for a giant" db-write "/vm/$uuid/config/memory" 1000000
start_refused "more memory than there is" "."
yes "memory in words" db-write "/vm/$uuid/config/memory" lots
start_refused "memory in words" memory
yes "memory again" db-write "/vm/$uuid/config/memory" 64

# ---- what does nothing, and says so by succeeding ----

yes "shutdown of a stopped VM" xec-vm -n a shutdown
yes "destroy of a stopped VM" xec-vm -n a destroy
is "it is stopped" "$(xec-vm -n a get state)" stopped
yes "and then it starts" xec-vm -n a start
domid=$(xec-vm -n a get domid)
yes "start of a running VM" xec-vm -n a start
is "the same domain" "$(xec-vm -n a get domid)" "$domid"
refused "delete of a running VM" "run" xec-vm -n a delete

# ---- guests ----

lab exec a -- sh -c 'i=0; while [ $i -lt 1500 ]; do xenstore-write data/flood/$i x || break; i=$((i + 1)); done' >/dev/null 2>&1
is "a guest that floods its xenstore quota still runs" "$(xec-vm -n a get state)" running
yes "and can be asked" xec-vm -n a get memory
lab exec a -- sh -c 'head -c 100000 /dev/urandom | timeout 5 busybox nc local:/run/dbus/system_bus_socket' >/dev/null 2>&1
is "a guest that sends garbage still runs" "$(xec-vm -n a get state)" running
yes "and its other calls are answered" guest_call a list_vms

# ---- the policy ----

rules=$XENMGR_CONF_DIR/rpc-proxy.rules
cp "$rules" "$TMPDIR/good.rules"
printf 'allow\ndeny out-any\n\nalow interface x\n' >"$rules"
no "a broken policy is found, with its place" "rules:4:[0-9]+: " "$XENMGR_LIBEXEC_DIR/rpc-proxy" --check "$rules"
yes "reload with a broken policy" kill -HUP "$(cat "$XENMGR_RUN_DIR/rpc-proxy.pid")"
soon_ok "is told, with its place" 'lab log rpc-proxy | grep -qE "rules:4:[0-9]+: "' "lab log rpc-proxy"
yes "and keeps the old one" guest_call a list_vms
yes "stop the proxy" lab stop rpc-proxy
no "it does not start with a broken policy" "rules:4:[0-9]+: " lab start rpc-proxy
cp "$TMPDIR/good.rules" "$rules"
yes "it starts with the good one" lab start rpc-proxy
soon_ok "and the guest has its bus again" "guest_call a list_vms" "guest_call a list_vms; lab log rpc-proxy"

yes "destroy" xec-vm -n a destroy
yes "delete" xec-vm -n a delete
nothing_left "$uuid"
refused "delete of what is no more" "." host_call "$vm" xenmgr.vm.delete
done_testing

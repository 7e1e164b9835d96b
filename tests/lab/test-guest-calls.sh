#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may call what: guests through the proxy, other users on the host's bus.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

a=$(new_vm a) && b=$(new_vm b) || bail_out "no VMs"
a_uuid=$(tr _ - <<<"${a#/vm/}")
b_uuid=$(tr _ - <<<"${b#/vm/}")
yes "start a" xec-vm -n a start
yes "start b" xec-vm -n b start

# guest_db VM METHOD ARGUMENT...: a call by the guest to the database
guest_db() {
	local vm=$1 method=$2

	shift 2
	lab exec "$vm" -- dbus-send --system --print-reply=literal --reply-timeout=10000 \
		--dest=com.citrix.xenclient.db / "com.citrix.xenclient.db.$method" "$@"
}

# ---- a guest and its own store ----

no "by default a guest does not read its store" AccessDenied guest_db a read string:color
yes "a may read and write its own" xec-vm -n a set domstore-read-access true
yes "and write" xec-vm -n a set domstore-write-access true
yes "it writes" guest_db a write string:color string:blue
is "and it is in its own tree" "$(db-read "/dom-store/$a_uuid/color")" blue
is "nowhere else" "$(db-exists /color)" false
is "the manager reads it" "$(xec-vm -n a get-domstore-key color)" blue
no "b still does not" AccessDenied guest_db b read string:color
yes "b may read its own" xec-vm -n b set domstore-read-access true
guest_db b read string:color >"$TMPDIR/out" 2>&1
is "which holds nothing of a's" "$(grep -c blue "$TMPDIR/out")" 0
no "it does not get out of it" "." guest_db b read string:../../vm/"$a_uuid"/name
guest_db a read string:"/vm/$b_uuid/name" >"$TMPDIR/out" 2>&1
is "not even by an absolute path" "$(grep -cw b "$TMPDIR/out")" 0
yes "take the right away" xec-vm -n a set domstore-read-access false
no "in force at once" AccessDenied guest_db a read string:color

# ---- a guest and the manager ----

for method in create_vm list_domids shutdown; do
	no "a guest may not $method" "AccessDenied" guest_call a $method
done
no "nor write another's properties" AccessDenied lab exec a -- dbus-send --system --print-reply \
	--dest=com.citrix.xenclient.xenmgr "$b" org.freedesktop.DBus.Properties.Set \
	string:com.citrix.xenclient.xenmgr.vm string:name variant:string:mine
no "nor destroy another" AccessDenied lab exec a -- dbus-send --system --print-reply \
	--dest=com.citrix.xenclient.xenmgr "$b" com.citrix.xenclient.xenmgr.vm.destroy
is "b runs still" "$(xec-vm -n b get state)" running
no "nor take a name" "." lab exec a -- dbus-send --system --print-reply --dest=org.freedesktop.DBus \
	/ org.freedesktop.DBus.RequestName string:com.citrix.xenclient.xenmgr uint32:0

# ---- a sender that is gone before it is known ----

before=$(xec list-vms | wc -l)
for i in 1 2 3 4 5 6 7 8 9 10; do
	lab exec a -- dbus-send --system --dest=com.citrix.xenclient.xenmgr / com.citrix.xenclient.xenmgr.create_vm
	lab exec a -- dbus-send --system --dest=com.citrix.xenclient.db / com.citrix.xenclient.db.write string:/gone string:x
done
yes "xenmgr lives" xec list-vms
is "and has made nothing" "$(xec list-vms | wc -l)" "$before"
is "nor has the database, in the host's tree" "$(db-exists /gone)" false

# ---- rules of a VM's own ----

yes "a rule for a alone" xec-vm -n a set-db-key rpc-firewall-rules/0 "deny destination com.citrix.xenclient.xenmgr"
no "is in force before the call is answered" AccessDenied guest_call a list_vms
yes "b is not meant" guest_call b list_vms
yes "away with it" xec-vm -n a set-db-key rpc-firewall-rules/0 "allow destination com.citrix.xenclient.xenmgr interface com.citrix.xenclient.xenmgr member list_vms"
yes "a calls again" guest_call a list_vms

# ---- the proxy goes ----

(while [ ! -e "$TMPDIR/stop" ]; do guest_call a list_vms >/dev/null 2>&1; done) &
caller=$!
sleep 0.2
yes "kill the proxy with calls under way" lab kill rpc-proxy
no "a guest has no bus then" "." guest_call a list_vms
yes "the host is served without it" xec-vm -n a get state
yes "a VM starts without it" new_vm c
yes "start" xec-vm -n c start
yes "start the proxy" lab start rpc-proxy
touch "$TMPDIR/stop"
wait $caller
soon_ok "a has its bus again" "guest_call a list_vms" "lab log rpc-proxy"
soon_ok "and c has one" "guest_call c list_vms" "lab log xenvm:c"
yes "xenmgr goes too" lab kill xenmgr
no "a guest is told" "." guest_call a list_vms
yes "and comes back" lab start xenmgr
soon_ok "and the guest's calls are answered" "guest_call a list_vms"

# ---- other users of the host ----

if [ -e "$LAB_DIR/users" ]; then
	as_nobody() {
		setpriv --reuid=65534 --regid=65534 --clear-groups dbus-send --system --print-reply \
			--dest=com.citrix.xenclient."$1" "$2" "com.citrix.xenclient.$3" "${@:4}"
	}
	yes "another user may look" as_nobody xenmgr / xenmgr.list_vms
	no "but not touch" AccessDenied as_nobody xenmgr / xenmgr.create_vm
	no "nor destroy" AccessDenied as_nobody xenmgr "$a" xenmgr.vm.destroy
	no "nor read the database" AccessDenied as_nobody db / db.read string:"/vm/$a_uuid/name"
	no "nor be the proxy" "AccessDenied|not allowed" setpriv --reuid=65534 --regid=65534 --clear-groups \
		dbus-send --system --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.RequestName string:com.citrix.xenclient.rpc_proxy uint32:0
else
	ok 0 "another user # SKIP there are no other users in this user namespace"
fi

for vm in a b c; do
	yes "destroy $vm" xec-vm -n $vm destroy
	yes "delete $vm" xec-vm -n $vm delete
done
is "its store went with it" "$(db-exists "/dom-store/$a_uuid")" false
nothing_left "$a_uuid"
done_testing

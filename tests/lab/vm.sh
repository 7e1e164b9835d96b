# SPDX-License-Identifier: LGPL-2.1-or-later
# What several tests of the whole do with VMs.  Sourced after tap.sh.

# introspect SERVICE PATH: as a front end does
introspect() {
	dbus-send --system --print-reply=literal --dest="$1" "$2" \
		org.freedesktop.DBus.Introspectable.Introspect
}

# guest_call VM METHOD ARGUMENT...: a call by the guest to xenmgr's root object
guest_call() {
	local vm=$1 method=$2

	shift 2
	lab exec "$vm" -- dbus-send --system --print-reply --reply-timeout=10000 \
		--dest=com.citrix.xenclient.xenmgr / "com.citrix.xenclient.xenmgr.$method" "$@"
}

# host_call OBJECT INTERFACE.METHOD ARGUMENT...: a call by the host to xenmgr
host_call() {
	local object=$1 method=$2

	shift 2
	dbus-send --system --print-reply=literal --reply-timeout=20000 \
		--dest=com.citrix.xenclient.xenmgr "$object" "com.citrix.xenclient.$method" "$@"
}

# new_vm NAME [TEMPLATE]: prints the object path
new_vm() {
	local vm

	vm=$(xec create-vm-with-template "${2:-new-vm-pv}") && xec -o "$vm" set name "$1" && echo "$vm"
}

# nothing_runs UUID: nothing of the VM is left in the hypervisor, among the processes, and in
# xenstore but its state, which is there as long as the VM is
nothing_runs() {
	soon_ok "no monitor is left" "! daemon_runs xenvm:$1" "ps axf"
	soon_ok "no guest is left" '[ "$(fakehv list | grep -c "^[1-9]")" = 0 ]' "fakehv list"
	soon_ok "no key of it is left in xenstore" "! keys_of $1" "keys_of $1"
}

keys_of() {
	xenstore-ls -f / | grep -e "$1" -e '^/local/domain/[1-9]' | grep -v "^/state/$1"
}

# nothing_left UUID: nor is its state
nothing_left() {
	nothing_runs "$1"
	is "its state is gone from xenstore" "$(xenstore-ls -f /state 2>/dev/null | grep "$1")" ""
}

daemon_runs() {
	(. "$(dirname "$(command -v lab)")/env.sh" && daemon_pid "$1" >/dev/null)
}

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The main job, shown and checked step by step.  Runs on a host that is up (scripts/run).
vm_name=demo
step=

say() {
	step=$*
	printf '\n== %s\n' "$*"
}

# What went wrong, and what the daemons said last.
failed() {
	local log

	trap - ERR
	{
		printf '\nFAILED: %s\n%s\n' "$step" "$*"
		for log in "$XENMGR_LOG_DIR"/*.log; do
			printf '\n-- %s\n' "${log##*/}"
			tail -n 10 "$log"
		done
	} >&2
	exit 1
}
trap 'failed "status $? of: $BASH_COMMAND"' ERR

show() {
	printf '$ %s\n' "$*"
	"$@"
}

# The guest calls OpenXT's manager on the bus it sees.
guest_call() {
	printf '$ lab exec %s -- dbus-send ... %s\n' "$vm_name" "$1"
	lab exec "$vm_name" -- dbus-send --system --print-reply --reply-timeout=5000 \
		--dest=com.citrix.xenclient.xenmgr / "com.citrix.xenclient.xenmgr.$1" 2>&1
}

wait_for_report() {
	local until=$((SECONDS + ${DEMO_WAIT:-30}))

	until xenstore-read "/local/domain/$1/data/updated" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || failed "no report of the agent in domain $1"
		sleep 0.1
	done
}

say "a VM from the template new-vm-pv, named $vm_name"
vm=$(xec create-vm-with-template new-vm-pv)
xec -o "$vm" set name "$vm_name"
echo "$vm"

say "start: returns when it runs"
show xec-vm -n "$vm_name" start
domid=$(xec-vm -n "$vm_name" get domid)

say "the guest's agent reports"
wait_for_report "$domid"
show xec-vm
show xenstore-ls "/local/domain/$domid/data"

if [ -n "$LAB_DIR" ]; then
	say "a call by the guest that the policy permits: list_vms"
	reply=$(guest_call list_vms) || failed "$reply"
	echo "$reply"

	say "a call by the guest that the policy denies: create_vm"
	if reply=$(guest_call create_vm); then
		failed "the call was let through: $reply"
	fi
	echo "$reply"
	case $reply in
	*AccessDenied*) ;;
	*) failed "that is no denial" ;;
	esac
fi

cat <<END

How to go on:
  scripts/run -- bash          a shell on such a host; in it:
    xec create-vm-with-template new-vm-pv ; xec-vm ; xec-vm -n NAME start
END
[ -z "$LAB_DIR" ] || cat <<END
    lab exec NAME -- COMMAND   COMMAND inside the guest
    lab dom0 -- xl list        the domains, as Xen's own tool sees them
END
cat <<END
  scripts/run --state DIR      keep the database and the disks
  README.md                    a first session
END

if [ -t 0 ] && [ -t 1 ]; then
	printf '\nThe host stays up until you press Ctrl-C.\n'
	trap 'echo; echo "taking it down"; exit 0' INT
	while :; do
		sleep 3600 &
		wait $!
	done
fi

say "taking it down"
show xec-vm -n "$vm_name" shutdown
show xec-vm -n "$vm_name" delete
[ "$(xec-vm -n "$vm_name" get state 2>/dev/null)" = "" ] || failed "$vm_name is still there"
echo done

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Any daemon may die at any moment.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

vm=$(new_vm web) || bail_out "no VM"
uuid=$(tr _ - <<<"${vm#/vm/}")
domid() { xec-vm -n web get domid; }
state() { xec-vm -n web get state; }
booted() { soon_ok "$1: the guest is up" "lab console \$(domid) | grep -q login" "lab console \$(domid)"; }

yes "start" xec-vm -n web start
booted start
d=$(domid)

for daemon in xenmgr dbd rpc-proxy; do
	yes "kill $daemon" lab kill $daemon
	yes "start $daemon" lab start $daemon
	soon_ok "$daemon: the VM runs still" '[ "$(state)" = running ]' state
	is "$daemon: as the same domain" "$(domid)" "$d"
done

# ---- the monitor ----

yes "kill the monitor" lab kill xenvm:web
soon_ok "it is there again" "daemon_runs xenvm:$uuid" "ps axf; lab log xenmgr"
soon_ok "the VM runs still" '[ "$(state)" = running ]' state
is "as the same domain" "$(domid)" "$d"
yes "pause" xec-vm -n web pause
is "paused" "$(state)" paused
yes "kill xenmgr with a VM paused" lab kill xenmgr
yes "start it" lab start xenmgr
is "paused it is" "$(state)" paused
yes "unpause" xec-vm -n web unpause
is "runs" "$(state)" running

# ---- what happens while xenmgr is away ----

yes "kill xenmgr" lab kill xenmgr
yes "the guest crashes meanwhile" lab crash web
soon_ok "the monitor clears it" '! lab dom0 -- xl domid web'
yes "start xenmgr" lab start xenmgr
soon_ok "it knows that the VM is stopped" '[ "$(state)" = stopped ]' state
nothing_runs "$uuid"

yes "start again" xec-vm -n web start
d=$(domid)
booted reboot
yes "kill xenmgr" lab kill xenmgr
yes "the guest reboots meanwhile" lab dom0 -- xl reboot web
SOON=25 soon_ok "the monitor goes on by itself" "n=\$(lab dom0 -- xl domid web) && [ \$n != $d ]" "lab dom0 -- xl list"
yes "start xenmgr" lab start xenmgr
soon_ok "it finds the new domain" '[ "$(state) $(domid)" = "running $(lab dom0 -- xl domid web)" ]' "state; domid"

# ---- in the middle of a start ----

yes "destroy" xec-vm -n web destroy
for delay in 0 0.02 0.05 0.1; do
	xec-vm -n web start >/dev/null 2>&1 &
	sleep $delay
	yes "kill xenmgr $delay s into a start" lab kill xenmgr
	wait
	yes "start xenmgr" lab start xenmgr
	soon_ok "the VM is running or stopped" '[ "$(state)" = running ] || [ "$(state)" = stopped ]' "state; lab log xenmgr"
	case $(state) in
	running)
		is "and that is its one domain" "$(domid)" "$(fakehv list | sed -n 's/^\([1-9][0-9]*\) .*/\1/p')"
		yes "destroy" xec-vm -n web destroy
		;;
	esac
	nothing_runs "$uuid"
done

# ---- in order ----

yes "start" xec-vm -n web start
for daemon in xenmgr rpc-proxy dbd; do
	yes "stop $daemon" lab stop $daemon
done
is "a VM runs with no daemon at all" "$(lab dom0 -- xl list | grep -c '^web ')" 1
for daemon in dbd rpc-proxy xenmgr; do
	yes "start $daemon" lab start $daemon
done
soon_ok "it is found" '[ "$(state)" = running ]' state
yes "shutdown" xec-vm -n web shutdown
yes "delete" xec-vm -n web delete
nothing_left "$uuid"
done_testing

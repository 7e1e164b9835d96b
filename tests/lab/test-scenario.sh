#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A first session, as a new user types it (README.md), each line with what it promises.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

vm=$(xec create-vm-with-template new-vm-pv)
like "create-vm-with-template prints an object path" "$vm" "^/vm/[0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}$" ||
	bail_out "no VM: $(xec create-vm-with-template new-vm-pv 2>&1)"
uuid=$(tr _ - <<<"${vm#/vm/}")

yes "set its name" xec -o "$vm" set name web
like "the table lists it, stopped" "$(xec-vm)" "web[^"$'\n'"]*stopped"

# ---- it runs ----

yes "start" xec-vm -n web start
is "returns when it runs" "$(xec-vm -n web get state)" running
domid=$(xec-vm -n web get domid)
like "xl lists the domain, with its name" "$(lab dom0 -- xl list)" "web +$domid +128 "
like "the bus shows the object to a front end" "$(introspect com.citrix.xenclient.xenmgr "$vm")" "com.citrix.xenclient.xenmgr.vm"
soon_ok "the agent reports" "xenstore-read /local/domain/$domid/data/updated" "lab console web"
like "what runs there" "$(xenstore-ls "/local/domain/$domid/data")" "os_name = "
soon_ok "xenmgr knows of the agent" '[ "$(xec-vm -n web get pv-addons)" = true ]' "xec-vm -n web get pv-addons"

# ---- the guest calls ----

yes "the guest may list the VMs" guest_call web list_vms
like "and sees itself" "$out" "$vm"
no "the guest may not create one" AccessDenied guest_call web create_vm
before=$(date +%s%N)
guest_call web create_vm >/dev/null 2>&1
ok "$([ $((($(date +%s%N) - before) / 1000000)) -lt 1500 ]; echo $?)" "it is told so at once"

yes "let it read its private store" xec-vm -n web set domstore-read-access true
yes "put something there" xec-vm -n web set-domstore-key color blue
is "the guest reads it" "$(lab exec web -- db-read color 2>&1)" blue

# ---- daemons die ----

yes "kill xenmgr" lab kill xenmgr
yes "start it" lab start xenmgr
like "the VM runs still" "$(xec-vm)" "web[^"$'\n'"]*running"
is "as the same domain" "$(xec-vm -n web get domid)" "$domid"

# ---- a tweak, and a crash ----

yes "a tweak in the database" db-write "/vm/$uuid/config/memory" 96
yes "crash it" lab crash web
yes "it stops" lab wait web stopped
soon_ok "the domain is gone" '! lab dom0 -- xl domid web' "lab dom0 -- xl list"
yes "start again" xec-vm -n web start
like "with the new memory" "$(lab dom0 -- xl list)" "web +[0-9]+ +96 "

# ---- its end ----

yes "shutdown" xec-vm -n web shutdown
is "returns when it is down" "$(xec-vm -n web get state)" stopped
yes "delete" xec-vm -n web delete
is "the table is empty again" "$(xec-vm | grep -c web)" 0
no "its object is gone" "." xec -o "$vm" get name
is "its tree is gone from the database" "$(db-exists "/vm/$uuid")" false
nothing_left "$uuid"
done_testing

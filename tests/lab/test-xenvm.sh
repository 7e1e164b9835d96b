#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# The monitor of a VM alone: no manager, no bus.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "$(command -v lab)")/daemons.sh"

here=$(dirname "${BASH_SOURCE[0]}")
T=$TMPDIR
UUID=00000000-0000-0000-0000-0000000000aa
OTHER=00000000-0000-0000-0000-0000000000bb
CONF=$T/$UUID.conf
SOCKET=$XENMGR_RUN_DIR/xenvm/vm-$UUID
LOG=$XENMGR_LOG_DIR/xenvm-$UUID.log

# programs, so that the test's functions can bound them
mkdir "$T/bin"
PATH=$T/bin:$XENMGR_LIBEXEC_DIR:$PATH
printf '#!/bin/sh\nexec xenvm-cmd %s "$@"\n' "$UUID" >"$T/bin/vm"
printf '#!/bin/sh\nexec lab dom0 -- xl "$@"\n' >"$T/bin/xl"
printf '#!/bin/sh\nexec lab dom0 -- "%s/xenvm" "$@"\n' "$XENMGR_LIBEXEC_DIR" >"$T/bin/xenvm"
chmod +x "$T"/bin/*
domid() { vm get-domid; }
status() { vm get-status; }
monitor() { daemon_pid "xenvm:$UUID"; }
store() { xenstore-ls -f / | grep -v -e '/local/domain/0/backend' -e ' = ""$' | sort; }
guests() { fakehv list | grep -c 'guest=[1-9]'; }
up() { soon_ok "$1: the guest answers" "[ \"\$(xenstore-read /local/domain/\$(domid)/control/feature-poweroff)\" = 1 ]" "vm get-status; cat $LOG"; }

# config LINE...: the VM's configuration, with what is needed and not given
config() {
	local line

	printf '%s\n' "$@" >"$CONF"
	for line in "uuid = $UUID" "name = web" "memory = 64" "kernel = $LAB_KERNEL" \
		"cmdline = console=hvc0 noinit"; do
		grep -q "^${line%% *} " "$CONF" || echo "$line" >>"$CONF"
	done
}

clean0=$(store)
clean() {
	soon_ok "$1: nothing left behind" \
		'[ "$(store)" = "$clean0" ] && [ "$(guests)" = 0 ] && [ "$(fakehv list | grep -c ^[0-9])" = 1 ]' \
		'diff <(echo "$clean0") <(store); fakehv list; tail "$LOG"'
}

ended() {
	soon_ok "$1: the monitor has ended" "! monitor" "cat $LOG"
	is "$1: and took its socket and lock with it" "$(ls "$XENMGR_RUN_DIR/xenvm")" ""
}

# ---- configurations: checked, and what becomes of them ----

config "virt-type = pvh"
yes "a good configuration" xenvm -n "$CONF"
config "memory = 64" "memory = 32" "colour = blue" "vcpus = none"
no "a bad one, all errors at once" "\.conf:2: memory: given before, on line 1
.*\.conf:3: colour: unknown key
.*\.conf:4: vcpus: \"none\" is not right: a number from 1 to 512 would be" xenvm -n "$CONF"
no "the daemon says so, too, and does not start" "colour: unknown key" xenvm --daemon "$CONF"
no "a file that is not there" "No such file" xenvm "$T/none.conf"
for json in "$here"/xenvm-json/*.json; do
	name=$(basename "$json" .json)
	xenvm --json "${json%.json}.conf" >"$T/$name.json" 2>"$T/$name.err"
	is "$name.conf is what libxl is asked for" "$(diff "$json" "$T/$name.json" 2>&1; cat "$T/$name.err")" ""
done

# ---- life ----

life_cycle() {
	local type=$1 d d2

	config "virt-type = $type" "vcpus = 2" "guest-key = boot-sentinel"
	yes "$type: the monitor comes up" xenvm --daemon "$CONF"
	is "$type: nothing runs yet" "$(status) $(domid)" "shutdown -1"
	is "$type: the socket is for root alone" "$(stat -c %a "$SOCKET")" 600
	no "$type: a second monitor is refused" "there is a monitor already" xenvm --daemon "$CONF"

	d=$(vm start)
	like "$type: start says the domid" "$d" '^[1-9][0-9]*$'
	is "$type: it runs" "$(status) $(domid)" "running $d"
	like "$type: xl sees it" "$(xl list web | tail -n 1 | xargs)" "^web $d 64 2 [-rb]+ [0-9.]+$"
	is "$type: uuid" "$(xenstore-read "/local/domain/$d/vm")" "/vm/$UUID"
	like "$type: keys of the guest's agent" "$(xenstore-ls -fp "/local/domain/$d" | sort)" \
		"control/feature-balloon = .* \(n$d\).*unique-domain-id = \"[-0-9a-f]{36}\" +\(n0,r$d\).*vm-data = .* \(n$d\).*xenserver/attr = .* \(n$d\)"
	like "$type: a key of the configuration's" "$(xenstore-ls -fp "/local/domain/$d" | grep boot-sentinel)" "\(n$d\)"
	no "$type: it is half made no more" "read" xenstore-read "/local/domain/$d/xenmgr-half-made"
	up "$type"
	no "$type: a second start" "error: start: the VM is running" vm start

	yes "$type: pause" vm pause
	is "$type: paused" "$(status)" paused
	like "$type: xl says so" "$(xl list web | awk 'NR == 2 { print $5 }')" '^--p'
	yes "$type: pause again is nothing" vm pause
	no "$type: a paused guest cannot halt" "error: halt: the VM is paused" vm halt
	yes "$type: unpause" vm unpause
	is "$type: running" "$(status)" running
	yes "$type: unpause again is nothing" vm unpause

	yes "$type: reboot" vm reboot
	soon_ok "$type: a new domid" "d2=\$(domid) && [ \$d2 != $d ] && [ \$d2 != -1 ] && [ \$(status) = running ]"
	d2=$(domid)
	is "$type: the same uuid" "$(xenstore-read "/local/domain/$d2/vm")" "/vm/$UUID"
	up "$type: rebooted"

	yes "$type: halt" vm halt
	soon_ok "$type: shut down" '[ "$(status) $(domid)" = "shutdown -1" ]'
	clean "$type: halt"
	yes "$type: halt of what is down" vm destroy

	d=$(vm start paused=true)
	is "$type: start paused" "$(status) $(domid)" "created $d"
	is "$type: and it is marked" "$(xenstore-read "/local/domain/$d/xenmgr-half-made")" 1
	is "$type: no guest runs" "$(guests)" 0
	yes "$type: unpause starts it" vm unpause
	is "$type: running at last" "$(status)" running
	yes "$type: destroy" vm destroy
	is "$type: destroyed" "$(status) $(domid)" "shutdown -1"
	clean "$type: destroy"
	yes "$type: quit" vm quit
	ended "$type"
}

life_cycle pv
life_cycle pvh

# ---- what becomes of a guest that goes down ----

config "on_crash = destroy" "quit-on-halt = true"
xenvm --daemon "$CONF"
vm start >/dev/null
up destroy
fakehv shutdown "$(domid)" 3
ended "on_crash = destroy, quit-on-halt"
like "and said why" "$(cat "$LOG")" 'went down: crash'
clean "on_crash = destroy"

config "on_crash = restart"
xenvm --daemon "$CONF"
d=$(vm start)
up restart
fakehv shutdown "$d" 3
soon_ok "on_crash = restart: it runs anew" "d2=\$(domid) && [ \$d2 != $d ] && [ \$d2 != -1 ] && [ \$(status) = running ]"
up "restart, anew"
fakehv shutdown "$(domid)" 3
soon_ok "but not for ever" '[ "$(status)" = shutdown ]'
like "which is said" "$(cat "$LOG")" 'crashed 2 times in a row within 120 s of its start: not started again'
clean "on_crash = restart"

config "on_crash = preserve"
d=$(vm start)
up preserve
fakehv shutdown "$d" 3
soon_ok "on_crash = preserve: it is kept" '[ "$(status)" = paused ]'
is "it is the same domain" "$(domid)" "$d"
no "it cannot go on" "kept to be looked at" vm unpause
yes "until it is destroyed" vm destroy
clean "on_crash = preserve"

config "on_halt = restart"
d=$(vm start)
up "on_halt"
yes "on_halt = restart: halt" vm halt
soon_ok "it comes again" "d2=\$(domid) && [ \$d2 != $d ] && [ \$d2 != -1 ] && [ \$(status) = running ]"
up "on_halt, anew"
config "on_reboot = destroy"
yes "on_reboot is of the configuration at the start" vm destroy
vm start >/dev/null
up on_reboot
yes "on_reboot = destroy: reboot" vm reboot
soon_ok "is a halt" '[ "$(status)" = shutdown ]'

# a guest that acknowledges and stays, and one that does not answer
config "cmdline = console=hvc0 fakeguest=/bin/cat"
vm start >/dev/null
no "a guest that does not answer" "error: halt: the guest did not answer in time" vm halt timeout=1
is "still runs" "$(status)" running
is "and was not left with the request" "$(xenstore-read "/local/domain/$(domid)/control/shutdown")" ""
yes "forced, it goes" vm halt forced=true timeout=1
soon_ok "and is gone" '[ "$(status)" = shutdown ]'
vm start >/dev/null
d=$(domid)
yes "forced at once" vm reboot forced=true timeout=0
soon_ok "is a new domain" "d2=\$(domid) && [ \$d2 != $d ] && [ \$d2 != -1 ] && [ \$(status) = running ]"
yes "destroyed by somebody else" xl destroy "$(domid)"
soon_ok "is noticed" '[ "$(status) $(domid)" = "shutdown -1" ]'
clean "somebody else"

# ---- the monitor is killed ----

config
d=$(vm start)
up killed
kill -9 "$(monitor)"
soon_ok "the monitor is gone" '! monitor'
yes "the next one comes up over the dead socket" xenvm --daemon "$CONF"
is "and takes the domain over" "$(status) $(domid)" "running $d"
yes "it works" vm pause
kill -9 "$(monitor)"
soon_ok "gone again" '! monitor'
xenvm --daemon "$CONF"
is "a paused domain is taken over paused" "$(status) $(domid)" "paused $d"
vm unpause
kill -9 "$(monitor)"
soon_ok "gone" '! monitor'
fakehv shutdown "$d" 0
xenvm --daemon "$CONF"
soon_ok "what happened meanwhile is done" '[ "$(status) $(domid)" = "shutdown -1" ]'
clean "meanwhile"
vm start paused=true >/dev/null
kill -9 "$(monitor)"
soon_ok "gone with a domain half made" '! monitor'
xenvm --daemon "$CONF"
is "which is cleared" "$(status) $(domid)" "shutdown -1"
clean "half made"

# ---- faults: each leaves nothing, and is answered with libxl's words ----

fault() {
	local call=$1 says=$2

	lab fail "$call" "${3:-EIO}" "${4:-0}"
	no "$call fails" "^error: (create|unpause): ($says)" vm start
	is "$call: stopped" "$(status) $(domid)" "shutdown -1"
	lab fail off
	clean "$call"
}

fault xc_domain_create "domain creation fail"
fault xc_domain_max_vcpus "Couldn't set max vcpu count" ENOMEM
fault xc_domain_setmaxmem "Couldn't set max memory"
fault xc_dom_boot_image ".*boot_image|.*build"
fault xc_domain_unpause "Unpausing domain"
lab fail xc_domain_destroy EIO
vm start >/dev/null
yes "a destroy that fails once is tried again" vm destroy
clean "destroy fails once"
lab fail xc_domain_destroy EIO 0 100
vm start >/dev/null
no "one that fails for long" "error: destroy: " vm destroy
is "leaves the domain known" "$(status)" paused
lab fail off
yes "so that it can go later" vm destroy
clean "destroy fails for long"

config "kernel = $T/none"
no "no kernel" "error: kernel: \".*/none\": No such file" vm start
config "disk = $T/none:file:xvda:w:disk"
no "no disk" "error: disk xvda: \".*/none\": No such file" vm start
config "disk = $LAB_KERNEL:phy:xvda:w:disk"
no "a file that is called a block device" "is not a block device" vm start
config "memory = 64" "memory = 32"
no "a bad configuration at the start" "memory: given before" vm start
is "changes nothing" "$(status)" shutdown
echo "not a kernel" >"$T/text"
config "kernel = $T/text"
no "a kernel that is none" "error: create: " vm start
clean "bad configurations"

# ---- who subscribed hears all of it, in order ----

config "cmdline = console=hvc0 noinit" "on_crash = restart"
xenvm-watch "$UUID" manager >"$T/watch" &
soon_ok "subscribed" 'grep -q "subscribed shutdown" "$T/watch"'
d=$(vm start)
up watch
config "memory = 80" "quit-on-halt = true"
yes "reboot, with a manager" vm reboot
soon_ok "the manager starts it" 'grep -q "^started" "$T/watch"'
d2=$(domid)
is "from the configuration as it is now" "$(xl list web | awk 'NR == 2 { print $3 }')" 80
up "watch, rebooted"
fakehv shutdown "$d2" 3
wait $!
is "what it heard" "$(cat "$T/watch")" "subscribed shutdown
notify vm:state:creating-domain
notify vm:state:creating-devices
notify vm:state:created
notify vm:state:running
notify vm:state:rebooting
notify vm:state:rebooted
notify vm:state:creating-domain
notify vm:state:creating-devices
notify vm:state:created
notify vm:state:running
started $d2
notify error:crashed
notify vm:state:shutdowning
notify vm:state:shutdown
closed"
clean watch
config
xenvm --daemon "$CONF"

# ---- commands ----

no "no such command" "no such command" vm fly
no "no such parameter" "unknown parameter \"speed\"" vm start speed=5
no "no such value" "neither true nor false" vm start paused=maybe
like "help" "$(vm help)" "halt \[forced=false\] \[timeout=60\]"
yes "quit" vm quit
ended commands
no "no monitor" "is dead" vm get-status

# ---- devices ----

# libxl has no blkback for a plain file: a script makes it a device
config "disk = $LAB_KERNEL:phy:xvda:r:disk:script=/etc/xen/scripts/block" "nic = id=1"
xenvm --daemon "$CONF"
d=$(vm start)
soon_ok "vbd and vif connected" "[ \"\$(xenstore-read /local/domain/0/backend/vbd/$d/51712/state /local/domain/0/backend/vif/$d/1/state | xargs)\" = '4 4' ]" "tail $LOG"
vm destroy
clean devices
vm quit
ended devices

# ---- destroy waits for nothing ----

printf '#!/bin/sh\n[ "$1" = remove ] || exec sleep 1000\n' >"$T/slow"
chmod +x "$T/slow"
config "disk = $LAB_KERNEL:phy:xvda:r:disk:script=$T/slow"
xenvm --daemon "$CONF"
vm start >"$T/start" 2>&1 &
soon_ok "a start that hangs in a device" '[ "$(status)" = creating-devices ]'
no "a second command meanwhile" "error: pause: start is under way" vm pause
before=$SECONDS
yes "destroy" vm destroy
ok $((SECONDS - before >= 5)) "is quick" "$((SECONDS - before)) s"
wait $!
like "the start is told" "$(cat "$T/start")" "error: start: the VM was destroyed meanwhile"
is "it is down" "$(status) $(domid)" "shutdown -1"
clean "destroy meanwhile"
config
yes "and starts again" vm start
vm destroy
vm quit
ended "destroy meanwhile"

# ---- startup, and what the foreground does ----

config "startup = started" "quit-on-halt = true"
xenvm "$CONF" 2>"$T/foreground" &
soon_ok "startup = started" '[ "$(status)" = running ]' "cat $T/foreground"
d=$(domid)
kill "$(monitor)"
wait $!
is "SIGTERM is a good end" $? 0
is "that leaves the domain" "$(xl domid web)" "$d"
xl destroy web
clean startup

# ---- the host's ----

yes "xenvm --host" xenvm --host --daemon
no "there is one" "there is a monitor already" xenvm --host
like "facts" "$(xenvm-cmd host facts)" '"total-mem":[1-9][0-9]*,.*"cpu-count":[1-9][0-9]*,"xen-version":"4\.'
config
xenvm --daemon "$CONF"
d=$(vm start)
like "domains" "$(xenvm-cmd host domains)" "\{\"domid\":$d,\"uuid\":\"$UUID\",\"name\":\"web\",\"state\":\"running\",\"dying\":false\}"
yes "clear of what is not there" xenvm-cmd host clear "uuid=$OTHER"
no "clear of nothing" "uuid=UUID is missing" xenvm-cmd host clear
no "dom0 is never cleared, and has no such uuid" "^$" sh -c 'xenvm-cmd host clear uuid=00000000-0000-0000-0000-000000000000; exit 1'
kill -9 "$(monitor)"
soon_ok "without its monitor" '! monitor'
yes "clear" xenvm-cmd host clear "uuid=$UUID"
clean clear
yes "quit" xenvm-cmd host quit
soon_ok "has ended" "! [ -e '$XENMGR_RUN_DIR/xenvm/host' ]"

is "no sanitizer found anything" "$(grep -aE 'Sanitizer|runtime error' "$XENMGR_LOG_DIR"/* "$T"/foreground)" ""
done_testing

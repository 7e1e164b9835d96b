#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# The guest agent as an unprivileged domain of a real xenstored.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

MAC=00:16:3e:00:00:01
xl() { lab dom0 -- xl "$@"; }
key() { xenstore-read "/local/domain/$d/$1" 2>/dev/null; }
AGENT=$(command -v xenmgr-guest-agent)

make_guest() {
	printf '%s\n' "name='g'" "type='pv'" "kernel='$LAB_KERNEL'" "memory=64" \
		"extra='noinit'" "vif=['mac=$MAC']" >"$TMPDIR/g.cfg"
	xl create -q "$TMPDIR/g.cfg"
}

# The guest's first NIC is eth0; its address is made of the domid.
guest_ip() { lab exec g -- ip "$@"; }

yes "a guest" make_guest
d=$(xl domid g)
first=10.$((d >> 8)).$((d & 255)).1
soon_ok "its NIC is up" 'guest_ip address show eth0 | grep -qF "$first/8"' "guest_ip address"

yes "-n prints the report" lab exec g -- "$AGENT" -n
like "with the system" "$out" 'data/os_name = "..*"'
is "and writes nothing" "$(key attr/PVAddons/Installed)" ""
no "a period that is none" '-i "1": not a number of seconds' "$AGENT" -i 1
no "no xenstore" "cannot open xenstore" env XENSTORED_PATH=/nowhere "$AGENT" -1
yes "-1 reports once" lab exec g -- "$AGENT" -1
is "and it is there" "$(key attr/PVAddons/Installed)" 1
is "with the address" "$(key attr/vif/0/ipv4/0)" "$first"

# The period is so long that what comes now comes by an event.
lab exec g -- "$AGENT" -i 3600 2>"$TMPDIR/agent.log" &
pid=$!
xenstore-write "/local/domain/$d/data/updated" before
soon_ok "it reports when it starts" '[ "$(key data/updated)" != before ]'
like "memory" "$(key data/meminfo_total)/$(key data/meminfo_free)" '^[0-9]+/[0-9]+$'
is "the kernel" "$(key data/os_uname)" "$(uname -r)"
is "the address" "$(key attr/vif/0/ipv4/0) $(key attr/vif/0/ipv4/0/prefix)" "$first 8"
is "the name and MAC" "$(key attr/vif/0/name) $(key attr/vif/0/mac/0)" "eth0 $MAC"

yes "a second address" guest_ip address add 10.0.0.2/24 dev eth0
soon_ok "is reported soon" '[ "$(key attr/vif/0/ipv4/1)" = 10.0.0.2 ]'
yes "a bridge gets them" lab exec g -- sh -c 'ip link add br0 type bridge && ip link set br0 up &&
	ip address flush dev eth0 && ip link set eth0 master br0 && ip address add 10.0.0.3/16 dev br0'
soon_ok "its address counts" '[ "$(key attr/vif/0/ipv4/0) $(key attr/vif/0/ipv4/0/prefix)" = "10.0.0.3 16" ]'
soon_ok "what is no more is removed" '! xenstore-exists "/local/domain/$d/attr/vif/0/ipv4/1"'

xenstore-rm "/local/domain/$d/attr/PVAddons"
xenstore-write "/local/domain/$d/unique-domain-id" other
xenstore-chmod "/local/domain/$d/unique-domain-id" n0 "r$d"
soon_ok "a new unique-domain-id: all of it is written again" '[ "$(key attr/PVAddons/Installed)" = 1 ]'

# Refused keys are told once, and the others go on.
xenstore-chmod -r "/local/domain/$d/attr" n0 "r$d"
for i in 1 2; do
	xenstore-write "/local/domain/$d/data/updated" before
	guest_ip address add "10.1.0.$i/24" dev br0
	soon_ok "refused: the rest is reported, $i" '[ "$(key data/updated)" != before ]'
done
is "refused: said once" "$(grep -c 'refuses "attr/vif/0/ipv4/1": Permission denied' "$TMPDIR/agent.log")" 1
kill "$pid"
wait "$pid"
is "SIGTERM ends it with status 0" $? 0
yes "the guest goes" xl destroy g
done_testing

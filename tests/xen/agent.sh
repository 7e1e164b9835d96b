#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# The guest agent in a PV guest that xl made, without the rest of the project: what it
# reports, and that it does so again when the guest was saved and restored.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

bridge_up() {
	ip link add name br0 type bridge && ip link set br0 up
}

configuration() {
	cat <<-END
	name = "agent"
	type = "pv"
	kernel = "/guest/vmlinux"
	ramdisk = "/guest/initrd"
	extra = "console=hvc0 quiet address=10.9.0.2/24"
	memory = 96
	vif = [ "bridge=br0,mac=00:16:3e:00:00:01" ]
	END
}

key() {
	xenstore-read "/local/domain/$domid/$1" 2>&1
}

# reports WHEN: waits for the report, and looks at it
reports() {
	domid=$(xl domid agent)
	soon_ok "the agent reports $1" 'key data/updated >/dev/null'
	is "$1: which system it is" "$(key data/os_name)" "Guest of the bed"
	is "$1: of which family" "$(key data/os_distro)" bed
	is "$1: which version" "$(key data/os_majorver) $(key data/os_minorver)" "1 2"
	is "$1: which kernel" "$(key data/os_uname)" "$(uname -r)"
	like "$1: its memory" "$(key data/meminfo_total)" '^[0-9]{5,6}$'
	is "$1: that it is there" "$(key attr/PVAddons/Installed)" 1
	soon_ok "$1: the address of its NIC" '[ "$(key attr/vif/0/ipv4/0)" = 10.9.0.2 ]' \
		"xenstore-ls /local/domain/$domid"
	is "$1: the prefix of that" "$(key attr/vif/0/ipv4/0/prefix)" 24
	is "$1: its MAC" "$(key attr/vif/0/mac/0)" 00:16:3e:00:00:01
}

configuration >/tmp/agent.cfg
yes "a bridge" bridge_up
yes "a guest is made" xl create -q /tmp/agent.cfg
reports "when it starts"
before=$domid
yes "the guest is saved" xl save agent /tmp/agent.save
yes "the guest is restored" xl restore /tmp/agent.save
reports "when it was restored"
like "as another domain" "$domid" "[^$before]"
yes "the guest shuts down when asked" xl shutdown -w agent
done_testing

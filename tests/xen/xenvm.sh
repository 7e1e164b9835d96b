#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# The monitor on real Xen, without its manager, of a PV and of a PVH guest.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"

command() {
	xenvm-cmd --reply-timeout 200 "$uuid" "$@" 2>&1
}

xen_state() {
	xl list "$1" 2>/dev/null | awk 'NR == 2 { print $5 }'
}

reports() {
	xenstore-read "/local/domain/$(command get-domid)/data/updated" >/dev/null 2>&1
}

configuration() {
	cat <<-END
	uuid = $uuid
	name = $1
	virt-type = $1
	memory = 96
	vcpus = 1
	kernel = /guest/vmlinux
	initrd = /guest/initrd
	cmdline = console=hvc0 quiet address=10.9.0.2/24
	startup = shutdown
	on_crash = preserve
	disk = /tmp/disk.raw:file:xvda:w:disk
	nic = id=0,network=br0,mac=00:16:3e:00:00:01
	END
}

# Empty, the two stay when the first domain is gone: they are libxenlight's.
store() {
	xenstore-ls -f / | sed 's/ = .*//' | grep -vxE '/vm|/libxl' | sort
}

begin() {
	type=$1 uuid=00000000-0000-0000-0000-00000000000$2
	before=$(store)
	configuration "$type" >"/tmp/$type.conf"
	yes "$type: a monitor" "$LIBEXEC/xenvm" --daemon "/tmp/$type.conf"
	is "$type: of a guest that does not run" "$(command get-status)" shutdown
	is "$type: started, not yet unpaused" "$(command start paused=true >/dev/null; command get-status)" created
	is "$type: Xen says so" "$(xen_state "$type")" --p---
	yes "$type: unpaused" command unpause
	is "$type: it runs" "$(command get-status)" running
	domid=$(command get-domid)
	soon_ok "$type: its agent reports" reports "command get-status; xl list"
	soon_ok "$type: its address" \
		'[ "$(xenstore-read "/local/domain/$domid/attr/vif/0/ipv4/0")" = 10.9.0.2 ]' \
		"xenstore-ls /local/domain/$domid"
}

reboot() {
	yes "$type: reboot" command reboot
	soon_ok "$type: it runs as another domain" \
		'[ "$(command get-status)" = running ] && [ "$(command get-domid)" != "$domid" ]' \
		"command get-status; xl list"
	domid=$(command get-domid)
	soon_ok "$type: where its agent reports" reports "command get-status; xl list"
}

halt() {
	yes "$type: halt" command halt
	soon_ok "$type: it is shut down" '[ "$(command get-status)" = shutdown ]' \
		"command get-status; xl list"
}

destroy() {
	yes "$type: started again" command start
	yes "$type: destroyed" command destroy
	is "$type: it is shut down at once" "$(command get-status)" shutdown
	is "$type: xl knows it no more" "$(xen_state "$type")" ""
}

end() {
	yes "$type: the monitor ends" command quit
	soon_ok "$type: nothing of it is left" '[ "$(store)" = "$before" ]' \
		'diff <(echo "$before") <(store)'
}

ip link add name br0 type bridge && ip link set br0 up
dd if=/dev/zero of=/tmp/disk.raw bs=1M count=1 2>/dev/null
begin pv 1
reboot
halt
destroy
end
begin pvh 2
halt
end
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# host: bare
# What scripts/run does on a dom0, with what is installed here in the place of a build.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DEFAULT_KERNEL=/guest/vmlinux DEFAULT_INITRD=/guest/initrd DEMO_WAIT=200

left() {
	xl list | awk 'NR > 1 { print "domain", $1, $2 }'
	xenstore-ls -f /xenmgr/vms 2>/dev/null
	for exe in /proc/[0-9]*/exe; do readlink "$exe"; done | grep -E 'xenmgr|dbus-daemon' | sort
	ls -d /run/xenmgr.* 2>/dev/null
}

build_of_this() {
	mkdir -p /tmp/build/root/usr && mount --bind /usr /tmp/build/root/usr &&
		mkdir /tmp/build/root/etc && mount --bind /etc /tmp/build/root/etc
}

yes "a build to run" build_of_this
before=$(left)
yes "the demonstration" "$here/dom0-host.sh" /tmp/build "$here/demo.sh"
like "it shows the VM" "$out" '\| demo +\| [0-9a-f-]{36} \| running'
like "and what its agent reports" "$out" 'os_name = "Guest of the bed"'
is "nothing of it is left" "$(left)" "$before"
no "a command's status is its own" '^$' "$here/dom0-host.sh" /tmp/build sh -c 'exit 7'
is "nothing is left of that" "$(left)" "$before"
done_testing

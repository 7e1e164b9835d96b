#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands that make one call, against dbus-send making the same call.
. "$(dirname "$0")/measure.sh"
rounds=${ROUNDS:-300}
xenmgr=com.citrix.xenclient.xenmgr
db=com.citrix.xenclient.db

vm=$(xec create-vm-with-template new-vm-pv) || exit 1
send() { dbus-send --system --print-reply --dest="$1" "$2" "${@:3}"; }

list=() list_send=() read=() read_send=() get=() get_send=()
for ((i = 0; i < rounds; i++)); do
	measure list xec list-vms
	measure list_send send $xenmgr / $xenmgr.list_vms
	measure read db-read /db-version
	measure read_send send $db / $db.read string:/db-version
	measure get xec -o "$vm" get memory
	measure get_send send $xenmgr "$vm" org.freedesktop.DBus.Properties.Get \
		string:$xenmgr.vm string:memory
done
compare "xec list-vms / dbus-send" list list_send 1.15
compare "db-read / dbus-send" read read_send 1.15
compare "xec get memory / dbus-send" get get_send 1.15
xec -o "$vm" delete

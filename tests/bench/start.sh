#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From the command to a running domain: xec-vm start against xl create of the same domain.
. "$(dirname "$0")/measure.sh"
rounds=${ROUNDS:-40}
cfg=$(mktemp)
trap 'rm -f "$cfg"' EXIT

vm=$(xec create-vm-with-template new-vm-pv) || exit 1
xec -o "$vm" set name bench
second=$(xec create-vm-with-template new-vm-pv) || exit 1
kernel=$(db-read /xenmgr/default-kernel)
cat >"$cfg" <<-END
name = 'bench-xl'
type = 'pv'
memory = $(xec -o "$vm" get memory)
vcpus = 1
kernel = '$kernel'
extra = 'console=hvc0'
END

# The preload that makes xl see the lab, without the wrapper's shell in the measured time.
xl=$(lab dom0 -- bash -c 'command -v xl')
preload=$(lab dom0 -- printenv LD_PRELOAD)
xl() { env LD_PRELOAD="$preload" "$xl" "$@"; }
our_start() { env xec-vm -n bench start; }

# What a domain's end leaves to do (its guest, its monitor) must not be measured as the next
# one's start.
settle() { sleep 0.5; }

ours=() theirs=() our_next=() their_next=()
for ((i = 0; i < rounds; i++)); do
	settle
	measure theirs xl create -q "$cfg"
	measure their_next xl create -q "$cfg" "name='bench-xl2'"
	xl destroy bench-xl
	xl destroy bench-xl2
	settle
	measure ours our_start
	measure our_next xec -o "$second" start
	xec-vm -n bench destroy
	xec -o "$second" destroy
done
compare "start a PV guest: xec-vm start / xl create" ours theirs 1.5
compare "the same while that one boots" our_next their_next 1.5
xec-vm -n bench delete
xec -o "$second" delete

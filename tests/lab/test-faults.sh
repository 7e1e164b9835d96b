#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A start in which a hypercall fails: either it does without, or the VM is stopped, nothing
# of it is left, and the caller is told the step and libxl's own words.
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vm.sh"

# calls that a start cannot do without
needed="xc_domain_create xc_domain_max_vcpus xc_domain_setmaxmem xc_dom_boot_mem_init
	xc_dom_build_image xc_dom_boot_image xc_domain_unpause"
# those that libxenlight does without
spared="xc_vcpu_setaffinity xc_domain_set_memmap_limit"

for template in new-vm-pv new-vm-pvh; do
	vm=$(new_vm v $template) || bail_out "no VM"
	uuid=$(tr _ - <<<"${vm#/vm/}")
	for call in $needed; do
		yes "$template: fail $call" lab fail "$call" ENOMEM
		no "$template: start" "." xec-vm -n v start
		like "$template: $call: the error says what" "$out" "libxl|[Cc]reat|[Bb]uild|[Uu]npause|memory|domain"
		is "$template: $call: stopped" "$(xec-vm -n v get state)" stopped
		nothing_runs "$uuid"
		lab fail off
	done
	for call in $spared; do
		yes "$template: fail $call" lab fail "$call" EIO
		yes "$template: start does without" xec-vm -n v start
		yes "$template: destroy" xec-vm -n v destroy
		lab fail off
	done
	yes "$template: start" xec-vm -n v start
	d=$(xec-vm -n v get domid)
	yes "$template: destroy that fails once" lab fail xc_domain_destroy EIO
	xec-vm -n v destroy >/dev/null 2>&1 || yes "$template: again" xec-vm -n v destroy
	soon_ok "$template: the domain is gone" "! fakehv list | grep -q '^$d '" "fakehv list"
	lab fail off
	yes "$template: after all that it starts" xec-vm -n v start
	yes "$template: destroy" xec-vm -n v destroy
	yes "$template: delete" xec-vm -n v delete
	nothing_left "$uuid"
done
done_testing

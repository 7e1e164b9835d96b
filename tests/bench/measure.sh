# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the benchmarks: time commands in turns, compare medians.

# Microseconds that COMMAND took are added to the array NAME; its failure ends the run.
measure() {
	local -n _times=$1
	local from=${EPOCHREALTIME/[.,]/} said

	shift
	if ! said=$("$@" 2>&1 >/dev/null); then
		echo "$*: $said" >&2
		exit 1
	fi
	_times+=($((${EPOCHREALTIME/[.,]/} - from)))
}

median() {
	printf '%s\n' "$@" | sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

# compare TITLE NAME-OF-OURS NAME-OF-THEIRS AIM: one line of the report
compare() {
	local -n _ours=$2 _theirs=$3
	local a b

	a=$(median "${_ours[@]}")
	b=$(median "${_theirs[@]}")
	awk -v title="$1" -v a="$a" -v b="$b" -v n="${#_ours[@]}" -v aim="$4" 'BEGIN {
		printf "%-44s %8.2f ms / %8.2f ms = %5.2f  (aim <= %s, n = %d)\n",
			title, a / 1000, b / 1000, a / b, aim, n }'
}

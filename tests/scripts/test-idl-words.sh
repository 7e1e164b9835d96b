#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-idl-words.sh SOURCE: what the interfaces say of themselves in fixed words is so
# (docs/idl.md, "Documentation").  What is "Not served" a test on the bus looks at.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
. "$here/sources.sh"
cd "$1" || exit 1

daemons=$(sources . | grep -E '^(xenmgr|dbd|policy)/[^/]*\.c$')

# about ELEMENT FILE...: "name<TAB>key<TAB>documentation" of each, key "-" without one
about() {
	local element=$1

	shift
	awk -v element="$element" '
		function value(text) { gsub(/^[^"]*"|"[^"]*$/, "", text); return text }
		$1 == "<" element {
			inside = 1; key = "-"; doc = ""
			match($0, / name="[^"]*"/)
			name = value(substr($0, RSTART, RLENGTH))
		}
		!inside { next }
		/<arg / { done = 1 }
		!done && !/^ *<(signal|property|annotation) / { gsub(/^ +/, ""); doc = doc " " $0 }
		/rpcgen\.Key"/ { match($0, /value="[^"]*"/); key = value(substr($0, RSTART, RLENGTH)) }
		$1 == "</" element ">" {
			printf "%s\t%s\t%s\n", name, key, doc
			inside = done = 0
		}' "$@"
}

# Those of guest.xml are the guests'.
ours=$(ls idl/*.xml | grep -v guest.xml)
n=0 wrong=
# shellcheck disable=SC2086
while IFS=$'\t' read -r name _ doc; do
	n=$((n + 1)) sent=1 said=1
	grep -qE "_rpc_emit_$name\(" $daemons || sent=0
	[[ $doc != *"Not sent"* ]] || said=0
	[ $sent = $said ] || wrong+="$name "
done < <(about signal $ours)
is "signals are sent, or are said not to be" "$wrong" ""
[ $n -gt 15 ]
ok $? "there are signals" "$n"

n=0 wrong=
# shellcheck disable=SC2086
while IFS=$'\t' read -r name key doc; do
	[[ $doc = *othing\ here\ reads* ]] || continue
	n=$((n + 1))
	[ "$key" = - ] || ! grep -qF "\"$key\"" xenmgr/*.c || wrong+="$name "
	! grep -qwF "if-boolean $name" policy/rules/rpc-proxy.rules || wrong+="$name "
done < <(about property $ours)
is "nobody reads what is said to be read by nobody" "$wrong" ""
[ $n -gt 100 ]
ok $? "there are such properties" "$n"

done_testing

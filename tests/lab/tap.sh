# SPDX-License-Identifier: LGPL-2.1-or-later
# Test functions for shell scripts; each prints one line of TAP.  Sourced first; the script
# ends with `done_testing`.

tap_n=0
tap_failed=0
TAP_LIMIT=${TAP_LIMIT:-60}

# ok STATUS NAME [WHY]
ok() {
	tap_n=$((tap_n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_n - $2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $2"
	[ -z "$3" ] || printf '%s\n' "${3:0:4000}" | sed 's/^/# /'
	return 1
}

# is NAME GOT WANTED
is() {
	[ "$2" = "$3" ]
	ok $? "$1" "got '$2', wanted '$3'"
}

# like NAME GOT REGEX
like() {
	[[ $2 =~ $3 ]]
	ok $? "$1" "got '$2', wanted /$3/"
}

# A program gets $TAP_LIMIT seconds; a function of the test bounds what it waits for.
bounded() {
	if [ "$(type -t "$1")" = function ]; then
		"$@"
	else
		timeout "$TAP_LIMIT" "$@"
	fi
}

# yes NAME COMMAND...: succeeds; its output is in $out
yes() {
	local name=$1 status

	shift
	out=$(bounded "$@" 2>&1 </dev/null)
	status=$?
	ok $status "$name" "status $status: $* says: $out"
}

# no NAME REGEX COMMAND...: fails, and not by being killed, with output like REGEX
no() {
	local name=$1 want=$2 status

	shift 2
	out=$(bounded "$@" 2>&1 </dev/null)
	status=$?
	[ $status != 0 ] && [ $status -lt 124 ] && [[ $out =~ $want ]]
	ok $? "$name" "status $status: $* says: $out; wanted a failure like /$want/"
}

# soon COMMAND: becomes true within 10 s
soon() {
	local until=$((SECONDS + ${SOON:-10}))

	until eval "$1" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.02
	done
}

# soon_ok NAME COMMAND [WHY-COMMAND]
soon_ok() {
	soon "$2"
	ok $? "$1" "never: $2; $([ -z "$3" ] || eval "$3" 2>&1)"
}

bail_out() {
	echo "Bail out! $*"
	exit 1
}

done_testing() {
	echo "1..$tap_n"
	exit $((tap_failed > 0))
}

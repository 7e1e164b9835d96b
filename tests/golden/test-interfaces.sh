#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-interfaces.sh LIST FOLDER [-u | ORIGINAL]: the interfaces in FOLDER are those that
# expected/interfaces lists (-u: put there what they are now), so that none changes by
# accident.  With ORIGINAL, the folder of the system that is re-created: its interfaces and
# enums are ours exactly, file by file.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
list=$(realpath "$1") folder=$(realpath "$2") expected=$here/expected/interfaces
export LC_ALL=C

# shown FOLDER NAME: what D-Bus shows of a file
shown() { "$list" "$1/$2.xml" | grep -E '^[^ ]+ (method|signal|property|enum) ' | sort; }

# only ONE OTHER: of the lines of ONE that are not in OTHER those about the same interface
# or enum as a line of OTHER
only() {
	awk 'function whose() { return $2 == "enum" ? $1 " " $3 : $1 }
		NR == FNR { line[$0]; theirs[whose()]; next }
		!($0 in line) && whose() in theirs' <(printf '%s\n' "$2") <(printf '%s\n' "$1")
}

compare_with_original() {
	local name ours theirs

	for name in $(cd "$folder" && ls ./*.xml); do
		name=$(basename "$name" .xml)
		ours=$(shown "$folder" "$name")
		theirs=$(shown "$1" "$name")
		[ -n "$theirs" ]
		ok $? "$name: is a file of the original"
		is "$name: has all of the original" \
			"$(comm -13 <(printf '%s\n' "$ours") <(printf '%s\n' "$theirs"))" ""
		is "$name: adds nothing to what the original has" "$(only "$ours" "$theirs")" ""
	done
}

case $3 in
-u) "$list" "$folder"/*.xml | sort >"$expected" ;;
'')
	out=$("$list" "$folder"/*.xml | sort | diff -u "$expected" -)
	ok $? "the interfaces are what they were" "$out"
	;;
*) compare_with_original "$3" ;;
esac
done_testing

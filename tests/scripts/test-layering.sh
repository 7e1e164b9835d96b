#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-layering.sh SOURCE: includes point down, and some headers have one home
# (docs/architecture.md, "The tree").
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
. "$here/sources.sh"
cd "$1" || exit 1

code=$(sources . | grep -E '\.[ch]$' | grep -v '^tests/')
# every include of the product: file:line:#include <x> or "x"
# shellcheck disable=SC2086
includes=$(grep -nHE '^[[:space:]]*#[[:space:]]*include' $code)

# home NAME HEADER-REGEX FILE-REGEX: nobody else includes it
home() {
	local found

	found=$(grep -E "include[[:space:]]*<($2)>" <<<"$includes" | grep -vE "^($3):")
	is "$1 stays at home" "$found" ""
}

# The table of docs/architecture.md.  Generated code is in the build directory.
home libxl 'libxl[a-z_]*\.h' 'xenmgr/xenvm/[^:]*'
home libdbus 'dbus/dbus\.h' 'lib/[^:]*|policy/(dial|filter|message)\.[ch]'
home sqlite 'sqlite3\.h' 'dbd/store\.c'
home xenstore 'xenstore\.h' 'lib/xstore\.c|guest/[^:]*'
home jansson 'jansson\.h' 'lib/json[^:/]*'

# Whatever else calls or is called does so by generated code.
# shellcheck disable=SC2086
wrong=$(grep -nE 'dbus_message_|DBusMessageIter' $code |
	grep -vE '^(lib/|policy/(filter|message|stream)\.[ch]:)')
is "no message is made or read by hand" "$wrong" ""

# may AREA DIRECTORY-REGEX: project headers that files of an area may include.  Areas are
# told by their directory, the longest one first.
declare -A may=(
	[rpcgen]='rpcgen|lib'
	[lib]='lib'
	[lib/identity.c]='lib|idl' # it asks the proxy
	[dbd]='dbd|lib|idl'
	[dbd/cli]='dbd/cli|lib|idl'
	[xenmgr]='xenmgr|lib|idl'
	[xenmgr/xenvm]='xenmgr/xenvm|lib'
	[xenmgr/cli]='xenmgr/cli|lib|idl'
	[policy]='policy|lib|idl'
	[guest]='guest'
)

area_of() {
	local dir=${1%/*}

	[ -n "${may[$1]}" ] && { echo "$1"; return; }
	while [ -z "${may[$dir]}" ]; do
		case $dir in
		*/*) dir=${dir%/*} ;;
		*) return 1 ;;
		esac
	done
	echo "$dir"
}

wrong=
while IFS=: read -r file line text; do
	header=$(sed -nE 's/.*include[[:space:]]*"([^"]*)".*/\1/p' <<<"$text")
	case $header in
	*/*) ;;
	*) continue ;; # a system header, or generated
	esac
	area=$(area_of "$file") || { wrong+="$file: in no known area"$'\n'; continue; }
	[[ ${header%/*} =~ ^(${may[$area]})$ ]] || wrong+="$file:$line: $header"$'\n'
done < <(grep '"' <<<"$includes")
is "includes point down, and never into another daemon" "$wrong" ""

wrong=
for file in $(grep -E '\.c$' <<<"$code"); do
	own=${file%.c}.h
	[ -f "$own" ] || continue
	first=$(grep -m1 -E '^#include' "$file")
	case $first in
	*\"$own\"*) ;;
	*) wrong+="$file: first is $first"$'\n' ;;
	esac
done
is "each source includes its own header first" "$wrong" ""

wrong=$(grep -E '\.h$' <<<"$code" | while read -r file; do
	grep -q '^#pragma once$' "$file" || echo "$file"
done)
is "each header has #pragma once" "$wrong" ""

done_testing

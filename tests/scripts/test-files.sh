#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-files.sh SOURCE: what every file of the project has in common.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
. "$here/sources.sh"
cd "$1" || exit 1

licence="SPDX-License-Identifier: LGPL-2.1-or-later"
# prose, what has no comments (JSON, golden output, inputs of parsers), and settings
unlicensed='\.md$|^LICENSE$|^\.git|^\.clang-format$|^xenmgr/templates/new-|\.json$'
unlicensed+='|^tests/golden/|^tests/fuzz/corpus|^tests/[a-z]*/data/|^tests/lab/xenvm-json/'

wrong=$(sources . | grep -vE "$unlicensed" | while read -r file; do
	head -n 2 "$file" | grep -q "$licence" || echo "$file"
done)
is "the licence is in the first two lines" "$wrong" ""

wrong=$(sources . | grep -E '\.([chS]|sh)$|/meson\.build$' | while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 800 ] || echo "$file: $lines lines"
done)
is "no source has more than 800 lines" "$wrong" ""

wrong=$(sources . | grep -E '\.([ch])$' | grep -v '^tests/golden/' | xargs grep -nE '[[:blank:]]+$|^ {8}' | head)
is "tabs, and no blanks at line ends" "$wrong" ""

wrong=$(sources . | xargs grep -lE '^(<<<<<<<|>>>>>>>) ' | head)
is "no conflict left" "$wrong" ""

wrong=$(sources . | grep -E '\.(c|h|sh|in)$|^scripts/' | grep -v test-files.sh | xargs grep -nE '\b(TODO|FIXME|XXX)\b' | head)
is "nothing is left to do in comments" "$wrong" ""

wrong=$(sources . | while read -r file; do
	case $(head -c 2 "$file") in '#!') ;; *) continue ;; esac
	[ -x "$file" ] || echo "$file"
done)
is "scripts are executable" "$wrong" ""

wrong=$(sources . | while read -r file; do
	case $(head -n 1 "$file" | tr -d '\0') in
	'#!/bin/sh') sh -n "$file" || echo "$file" ;;
	'#!/bin/bash') bash -n "$file" || echo "$file" ;;
	esac
done 2>&1)
is "scripts parse" "$wrong" ""

wrong=$(sources . | grep -E '\.[1-8]$' | while read -r page; do
	groff -mdoc -ww -Tascii -z "$page" 2>&1
done)
is "man pages are clean mdoc" "$wrong" ""

done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-command.sh RPCGEN: options, exit status and files of xc-rpcgen.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
rpcgen=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
xml=$here/methods.xml

files() { find . -type f | LC_ALL=C sort | tr '\n' ' '; }

# status NAME WANTED TEXT COMMAND...: exit status, and all that it says
status() {
	local name=$1 want=$2 text=$3

	shift 3
	out=$("$@" 2>&1)
	is "$name: status" "$?" "$want"
	is "$name: text" "$out" "$text"
}

yes "--help" "$rpcgen" --help
like "--help tells how" "$out" 'usage: xc-rpcgen'
yes "--version" "$rpcgen" --version
like "--version" "$out" '^xc-rpcgen [0-9]'

status "no file" 2 "xc-rpcgen: which file? see --help" "$rpcgen" -s
status "two files" 2 "xc-rpcgen: one file only, not also b.xml" "$rpcgen" a.xml b.xml
status "an unknown option" 2 "$rpcgen: unrecognized option '--python'" "$rpcgen" --python "$xml"
status "a bad name" 2 'xc-rpcgen: a name has letters, digits, "_" and "-", not a/b' \
	"$rpcgen" -n a/b "$xml"
for other in --haskell --camel --javascript --ruby --c2 --templates-dir=/tmp \
	--module-prefix=Rpc; do
	status "$other" 2 \
		"xc-rpcgen: no ${other%=*}: what can be made is C (-c, -s), --introspection, --markdown, --policy and --bus-config, without templates" \
		"$rpcgen" -s "$other" "$xml"
done
status "a file that is not there" 1 \
	"Failed to open file “./none.xml”: No such file or directory" env LC_ALL=C.UTF-8 "$rpcgen" ./none.xml
status "a folder that is not there" 1 \
	"xc-rpcgen: none/methods_types.h: No such file or directory" "$rpcgen" -o none "$xml"
is "nothing was written" "$(files)" ""

status "--check" 0 "" "$rpcgen" --check -s -c "$xml"
is "--check writes nothing" "$(files)" ""

yes "the client is the default" "$rpcgen" "$xml"
is "its files" "$(files)" \
	"./methods_client.c ./methods_client.h ./methods_types.c ./methods_types.h "
rm -f ./*
yes "the server alone" "$rpcgen" -s "$xml"
is "its files" "$(files)" \
	"./methods_server.c ./methods_server.h ./methods_types.c ./methods_types.h "
rm -f ./*

yes "a document alone" "$rpcgen" --introspection "$xml"
is "is no C" "$(files)" "./methods_introspection.xml "
rm -f ./*

mkdir out
yes "a name and a folder, options behind the file" \
	"$rpcgen" "$xml" --name other-1 --output out -c --depfile out/d
is "its files" "$(files)" "./out/d ./out/other-1_client.c ./out/other-1_client.h ./out/other-1_types.c ./out/other-1_types.h "
is "the depfile" "$(cat out/d)" \
	"out/other-1_types.h out/other-1_types.c out/other-1_client.h out/other-1_client.c: $xml"
like "the inside uses the name" "$(cat out/other-1_client.c)" '#include "other-1_client.h"'

yes "everything" "$rpcgen" -sc --introspection --markdown --policy --bus-config -o out --depfile out/d "$xml"
is "is in the depfile, but for itself" "$(sed 's/:.*//' out/d | tr ' ' '\n' | LC_ALL=C sort)" \
	"$(ls out/methods[_.]* | LC_ALL=C sort)"
rm -f out/methods[_.]* out/d

# files stay as they are when nothing changes, and only then
all=(-s -c --introspection --markdown --policy --bus-config)
yes "everything, once" "$rpcgen" "$xml" -n other-1 -o out "${all[@]}"
touch -d '2001-01-01' out/*
yes "the same again" "$rpcgen" "$xml" -n other-1 -o out "${all[@]}"
is "nothing was touched" "$(find out -type f -newermt 2001-01-02)" ""
echo "/* old */" >>out/other-1_types.c
touch -d '2001-01-01' out/*
yes "with a file that is not right" "$rpcgen" "$xml" -n other-1 -o out -c
is "it alone was written" "$(find out -type f -newermt 2001-01-02)" "out/other-1_types.c"

# one that cannot be written, in the middle: the others are left as they were
sum() { find . ! -type d -exec sha256sum {} + | LC_ALL=C sort; }
rm -f out/*
yes "the server" "$rpcgen" -s -o out "$xml"
rm out/methods_server.h out/methods_types.h
mkdir out/methods_server.h
echo "/* old */" >>out/methods_types.c
before=$(sum)
status "a folder in the place of a file" 1 \
	"xc-rpcgen: out/methods_server.h: there is something that is not a file" \
	"$rpcgen" -s -o out "$xml"
is "nothing changed" "$(sum)" "$before"
rmdir out/methods_server.h
status "a file that does not get its space" 1 \
	"xc-rpcgen: out/methods_types.c: File too large" \
	bash -c 'trap "" XFSZ; ulimit -f 3; exec "$0" -s -o out "$1"' "$rpcgen" "$xml"
is "nothing changed then" "$(sum)" "$before"
yes "in their own time" "$rpcgen" -s -o out "$xml"
is "they are complete" "$(ls out)" "methods_server.c
methods_server.h
methods_types.c
methods_types.h"

# upper case: the default name is in lower case
cp "$xml" Mixed.xml
yes "a file with capitals" "$rpcgen" -o out Mixed.xml
is "its outputs have none" "$(ls out/mixed_types.h)" "out/mixed_types.h"
cp "$xml" "2 x.xml"
status "a file whose name is no name" 2 \
	"xc-rpcgen: -n NAME is needed: outputs cannot be named after 2 x.xml" "$rpcgen" "2 x.xml"

# a document that has grown beyond all measure, and an entity of the outside
{ echo '<node>'; head -c 5000000 /dev/zero | tr '\0' ' '; echo '</node>'; } >large.xml
status "a large file" 1 "large.xml: larger than 4194304 bytes" "$rpcgen" large.xml
echo secret >secret
cat >out.xml <<-'X'
	<!DOCTYPE node [<!ENTITY s SYSTEM "secret">]>
	<node><interface name="a.b"><method name="m"><!-- &s; --></method></interface></node>
X
status "an external entity" 1 "out.xml:1: declarations in the DOCTYPE are not taken" \
	"$rpcgen" out.xml
done_testing

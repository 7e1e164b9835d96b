#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-upstream.sh RPCGEN DESCRIBED RPC-PROXY SOURCE FOLDER COMPILER...: every interface
# file in FOLDER/idl generates, compiles for client and server under the project's warnings, and its
# introspection describes the same.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
. "$here/documents.sh"
rpcgen=$(realpath "$1") described=$(realpath "$2") rpc_proxy=$(realpath "$3")
source=$4 folder=$5
shift 5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TAP_LIMIT=300

n=0
for xml in "$folder"/idl/*.xml; do
	name=$(basename "$xml" .xml)
	n=$((n + 1))
	yes "$name: generates" "$rpcgen" -s -c -n "$name" -o "$dir" "$xml"
	yes "$name: compiles" "$@" -I "$source" -I "$dir" -fsyntax-only \
		"$dir/${name}_types.c" "$dir/${name}_server.c" "$dir/${name}_client.c"
	documents_hold "$xml"
done
[ $n -gt 0 ]
ok $? "there are files in $folder/idl"
done_testing

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-documents.sh RPCGEN DESCRIBED RPC-PROXY FOLDER: what is made of the interface files in FOLDER,
# and of the small ones here, besides C.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
. "$here/documents.sh"
rpcgen=$(realpath "$1") described=$(realpath "$2") rpc_proxy=$(realpath "$3") folder=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for xml in "$folder"/*.xml "$here"/*.xml; do
	documents_hold "$xml"
done
done_testing

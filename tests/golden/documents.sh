# SPDX-License-Identifier: LGPL-2.1-or-later
# What must hold of the documents that are made of any interface file.  Sourced; uses
# $rpcgen, $described and a folder $dir.

# documents_hold FILE.xml
documents_hold() {
	local xml=$1 name

	name=$(basename "$xml" .xml)
	yes "$name: documents are made" "$rpcgen" --introspection -n "$name" -o "$dir" "$xml"
	is "$name: the introspection describes the same" \
		"$("$described" "$dir/${name}_introspection.xml")" "$("$described" "$xml")"
}

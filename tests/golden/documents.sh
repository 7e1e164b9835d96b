# SPDX-License-Identifier: LGPL-2.1-or-later
# What must hold of the documents that are made of any interface file.  Sourced; uses
# $rpcgen, $described, $rpc_proxy and a folder $dir.

# documents_hold FILE.xml
documents_hold() {
	local xml=$1 name

	name=$(basename "$xml" .xml)
	yes "$name: documents are made" \
		"$rpcgen" --introspection --markdown --policy -n "$name" -o "$dir" "$xml"
	is "$name: the introspection describes the same" \
		"$("$described" "$dir/${name}_introspection.xml")" "$("$described" "$xml")"

	is "$name: no rule is on" "$(grep -v '^\(#.*\|\)$' "$dir/$name.rules")" ""
	sed 's/^#allow/allow/' "$dir/$name.rules" >"$dir/on.rules"
	yes "$name: switched on, they are rules" "$rpc_proxy" --check "$dir/on.rules"
	is "$name: there is one for each method" \
		"$(sed -nE 's/^allow( destination [^ ]*)? interface ([^ ]*) member ([^ ]*)$/\2 method \3/p' \
			"$dir/on.rules" | LC_ALL=C sort)" \
		"$("$described" "$xml" | grep -E '^[^ ]* method [^ :]*$')"

	is "$name: the reference has a heading for each member" \
		"$(sed -n 's/^#### //p' "$dir/$name.md" | tr -d '\\' | LC_ALL=C sort -u)" \
		"$("$described" "$xml" | sed -nE 's/^[^ ]* (method|signal|property) ([^ :]*).*/\2/p' |
			LC_ALL=C sort -u)"
}

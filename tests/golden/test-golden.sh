#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-golden.sh RPCGEN [-u]: what xc-rpcgen makes of small files, compared byte by byte
# with expected/ (-u: put there what it makes now), and what it says of wrong ones.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lab/tap.sh"
rpcgen=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for xml in "$here"/*.xml; do
	name=$(basename "$xml" .xml)
	yes "$name: generates" "$rpcgen" -s -c --introspection --markdown --policy --bus-config -o "$dir" "$xml"
	[ "$2" != -u ] || cp "$dir/$name"[_.]* "$here/expected"
	for end in _{types,server,client}.{h,c} _introspection.xml .{md,rules,conf}; do
		yes "$name$end" diff -u "$here/expected/$name$end" "$dir/$name$end"
	done
done

# refused NAME XML TEXT...: each text is a line "LINE: TEXT" of what is said of it
refused() {
	local name=$1 xml=$2 want

	shift 2
	printf '%s' "$xml" >"$dir/in.xml"
	want=$(printf "$dir/in.xml:%s\n" "$@")
	out=$("$rpcgen" --check "$dir/in.xml" 2>&1)
	[ $? = 1 ] && [ "$out" = "$want" ]
	ok $? "refused: $name" "got:
$out
wanted:
$want"
}

tp='xmlns:tp="http://telepathy.freedesktop.org/wiki/DbusSpec#extensions-v0"'
# in_node XML, in_iface XML, in_method XML: lines begin at 2, 3, 4
in_node() { printf '<node %s>\n%s\n</node>' "$tp" "$1"; }
in_iface() { in_node "<interface name=\"a.b\">
$1
</interface>"; }
in_method() { in_iface "<method name=\"m\">
$1
</method>"; }

refused "no XML" "hello" "1: Start tag expected, '<' not found"
refused "an empty file" "" "1: not an XML document"
refused "XML that breaks off" "<node>
<interface name='a.b'>" "2: Premature end of data in tag interface line 2"
refused "another document" "<html/>" "1: the document is not a \"node\""
refused "an unknown element" "$(in_iface '<metod name="m"/>')" '3: unknown element "metod"'
refused "entities" '<!DOCTYPE node [<!ENTITY a SYSTEM "/etc/hostname">]>
<node/>' "1: declarations in the DOCTYPE are not taken"
refused "an external entity" '<!DOCTYPE node [<!ENTITY a SYSTEM "/etc/hostname">]>
<node><interface name="a.b"><method name="&a;"/></interface></node>' \
	"2: Attribute references external entity 'a'"
refused "an undeclared entity" "$(in_iface '<method name="&a;"/>')" \
	"3: Entity 'a' not defined"
refused "an interface without a name" "$(in_node '<interface/>')" \
	'2: an interface without a name'
refused "a bad interface name" "$(in_node '<interface name="a"/>')" \
	'2: "a" cannot be the name of an interface'
refused "a bad method name" "$(in_iface '<method name="a-b"/>')" \
	'3: "a-b" cannot be the name of a method'
refused "a bad property name" "$(in_iface '<property name="2" type="s" access="read"/>')" \
	'3: "2" cannot be the name of a property'
refused "a bad argument name" "$(in_method '<arg name="a b" type="s"/>')" \
	'4: "a b" cannot be the name of an argument'
refused "a bad type" "$(in_method '<arg type="a{vs}"/>')" \
	'4: type "a{vs}": the key of a dict is of a basic type'
refused "no type" "$(in_method '<arg name="x"/>')" '4: it has no type'
refused "a bad direction" "$(in_method '<arg type="s" direction="up"/>')" \
	'4: direction "up": it is "in" or "out"'
refused "a bad access" "$(in_iface '<property name="p" type="s" access="rw"/>')" \
	'3: the access of property "p" is read, write or readwrite'
refused "a method twice" "$(in_iface '<method name="m"/>
<method name="m"/>')" '4: method "m" is there twice'
refused "an interface twice" "$(in_node '<interface name="a.b"/>
<interface name="a.b"/>')" '3: interface "a.b" is there twice'
refused "a property twice" "$(in_iface '<property name="p" type="s" access="read"/>
<property name="p" type="s" access="read"/>')" '4: property "p" is there twice'
refused "properties that are one in C" "$(in_iface '<property name="p-q" type="s" access="read"/>
<property name="p_q" type="s" access="read"/>')" \
	'4: property "p-q" and property "p_q" would both be "A_B_RPC_PROPERTY_P_Q" in C'
refused "functions that are one in C" "$(in_iface '<method name="m"/>
<method name="m_async"/>')" \
	'4: method "m" and method "m_async" would both be "a_b_rpc_m_async" in C'
refused "interfaces that are one in C" "$(in_node '<interface name="a.b"/>
<interface name="a.B"/>')" \
	'3: interface "a.b" and interface "a.B" would both be "a_b_rpc_interface" in C'
refused "an argument twice" "$(in_method '<arg name="x" type="s"/>
<arg name="x" type="s"/>')" '5: argument "x" is there twice' '5: argument "x" is there twice'
refused "an answer where none is" "$(in_method '<arg name="x" type="s" direction="out"/>
<annotation name="org.freedesktop.DBus.Method.NoReply" value="true"/>')" \
	'3: method "m" has no reply, so it cannot have "out" arguments'
refused "an annotation without a value" "$(in_method '<annotation name="x"/>')" \
	'4: an annotation has a name and a value'
refused "a word that an annotation has not" \
	"$(in_method '<annotation name="com.citrix.xenclient.rpcgen.Access" value="all"/>')" \
	'3: com.citrix.xenclient.rpcgen.Access is "all"; it is one of: read, write, admin'
refused "an annotation of ours that is none" \
	"$(in_method '<annotation name="com.citrix.xenclient.rpcgen.Acess" value="read"/>')" \
	'4: there is no annotation com.citrix.xenclient.rpcgen.Acess'
refused "an annotation of another element" \
	"$(in_method '<annotation name="com.citrix.xenclient.rpcgen.Service" value="a.b"/>')" \
	'4: com.citrix.xenclient.rpcgen.Service is of: interface; not of: method'
refused "an annotation twice" \
	"$(in_method '<annotation name="com.citrix.xenclient.rpcgen.Access" value="admin"/>
<annotation name="com.citrix.xenclient.rpcgen.Access" value="read"/>')" \
	'5: com.citrix.xenclient.rpcgen.Access is there twice'
refused "a bad service" \
	"$(in_iface '<annotation name="com.citrix.xenclient.rpcgen.Service" value=":1.5"/>')" \
	'2: ":1.5" cannot be a name on the bus'
refused "an enum of dicts" "$(in_node '<tp:enum name="E" type="a{ss}"/>')" \
	'2: enum "E" must have the type of a string or number'
refused "a number that is none" \
	"$(in_node '<tp:enum name="E" type="y"><tp:enumvalue suffix="A" value="256"/></tp:enum>')" \
	'2: "256" is not a number of type "y"'
refused "a value twice" "$(in_node '<tp:enum name="E" type="y">
<tp:enumvalue suffix="A" value="1"/><tp:enumvalue suffix="A" value="2"/></tp:enum>')" \
	'3: value "A" of enum "E" is there twice'
refused "an enum that is not there" "$(in_method '<arg type="s" tp:type="E"/>')" \
	'4: no enum "E" in this file'
refused "an enum of another type" "$(in_node '<tp:enum name="E" type="y"/>
<interface name="a.b"><property name="p" type="s" tp:type="E" access="read"/></interface>')" \
	'3: enum "E" is of type "y", not "s"'
refused "members of a string" \
	"$(in_method '<arg name="x" type="s"><annotation name="com.citrix.xenclient.rpcgen.Members" value="a"/></arg>')" \
	'4: type "s": only a struct, or arrays of one, can have names of members'
refused "too few members" \
	"$(in_method '<arg name="x" type="(ss)"><annotation name="com.citrix.xenclient.rpcgen.Members" value="a"/></arg>')" \
	'4: type "(ss)": there are not as many names as members'
refused "a member twice" \
	"$(in_method '<arg name="x" type="(ss)"><annotation name="com.citrix.xenclient.rpcgen.Members" value="a a"/></arg>')" \
	'4: "a" cannot name a member, or does twice'
refused "a range of a string" "$(in_iface '<property name="p" type="s" access="read">
<annotation name="com.citrix.xenclient.rpcgen.Min" value="1"/></property>')" \
	'3: property "p" is not a number: no range'
refused "a range that is none" "$(in_iface '<property name="p" type="i" access="read">
<annotation name="com.citrix.xenclient.rpcgen.Min" value="one"/></property>')" \
	'3: the range of property "p" is not two numbers in order'
refused "an include of nobody" \
	"$(in_iface '<annotation name="com.citrix.xenclient.rpcgen.Includes" value="c.d"/>')" \
	'2: no interface "c.d" in this file'
refused "an include of itself" \
	"$(in_iface '<annotation name="com.citrix.xenclient.rpcgen.Includes" value="a.b"/>')" \
	'2: interface "a.b" includes itself'
refused "all mistakes at once" "$(in_iface '<method name="-"/>
<signal name="+"/>')" '3: "-" cannot be the name of a method' '4: "+" cannot be the name of a signal'
done_testing

# SPDX-License-Identifier: LGPL-2.1-or-later
# The machine that the tests of real Xen run on, made of Debian's packages: nothing is
# installed, they are unpacked.  Sourced by run.
#
#   image_get CACHE    makes CACHE/image-<key>/ unless it is there, and prints its path;
#                      fails with 1 where there are no packages to be had, else with 2,
#                      and prints the reason instead
#
# An image is: xen (multiboot), vmlinux (dom0's and the guests' kernel), dom0.cpio,
# guest.cpio.  Its key is made of the packages' versions and of the scripts that make it.

XEN_VERSION=4.17

# Unpacked as they are into dom0.
IMAGE_ROOT="libc6 libgcc-s1 libxenmisc$XEN_VERSION libxenstore4 libxencall1 libxendevicemodel1
 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxentoolcore1 libxentoollog1
 libyajl2 libuuid1 zlib1g liblzma5 libzstd1 libtinfo6 libdbus-1-3 libsqlite3-0 libsystemd0
 libapparmor1 libaudit1 libcap2 libcap-ng0 libexpat1 liblz4-1 libgcrypt20 libgpg-error0
 libselinux1 libpcre2-8-0 libbpf1 libbsd0 libelf1 libmnl0 libmd0 libsmartcols1 dbus-daemon
 dbus-bin dbus-system-bus-common xenstore-utils"
# Only some of their files are needed.
IMAGE_PICK="xen-hypervisor-$XEN_VERSION-amd64 xen-utils-$XEN_VERSION xen-utils-common
 busybox-static bash iproute2 util-linux mount coreutils cpio"

# In the order in which they have to be loaded.
DOM0_MODULES="drivers/xen/xen-privcmd drivers/xen/xen-evtchn drivers/xen/xen-gntdev
 drivers/xen/xen-gntalloc drivers/xen/xenfs/xenfs drivers/block/loop
 drivers/block/xen-blkback/xen-blkback net/llc/llc net/802/stp net/bridge/bridge
 drivers/net/xen-netback/xen-netback"
GUEST_MODULES="drivers/block/xen-blkfront drivers/net/xen-netfront"

image_say() {
	echo "xen bed: $*" >&2
}

# ---- packages ----

image_packages() {
	local kernel

	kernel=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends:/ {print $2; exit}')
	[ -n "$kernel" ] || return 1
	# shellcheck disable=SC2086
	printf '%s\n' $kernel $IMAGE_ROOT $IMAGE_PICK
}

# Lines of: 'URL' file size hash
image_uris() {
	local packages

	packages=$(image_packages) || return 1
	# shellcheck disable=SC2086
	apt-get download --print-uris $packages 2>/dev/null | sort
}

image_download() {
	local debs=$1 uris=$2 file size sandbox=
	local -a missing=()

	[ "$(id -u)" != 0 ] || sandbox="-o APT::Sandbox::User=root"
	while read -r _ file size _; do
		[ "$(stat -c %s "$debs/$file" 2>/dev/null)" = "$size" ] || missing+=("${file%%_*}")
	done <<<"$uris"
	[ ${#missing[@]} = 0 ] && return
	image_say "fetching ${#missing[@]} packages"
	# shellcheck disable=SC2086
	(cd "$debs" && apt-get -qq $sandbox download "${missing[@]}" >&2)
}

# The one file of a package in the directory of packages.
image_deb() {
	local file

	while read -r _ file _; do
		[ "${file%%_*}" = "$2" ] && echo "$1/$file" && return
	done <<<"$uris"
	return 1
}

# ---- unpacking ----

image_unpack() {
	local debs=$1 kernel=$2 p m
	local -a members=('./boot/vmlinuz-*')

	mkdir dom0 pick kernel
	for p in $IMAGE_ROOT; do dpkg -x "$(image_deb "$debs" "$p")" dom0 || return 1; done
	for p in $IMAGE_PICK; do dpkg -x "$(image_deb "$debs" "$p")" "pick/$p" || return 1; done
	for m in $DOM0_MODULES $GUEST_MODULES; do members+=("*/kernel/$m.ko"); done
	dpkg-deb --fsys-tarfile "$(image_deb "$debs" "$kernel")" |
		tar -x -C kernel --wildcards "${members[@]}" || return 1
}

# Uncompressed kernels: otherwise Xen and libxenlight unpack them under emulation.
image_kernels() {
	local packed offset

	gunzip -c "pick/xen-hypervisor-$XEN_VERSION-amd64/boot/xen-$XEN_VERSION-amd64.gz" >xen ||
		return 1
	packed=$(echo kernel/boot/vmlinuz-*)
	offset=$(LC_ALL=C grep -abo -m1 $'\xfd7zXZ' "$packed" | head -n 1 | cut -d: -f1)
	[ -n "$offset" ] && tail -c +$((offset + 1)) "$packed" | xz -dc --single-stream >vmlinux 2>/dev/null
	[ "$(head -c 4 vmlinux | tail -c 3)" = ELF ] || cp "$packed" vmlinux
}

# ---- the two roots ----

image_busybox() {
	local root=$1 applet bb=pick/busybox-static/bin/busybox

	cp $bb "$root/bin/busybox"
	for applet in $($bb --list); do
		[ -e "$root/bin/$applet" ] || [ -e "$root/usr/bin/$applet" ] ||
			ln -s busybox "$root/bin/$applet"
	done
}

image_modules() {
	local root=$1 m modules

	shift
	modules=$(echo kernel/lib/modules/*/kernel)
	mkdir -p "$root/modules"
	for m in "$@"; do cp "$modules/$m.ko" "$root/modules/" || return 1; done
	printf '%s\n' "${@##*/}" >"$root/modules/order"
}

# Root, the bus's user, those of the project's daemons.
image_users() {
	local id=100 name

	echo root:x:0:0:root:/root:/bin/bash >dom0/etc/passwd
	echo root:x:0: >dom0/etc/group
	for name in messagebus dbd rpc-proxy xenmgr; do
		echo "$name:x:$id:$id::/:/bin/false" >>dom0/etc/passwd
		echo "$name:x:$id:" >>dom0/etc/group
		id=$((id + 1))
	done
}

image_dom0() {
	local here=$1 a

	rm -rf dom0/usr/lib/x86_64-linux-gnu/gconv dom0/usr/share/{doc,man,locale,bash-completion}
	mkdir -p dom0/{bin,sbin,etc/xenmgr,dev,proc,sys,run,tmp,root,mnt,bed,var/lib/xen,var/log} \
		dom0/usr/{bin,sbin,lib}
	ln -sfn ../run dom0/var/run
	cp -a "pick/xen-utils-$XEN_VERSION/usr/lib/xen-$XEN_VERSION/"{bin,boot} \
		"dom0/usr/lib/xen-$XEN_VERSION/"
	cp -a pick/xen-utils-common/etc/xen dom0/etc/
	# The hotplug scripts need the real ones of these; busybox has no flock here.
	cp pick/bash/bin/bash pick/iproute2/bin/ip pick/iproute2/sbin/bridge \
		pick/mount/sbin/losetup pick/util-linux/usr/bin/{flock,setpriv,setsid} dom0/bin/
	cp "$(ls -d pick/coreutils/bin/stat pick/coreutils/usr/bin/stat 2>/dev/null | head -n 1)" dom0/bin/
	# Busybox's sh and setsid would run its own programs rather than those in PATH.
	ln -s bash dom0/bin/sh
	image_busybox dom0
	# Debian's xl is a script that looks for the running Xen's version.
	for a in xl xenstored xenconsoled; do
		ln -sf "../lib/xen-$XEN_VERSION/bin/$a" dom0/usr/sbin/$a
	done
	ln -sfn "xen-$XEN_VERSION" dom0/usr/lib/xen
	# shellcheck disable=SC2086
	image_modules dom0 $DOM0_MODULES || return 1
	image_users
	cp "$here/dom0-init" dom0/init
}

image_guest() {
	local here=$1 a

	mkdir -p guest/{bin,sbin,dev,etc,proc,sys,tmp}
	image_busybox guest
	# The kernel itself obeys control/shutdown, by running these.
	for a in poweroff reboot; do
		printf '#!/bin/sh\nexec /bin/busybox %s -f\n' $a >guest/sbin/$a
		chmod 755 guest/sbin/$a
		rm -f guest/bin/$a
	done
	# shellcheck disable=SC2086
	image_modules guest $GUEST_MODULES || return 1
	printf '%s\n' 'PRETTY_NAME="Guest of the bed"' ID=bed VERSION_ID=1.2 >guest/etc/os-release
	cp "$here/guest-init" guest/init
}

# ---- the whole ----

# cpio of a directory, owned by root whoever made it.
image_cpio() {
	(cd "$1" && find . | LC_ALL=C sort | "$2" -o -H newc --quiet -R 0:0)
}

image_make() {
	local here=$1 debs=$2 cpio=$PWD/pick/cpio/bin/cpio

	image_unpack "$debs" "$(image_packages | head -n 1)" && image_kernels &&
		image_dom0 "$here" && image_guest "$here" || return 1
	chmod 755 dom0/init guest/init
	[ -x "$cpio" ] || cpio=$PWD/pick/cpio/usr/bin/cpio
	cp "$cpio" cpio || return 1
	# What else the product needs of libraries is found by looking at what is here.
	mkdir dom0/guest && ln vmlinux dom0/guest/vmlinux
	(cd dom0 && find . -name '*.so*' | sed 's,.*/,,' | sort -u) >libraries
	image_cpio dom0 "$cpio" >dom0.cpio && image_cpio guest "$cpio" >guest.cpio || return 1
	rm -rf dom0 guest pick kernel
}

# What older versions left in the cache.
image_forget_old() {
	local file

	rm -rf "$1"/image-*
	for file in "$1"/debs/*.deb; do
		grep -qF " ${file##*/} " <<<"$uris" || rm -f "$file"
	done
}

# image_fetch CACHE: what it is made of is in CACHE/debs and in $uris, else says why not.
image_fetch() {
	uris=$(image_uris)
	[ -n "$uris" ] || {
		echo "apt-get knows no packages of Xen $XEN_VERSION and its kernel"
		return 1
	}
	image_download "$1/debs" "$uris" || {
		echo "the packages of Xen $XEN_VERSION and its kernel cannot be fetched"
		return 1
	}
}

# apt-get may know none yet, or versions that are no more to be had.
image_fetch_or_update() {
	image_fetch "$1" >/dev/null && return
	[ "$(id -u)" != 0 ] || apt-get -qq update >&2
	image_fetch "$1"
}

image_get() {
	local cache=$1 here uris key work

	here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
	mkdir -p "$cache/debs" || { echo "cannot make $cache/debs"; return 2; }
	rm -rf "$cache"/new.* # of one that was interrupted
	image_fetch_or_update "$cache" || return 1
	key=$({ sed 's/.*\///' <<<"$uris"; cat "$here"/{image.sh,dom0-init,guest-init}; } |
		sha256sum | cut -c 1-16)
	if [ ! -e "$cache/image-$key/done" ]; then
		work=$(mktemp -d "$cache/new.XXXXXX") || { echo "cannot write to $cache"; return 2; }
		image_say "making the image"
		(cd "$work" && image_make "$here" "$cache/debs" && touch done) || {
			rm -rf "$work"
			echo "the image of Xen cannot be made of the packages"
			return 2
		}
		image_forget_old "$cache"
		mv "$work" "$cache/image-$key" || { echo "cannot write to $cache"; return 2; }
	fi
	echo "$cache/image-$key"
}

# SPDX-License-Identifier: LGPL-2.1-or-later
# The Debian packages that building, running and testing need, and how they get there.
# Sourced by scripts/run and scripts/test.

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config
	libdbus-1-dev libglib2.0-dev libjansson-dev libmnl-dev libsqlite3-dev libxen-dev
	libxml2-dev"
# systemd is there for busctl alone; nothing of it is started
PACKAGES_DOM0="busybox-static cpio"
PACKAGES_RUN="dbus-bin dbus-daemon iproute2 procps systemd util-linux
	xen-utils-4.17 xen-utils-common xenstore-utils"
PACKAGES_TEST="clang binutils busybox-static cpio groff-base"
PACKAGES_XEN="qemu-system-x86 xz-utils"

packages_missing() {
	local package

	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
		[ih]i*) ;;
		*) echo "$package" ;;
		esac
	done
}

# Root: install what is missing, and say so.  Anybody else gets the line to type.
packages_install() {
	local missing

	if ! command -v dpkg-query >/dev/null; then
		echo "$0: not Debian: these are needed, by whatever name they have here:" >&2
		echo "$@" >&2
		return 0
	fi
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "$0: packages are missing; install them with" >&2
		echo "    sudo apt-get install --no-install-recommends $missing" >&2
		return 1
	fi
	echo "installing $missing" >&2
	# shellcheck disable=SC2086
	packages_apt install -y --no-install-recommends $missing ||
		{ packages_apt update && packages_apt install -y --no-install-recommends $missing; }
}

packages_apt() {
	local log status

	log=$(mktemp)
	DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null >"$log" 2>&1
	status=$?
	[ $status = 0 ] || [ "$1" = install ] || cat "$log" >&2
	[ $status = 0 ] || [ "$1" != install ] || tail -n 5 "$log" >&2
	rm -f "$log"
	return $status
}

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest-image.sh AGENT FILE - make FILE, an initrd for a small PV or PVH guest: busybox and
# the agent, with what it is linked to.  Needs busybox-static and cpio.
agent=$1 file=$2
[ -x "$agent" ] && [ -n "$file" ] || { echo "usage: guest-image.sh AGENT FILE" >&2; exit 2; }
command -v cpio >/dev/null || { echo "$0: cpio is missing" >&2; exit 1; }
busybox=$(command -v busybox) || { echo "$0: busybox-static is missing" >&2; exit 1; }
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,sbin,dev,etc,proc,sys,tmp,run}
cp "$busybox" "$root/bin/busybox" && cp "$agent" "$root/sbin/" || exit 1
for name in sh mount sleep ip; do ln -s busybox "$root/bin/$name"; done
ldd "$agent" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
	mkdir -p "$root${library%/*}" && cp -L "$library" "$root$library"
done
printf '%s\n' 'PRETTY_NAME="xenmgr demonstration"' ID=demo VERSION_ID=1.0 >"$root/etc/os-release"
cat >"$root/init" <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
ip link set lo up
xenmgr-guest-agent &
while :; do sleep 1000; done
END
chmod 755 "$root/init"
# the kernel asks init to go down with these
for name in poweroff reboot; do
	printf '#!/bin/sh\nexec /bin/busybox %s -f\n' $name >"$root/sbin/$name"
	chmod 755 "$root/sbin/$name"
done
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0 | gzip) >"$file"

#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lab-test.sh BUILD SCRIPT - run a test of the whole on a lab host of its own.  The script's
# first lines say on which: "# host: bare" has no daemons.
build=$1 script=$2

# what is run is what is installed; the directory may be used by several tests at once
exec 8>"$build/.install.lock" && flock 8 || exit 1
DESTDIR=$build/root meson install -C "$build" --no-rebuild --only-changed --quiet >&2 || exit 1
exec 8>&-

bare=()
grep -q '^# host: bare$' "$script" && bare=(--bare)
exec "$build/tests/lab/labrun" "${bare[@]}" -- /bin/bash "$script"

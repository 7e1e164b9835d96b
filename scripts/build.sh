# SPDX-License-Identifier: LGPL-2.1-or-later
# Building, for scripts/run and scripts/test.  One builder at a time in a directory.

# build_in DIR MESON_OPTION...: configure once, build, and install into DIR/root, from where
# everything is run.  Quiet; on failure it shows what the compiler said.
build_in() {
	local dir=$1 log=$1/build.log

	shift
	mkdir -p "$dir" && exec 8>"$dir/.lock" && flock 8 || return 1
	if ! build_steps "$dir" "$@" >"$log" 2>&1; then
		grep -E 'error:|ERROR|FAILED|undefined|warning:' -A 3 "$log" | tail -n 60 >&2
		echo "$0: does not build; all of it is in $log" >&2
		exec 8>&-
		return 1
	fi
	exec 8>&-
}

build_steps() {
	local dir=$1 source

	shift
	source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
	[ -f "$dir/build.ninja" ] ||
		meson setup "$dir" "$source" --prefix=/usr "$@" || return 1
	ninja -C "$dir" || return 1
	DESTDIR=$dir/root meson install -C "$dir" --no-rebuild --only-changed --quiet
}

# build_for_use DIR: what scripts/run runs.  Without -Werror: a compiler newer than ours may
# warn of more.
build_for_use() {
	build_in "$1" -Doptimization=2 -Ddebug=false -Dwerror=false
}

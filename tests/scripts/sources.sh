# SPDX-License-Identifier: LGPL-2.1-or-later
# The files of the project: what git tracks; outside of git, what lies there.

sources() {
	if git -C "$1" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$1" ls-files
	else
		(cd "$1" && find . -name 'build*' -prune -o -type f -print | sed 's|^\./||')
	fi
}

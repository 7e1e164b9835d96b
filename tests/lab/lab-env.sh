# SPDX-License-Identifier: LGPL-2.1-or-later
# The environment inside the lab's machine.  Sourced by host.sh and lab; lies in the build
# directory beside the lab's programs.  The product's programs were installed by
# `meson install` into LAB_ROOT.

LAB_TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_ROOT=${LAB_ROOT:-$(cd "$LAB_TOOLS/../.." && pwd)/root}
LAB_XEN=$(ls -d /usr/lib/xen-[0-9]*/bin 2>/dev/null | sort -V | tail -n 1)
LAB_BUS_POLICY=$LAB_ROOT/usr/share/dbus-1/system.d
LAB_DIR=/run/lab

export LAB_ROOT LAB_DIR
export TMPDIR=$LAB_DIR/tmp
export FAKEHV_DIR=/run/fakehv
export XENSTORED_RUNDIR=/run/xenstored XENSTORED_PATH=/run/xenstored/socket
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket
export XENMGR_RUN_DIR=/run/xenmgr XENMGR_STATE_DIR=$LAB_DIR/state XENMGR_LOG_DIR=$LAB_DIR/log
export XENMGR_CONF_DIR=${XENMGR_CONF_DIR:-$LAB_ROOT/etc/xenmgr}
export XENMGR_DATA_DIR=${XENMGR_DATA_DIR:-$LAB_ROOT/usr/share/xenmgr}
export XENMGR_LIBEXEC_DIR=$LAB_DIR/libexec
export XENMGR_GUEST_CHANNEL=unix
export LAB_GUEST_INIT=${LAB_GUEST_INIT-$LAB_ROOT/usr/sbin/xenmgr-guest-agent}
LIBEXEC=$XENMGR_LIBEXEC_DIR

case :$PATH: in
*:"$LAB_TOOLS":*) ;;
*) export PATH="$LAB_TOOLS:$LAB_ROOT/usr/bin:$LAB_ROOT/usr/sbin:/usr/local/sbin:/usr/sbin:/sbin:$PATH" ;;
esac

# shellcheck source=/dev/null
. "$LAB_TOOLS/daemons.sh"

# SPDX-License-Identifier: LGPL-2.1-or-later
# Shell functions to start, find and stop the daemons and a bus for them.  Sourced by
# scripts/run and by the lab.  Uses LIBEXEC (where the programs are), XENMGR_RUN_DIR,
# XENMGR_LOG_DIR.
# A daemon is dbd, rpc-proxy or xenmgr; xenvm:UUID is known to pid, log, stop and kill.

DAEMONS=${DAEMONS-"dbd rpc-proxy xenmgr"}
DAEMON_WAIT=${DAEMON_WAIT:-20}

daemon_bus_name() {
	case $1 in
	dbd) echo com.citrix.xenclient.db ;;
	rpc-proxy) echo com.citrix.xenclient.rpc_proxy ;;
	xenmgr) echo com.citrix.xenclient.xenmgr ;;
	*) return 1 ;;
	esac
}

daemon_log() {
	case $1 in
	xenvm:*) echo "$XENMGR_LOG_DIR/xenvm-${1#xenvm:}.log" ;;
	*) echo "$XENMGR_LOG_DIR/$1.log" ;;
	esac
}

# The pids of a daemon that runs; fails if there is none.
daemon_pid() {
	local pid cmd

	case $1 in
	xenvm:*)
		for cmd in /proc/[0-9]*/cmdline; do
			tr '\0' ' ' 2>/dev/null <"$cmd" | grep -qE "xenvm .*${1#xenvm:}" || continue
			pid=${cmd#/proc/}
			echo "${pid%/cmdline}"
			return 0
		done
		return 1
		;;
	esac
	read -r pid 2>/dev/null <"$XENMGR_RUN_DIR/$1.pid" && process_lives "$pid" && echo "$pid"
}

process_lives() {
	case $(cat "/proc/$1/stat" 2>/dev/null) in
	"" | *") Z "*) return 1 ;;
	esac
}

# What to start it with; the lab gives some daemons users of their own.
daemon_wrapper() { :; }

# Does it answer on the bus?
daemon_answers() {
	dbus-send --system --print-reply --reply-timeout=2000 --dest="$(daemon_bus_name "$1")" \
		/ org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1
}

# Start it and return when it answers; says why not, with the end of its log.
daemon_start() {
	local name=$1 log until

	log=$(daemon_log "$name")
	if daemon_pid "$name" >/dev/null; then
		echo "$name runs already" >&2
		return 1
	fi
	[ -x "$LIBEXEC/$name" ] || {
		echo "$name: no program $LIBEXEC/$name" >&2
		return 1
	}
	rm -f "$XENMGR_RUN_DIR/$name.pid"
	# shellcheck disable=SC2046
	setsid sh -c 'echo $$ >"$0"; exec "$@"' "$XENMGR_RUN_DIR/$name.pid" \
		$(daemon_wrapper "$name") "$LIBEXEC/$name" </dev/null >>"$log" 2>&1 3>&- 4>&- &
	disown
	until=$((SECONDS + DAEMON_WAIT))
	until [ -s "$XENMGR_RUN_DIR/$name.pid" ]; do sleep 0.01; done
	until daemon_answers "$name"; do
		if ! daemon_pid "$name" >/dev/null; then
			echo "$name ended at its start; its log:" >&2
			tail -n 20 "$log" >&2
			return 1
		fi
		if [ $SECONDS -ge $until ]; then
			echo "$name does not answer after $DAEMON_WAIT s; its log:" >&2
			tail -n 20 "$log" >&2
			return 1
		fi
		sleep 0.02
	done
}

# Send SIG and wait until that process is gone; another may be in its place by then.
daemon_end() {
	local name=$1 sig=$2 pid until=$((SECONDS + DAEMON_WAIT))

	pid=$(daemon_pid "$name") || {
		echo "$name does not run" >&2
		return 1
	}
	kill "-$sig" "$pid"
	while process_lives "$pid"; do
		if [ $SECONDS -ge $until ]; then
			echo "$name did not end within $DAEMON_WAIT s of SIG$sig" >&2
			return 1
		fi
		sleep 0.02
	done
}

daemons_up() {
	local name

	for name in $DAEMONS; do
		daemon_start "$name" || return 1
		[ "$name" != dbd ] || host_defaults || return 1
	done
}

# What the database says of the host before xenmgr reads it: the kernel of VMs that name none.
host_defaults() {
	[ -z "$DEFAULT_KERNEL" ] || db-write /xenmgr/default-kernel "$DEFAULT_KERNEL" || return 1
	[ -z "$DEFAULT_INITRD" ] || db-write /xenmgr/default-initrd "$DEFAULT_INITRD"
}

daemons_down() {
	local name reversed=

	for name in $DAEMONS; do reversed="$name $reversed"; done
	for name in $reversed; do
		daemon_pid "$name" >/dev/null && daemon_end "$name" TERM
	done
}

# A report of a sanitizer in any log is a failure, whatever else happened.
sanitizers_silent() {
	local log found=0

	for log in "$XENMGR_LOG_DIR"/*.log; do
		grep -aqE '(Address|Leak|Thread)Sanitizer|runtime error:' "$log" 2>/dev/null || continue
		printf '%s: sanitizer report\n' "${log##*/}" >&2
		cat "$log" >&2
		found=1
	done
	return $found
}

# ---- a bus of our own ----

# As the system bus: what ours may do is in the project's own files (directory $2).
bus_configuration() {
	cat <<-END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	<type>system</type>
	<listen>unix:path=$1</listen>
	<auth>EXTERNAL</auth>
	<policy context="default">
	 <allow user="*"/>
	 <deny own="*"/>
	 <deny send_type="method_call"/>
	 <allow send_type="signal"/>
	 <allow send_requested_reply="true" send_type="method_return"/>
	 <allow send_requested_reply="true" send_type="error"/>
	 <allow receive_type="method_call"/>
	 <allow receive_type="method_return"/>
	 <allow receive_type="error"/>
	 <allow receive_type="signal"/>
	 <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
	 <allow send_destination="org.freedesktop.DBus"
	        send_interface="org.freedesktop.DBus.Introspectable"/>
	 <allow send_destination="org.freedesktop.DBus"
	        send_interface="org.freedesktop.DBus.Properties"/>
	 <deny send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"
	       send_member="UpdateActivationEnvironment"/>
	</policy>
	<includedir>$2</includedir>
	</busconfig>
	END
}

# bus_up SOCKET POLICY_DIR LOG_DIR: sets BUS_PID; returns when it listens
bus_up() {
	local until=$((SECONDS + 20))

	bus_configuration "$1" "$2" >"$3/bus.conf"
	dbus-daemon --config-file="$3/bus.conf" --nofork --nopidfile --nosyslog \
		</dev/null >"$3/bus.log" 2>&1 3>&- 4>&- &
	BUS_PID=$!
	until [ -S "$1" ]; do
		if ! kill -0 "$BUS_PID" 2>/dev/null || [ $SECONDS -ge $until ]; then
			echo "dbus-daemon did not start:" >&2
			cat "$3/bus.log" >&2
			return 1
		fi
		sleep 0.01
	done
}

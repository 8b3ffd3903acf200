#!/usr/bin/env bash
# A private RabbitMQ for one command: own free loopback port, own data folder, own epmd; gone when the command ends.
#
#   rabbitmq.sh [--port PORT] [--data DIR] run COMMAND [ARGUMENT...]
#
# The command finds amqp://guest:guest@127.0.0.1:PORT/ in WARREN_URI; its exit code is the script's. With --data the folder
# is kept, so a broker started later on the same folder has the same durable queues. Needs Debian's rabbitmq-server, works as
# any user, uses no service manager, and never touches a RabbitMQ that already runs on the machine. For a shell beside it:
#
#   rabbitmq.sh run bash -c 'echo "$WARREN_URI"; exec cat'     # until Ctrl+D
set -euo pipefail

usage() { sed -n 's/^#   //p' "$0" >&2; exit 64; }
fail() { echo "rabbitmq.sh: $*" >&2; exit 69; }

port=""; data=""; keep=no
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=${2:?}; shift 2 ;;
    --data) data=${2:?}; keep=yes; shift 2 ;;
    run) shift; break ;;
    *) usage ;;
  esac
done
[ $# -gt 0 ] || usage

# Debian's own /usr/sbin/rabbitmq-server switches to the user rabbitmq and its folders; the one below does neither.
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$server" ] || server=$(command -v rabbitmq-server) || fail "rabbitmq-server is not installed"
command -v epmd >/dev/null || fail "epmd (erlang-base) is not installed"

# Below the range of ephemeral ports, where an outgoing connection of the next moment cannot take the port.
free_port() {
  local candidate
  for _ in $(seq 200); do
    candidate=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then echo "$candidate"; return; fi
  done
  fail "no free port"
}

[ -n "$port" ] || port=$(free_port)
[ -n "$data" ] || data=$(mktemp -d "${TMPDIR:-/tmp}/warren-rabbitmq-XXXXXX")
mkdir -p "$data/log" "$data/mnesia" "$data/conf.d"
data=$(cd "$data" && pwd)
: > "$data/rabbitmq.conf"
echo "[]." > "$data/enabled_plugins"
: > "$data/log/console.log"

epmd_pid=""; server_pid=""; command_pid=""
ended() { ! kill -0 "$1" 2>/dev/null; }
wait_for_end() { for _ in $(seq 300); do ended "$1" && return 0; sleep 0.1; done; }
stop() {
  set +e # Whatever fails here, the rest is still stopped.
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "$command_pid" ] || kill -TERM "$command_pid" 2>/dev/null || true
  if [ -n "$server_pid" ]; then
    kill -TERM "$server_pid" 2>/dev/null || true # Its trap passes the signal on to the Erlang node, which stops in order.
    wait_for_end "$server_pid"
    ended "$server_pid" || kill -KILL $(pgrep -P "$server_pid") "$server_pid" 2>/dev/null || true
  fi
  [ -z "$epmd_pid" ] || kill -TERM "$epmd_pid" 2>/dev/null || true
  [ "$keep" = yes ] || rm -rf "$data"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

# Its own epmd: the machine's, or one that RabbitMQ would start as a daemon, would outlive this script.
epmd_port=$(free_port)
epmd -port "$epmd_port" -address 127.0.0.1 >"$data/log/epmd.log" 2>&1 </dev/null &
epmd_pid=$!
for _ in $(seq 100); do epmd -port "$epmd_port" -names >/dev/null 2>&1 && break; sleep 0.05; done

# What the caller's environment says of RabbitMQ must not reach this one.
env -u RABBITMQ_CONFIG_FILES -u RABBITMQ_PID_FILE -u RABBITMQ_USE_LONGNAME -u NOTIFY_SOCKET \
  HOME="$data" \
  ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
  RABBITMQ_CONF_ENV_FILE=/dev/null \
  RABBITMQ_CONFIG_FILE="$data/rabbitmq" \
  RABBITMQ_CONFIG_FILES="$data/conf.d" \
  RABBITMQ_ADVANCED_CONFIG_FILE="$data/advanced.config" \
  RABBITMQ_ENABLED_PLUGINS_FILE="$data/enabled_plugins" \
  RABBITMQ_MNESIA_BASE="$data/mnesia" \
  RABBITMQ_LOG_BASE="$data/log" \
  RABBITMQ_GENERATED_CONFIG_DIR="$data/generated" \
  RABBITMQ_NODENAME=warren@localhost \
  RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
  RABBITMQ_NODE_PORT="$port" \
  RABBITMQ_DIST_PORT="$(free_port)" \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
  "$server" >"$data/log/console.log" 2>&1 </dev/null &
server_pid=$!

for _ in $(seq 1200); do
  grep -q "completed with" "$data/log/console.log" && break
  if ended "$server_pid"; then tail -n 40 "$data/log/console.log" >&2; fail "RabbitMQ did not start"; fi
  sleep 0.1
done
grep -q "completed with" "$data/log/console.log" || fail "RabbitMQ was not ready within 120 s"

# In the background and waited for, so that a signal to this script is heard while the command runs.
WARREN_URI="amqp://guest:guest@127.0.0.1:$port/" "$@" <&0 &
command_pid=$!
code=0
wait "$command_pid" || code=$?
command_pid=""
exit "$code"

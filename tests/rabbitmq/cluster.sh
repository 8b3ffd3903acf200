#!/usr/bin/env bash
# A private RabbitMQ cluster of three nodes on loopback: own ports, own data folder, own epmd; gone when standard input ends.
#
#   cluster.sh
#
# Prints "ready PORT PORT PORT", then obeys lines of standard input, and answers each with "done":
#   kill N     node N (1 to 3) dies at once, as by kill -9
#   start N    node N starts again and joins the others
# Needs Debian's rabbitmq-server, works as any user, uses no service manager.
set -euo pipefail

fail() { echo "cluster.sh: $*" >&2; exit 69; }
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[ -x "$server" ] || server=$(command -v rabbitmq-server) || fail "rabbitmq-server is not installed"
command -v epmd >/dev/null || fail "epmd (erlang-base) is not installed"

free_port() {
  local candidate
  for _ in $(seq 200); do
    candidate=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then echo "$candidate"; return; fi
  done
  fail "no free port"
}

data=$(mktemp -d "${TMPDIR:-/tmp}/warren-cluster-XXXXXX")
pids=("" "" "" ""); ports=("" "" "" ""); dist=("" "" "" "")
epmd_pid=""
descendants() { local child; for child in $(pgrep -P "$1"); do echo "$child"; descendants "$child"; done; }
kill_node() {
  [ -n "${pids[$1]}" ] || return 0
  local all; all="$(descendants "${pids[$1]}") ${pids[$1]}"
  kill -KILL $all 2>/dev/null || true
  wait "${pids[$1]}" 2>/dev/null || true
  pids[$1]=""
}
stop() {
  set +e
  trap - EXIT
  for n in 1 2 3; do kill_node "$n"; done
  [ -z "$epmd_pid" ] || kill -TERM "$epmd_pid" 2>/dev/null
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

epmd_port=$(free_port)
epmd -port "$epmd_port" -address 127.0.0.1 >"$data/epmd.log" 2>&1 </dev/null &
epmd_pid=$!
for _ in $(seq 100); do epmd -port "$epmd_port" -names >/dev/null 2>&1 && break; sleep 0.05; done
head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$data/.erlang.cookie"
chmod 400 "$data/.erlang.cookie"

start_node() {
  local n=$1 home="$data/$1"
  mkdir -p "$home/log" "$home/mnesia" "$home/conf.d"
  cat > "$home/rabbitmq.conf" <<CONF
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = warren1@localhost
cluster_formation.classic_config.nodes.2 = warren2@localhost
cluster_formation.classic_config.nodes.3 = warren3@localhost
CONF
  echo "[]." > "$home/enabled_plugins"
  : > "$home/log/console.log"
  env -u RABBITMQ_PID_FILE -u RABBITMQ_USE_LONGNAME -u NOTIFY_SOCKET \
    HOME="$data" ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_CONFIG_FILES="$home/conf.d" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_GENERATED_CONFIG_DIR="$home/generated" \
    RABBITMQ_NODENAME="warren$n@localhost" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="${ports[$n]}" RABBITMQ_DIST_PORT="${dist[$n]}" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    "$server" >"$home/log/console.log" 2>&1 </dev/null &
  pids[$n]=$!
}
wait_for_node() {
  local n=$1
  for _ in $(seq 1200); do
    grep -q "completed with" "$data/$n/log/console.log" && return 0
    kill -0 "${pids[$n]}" 2>/dev/null || { tail -n 40 "$data/$n/log/console.log" >&2; fail "node $n did not start"; }
    sleep 0.1
  done
  fail "node $n was not ready within 120 s"
}

for n in 1 2 3; do ports[$n]=$(free_port); dist[$n]=$(free_port); done
for n in 1 2 3; do start_node "$n"; wait_for_node "$n"; done
echo "ready ${ports[1]} ${ports[2]} ${ports[3]}"
while read -r word n; do
  case "$word $n" in
    "kill "[123]) kill_node "$n" ;;
    "start "[123]) [ -n "${pids[$n]}" ] || { start_node "$n"; wait_for_node "$n"; } ;;
    *) echo "cluster.sh: '$word $n' is not a command" >&2 ;;
  esac
  echo "done"
done

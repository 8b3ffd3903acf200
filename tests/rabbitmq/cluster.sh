#!/usr/bin/env bash
# A private RabbitMQ cluster of three nodes on loopback: own ports, own data folder, own epmd; gone when standard input ends.
#
#   cluster.sh
#
# Prints "ready PORT PORT PORT", then obeys lines of standard input, and answers each with "done":
#   kill N                node N (1 to 3) dies at once, as by kill -9
#   start N               node N starts again and joins the others
#   alarm MILLISECONDS    a memory alarm on node 1 for so long: publishers are blocked, on all nodes
# Needs Debian's rabbitmq-server, works as any user, uses no service manager.
set -euo pipefail
. "$(dirname "$0")/node.sh"

data=$(mktemp -d "${TMPDIR:-/tmp}/warren-cluster-XXXXXX")
pids=("" "" "" ""); ports=("" "" "" ""); distribution_ports=("" "" "" "")
descendants() { local child; for child in $(pgrep -P "$1"); do echo "$child"; descendants "$child"; done; }
kill_member() {
  [ -n "${pids[$1]}" ] || return 0
  local all; all="$(descendants "${pids[$1]}") ${pids[$1]}"
  kill -KILL $all 2>/dev/null || true
  wait "${pids[$1]}" 2>/dev/null || true
  pids[$1]=""
}
start_member() {
  [ -z "${pids[$1]}" ] || return 0
  start_node "$data/$1" "warren$1" "${ports[$1]}" "${distribution_ports[$1]}"
  pids[$1]=$node_pid
  wait_for_node "$data/$1" "$node_pid"
}
stop() {
  set +e
  trap - EXIT
  for n in 1 2 3; do kill_member "$n"; done
  [ -z "$epmd_pid" ] || kill -TERM "$epmd_pid" 2>/dev/null
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$data/.erlang.cookie"
chmod 400 "$data/.erlang.cookie"
start_epmd
for n in 1 2 3; do
  ports[$n]=$(free_port); distribution_ports[$n]=$(free_port)
  mkdir "$data/$n"
  cat > "$data/$n/rabbitmq.conf" <<CONF
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = warren1@localhost
cluster_formation.classic_config.nodes.2 = warren2@localhost
cluster_formation.classic_config.nodes.3 = warren3@localhost
CONF
done
for n in 1 2 3; do start_member "$n"; done
echo "ready ${ports[1]} ${ports[2]} ${ports[3]}"
while read -r word argument; do
  case "$word $argument" in
    "kill "[123]) kill_member "$argument" ;;
    "start "[123]) start_member "$argument" ;;
    "alarm "*) raise_alarm "$data/1" warren1 "$argument" ;;
    *) echo "cluster.sh: '$word $argument' is not a command" >&2 ;;
  esac
  echo "done"
done

#!/usr/bin/env bash
# A private RabbitMQ for one command: own free loopback port, own data folder, own epmd; gone when the command ends.
#
#   rabbitmq.sh [--port PORT] [--data DIR] run COMMAND [ARGUMENT...]
#   rabbitmq.sh [--port PORT] [--data DIR] obey
#
# The command finds amqp://guest:guest@127.0.0.1:PORT/ in WARREN_URI; its exit code is the script's. With --data the folder
# is kept, so a broker started later on the same folder has the same durable queues. Needs Debian's rabbitmq-server, works as
# any user, uses no service manager, and never touches a RabbitMQ that already runs on the machine. For a shell beside it:
#
#   rabbitmq.sh run bash -c 'echo "$WARREN_URI"; exec cat'     # until Ctrl+D
#
# "obey" prints "ready URI", then obeys lines of standard input until it ends, and answers each with "done":
#   alarm MILLISECONDS    a memory alarm for so long: publishers are blocked
#   raise memory|disk     an alarm that stands until
#   clear memory|disk
#   lead QUEUE            waits up to a minute until a quorum queue of the virtual host / has a leader; no such queue is fine
#   close REASON          closes every connection, as an operator does
set -euo pipefail

usage() { sed -n 's/^#   //p' "$0" >&2; exit 64; }
port=""; data=""; keep=no; obeys=no
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=${2:?}; shift 2 ;;
    --data) data=${2:?}; keep=yes; shift 2 ;;
    run) shift; break ;;
    obey) obeys=yes; shift; break ;;
    *) usage ;;
  esac
done
[ $# -gt 0 ] || [ $obeys = yes ] || usage
. "$(dirname "$0")/node.sh"

[ -n "$port" ] || port=$(free_port)
[ -n "$data" ] || data=$(mktemp -d "${TMPDIR:-/tmp}/warren-rabbitmq-XXXXXX")
mkdir -p "$data"
data=$(cd "$data" && pwd)

server_pid=""; command_pid=""
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

obey() {
  echo "ready $1"
  while read -r word argument; do
    case $word in
      alarm) raise_alarm "$data" warren "$argument" ;;
      raise) eval_on "$data" warren "rabbit_alarm:set_alarm({{resource_limit, $argument, node()}, []}), gen_event:which_handlers(rabbit_alarm)." ;;
      clear) eval_on "$data" warren "rabbit_alarm:clear_alarm({resource_limit, $argument, node()}), gen_event:which_handlers(rabbit_alarm)." ;;
      lead) eval_on "$data" warren "Q = list_to_atom(\"%2F_$argument\"), whereis(Q) =:= undefined orelse ({ok, _, _} = ra:members({Q, node()}, 60000))." ;;
      close) (of_node "$data" warren "$programs/rabbitmqctl" --silent close_all_connections "$argument" >/dev/null) ;;
      *) echo "rabbitmq.sh: '$word' is not a command" >&2 ;;
    esac
    echo "done"
  done
}

start_epmd
start_node "$data" warren "$port" "$(free_port)"
server_pid=$node_pid
wait_for_node "$data" "$server_pid"

# In the background and waited for, so that a signal to this script is heard while the command runs.
export WARREN_URI="amqp://guest:guest@127.0.0.1:$port/"

# For whoever changes the broker: rabbitmqctl of this node.
cat > "$data/control" <<EOF
#!/usr/bin/env bash
. "$(cd "$(dirname "$0")" && pwd)/node.sh"
data="$data"; epmd_port=$epmd_port
of_node "$data" warren "\$programs/rabbitmqctl" "\$@"
EOF
export WARREN_CONTROL="bash $data/control"
if [ $obeys = yes ]; then obey "$WARREN_URI" <&0 & else "$@" <&0 & fi
command_pid=$!
code=0
wait "$command_pid" || code=$?
command_pid=""
exit "$code"

#!/usr/bin/env bash
# Runs the six tutorials, unchanged, against one broker, and crosses RPC clients and servers of every language:
#
#   run.sh [--foreign-only] warren|rabbitmq|HOST:PORT
#
# The programs are not part of this project: they are looked for in ../shared/tutorials beside the checkout, or in
# WARREN_TUTORIALS. Warren's own fib server and client (samples/6-rpc) join as the fifth language, except with --foreign-only.
# Prints a row per scenario and the sum; exit code 0 only when every row passes, 66 when the programs are not there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tutorials=${WARREN_TUTORIALS:-$root/../shared/tutorials}
foreign_only=no
if [ "${1:-}" = --foreign-only ]; then foreign_only=yes; shift; fi
broker=${1:-}

case $broker in
  warren | rabbitmq | *:*) ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 64 ;;
esac
if [ ! -f "$tutorials/run.py" ]; then
  echo "tutorials: no programs in $tutorials (set WARREN_TUTORIALS)" >&2
  exit 66
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/warren-tutorials-XXXXXX")
broker_pid=""
stop() {
  set +e # Whatever fails here, the rest is still done.
  trap - EXIT
  if [ -n "$broker_pid" ]; then kill -TERM "$broker_pid" 2>/dev/null; wait "$broker_pid"; fi
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

# Builds a program into its own folder and prints the command that runs it.
built() {
  dotnet build "$root/$1" -c Release -o "$work/$2" -v q --nologo >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; return 1; }
  local config
  config=$(find "$work/$2" -maxdepth 1 -name '*.runtimeconfig.json' | head -n 1)
  echo "dotnet ${config%.runtimeconfig.json}.dll"
}

own=()
if [ "$foreign_only" = no ]; then
  server=$(built samples/6-rpc/RpcServer server)
  client=$(built samples/6-rpc/RpcClient client)
  printf 'warren\t%s\n' "$server" >"$work/servers"
  printf 'warren\t%s\n' "$client" >"$work/clients"
  own=(--servers "$work/servers" --clients "$work/clients")
fi

# Prepares the programs for the broker of WARREN_URI, which is where Warren's own look for it too, and runs them.
run_matrix() {
  local address=${WARREN_URI##*@}
  address=${address%%/*}
  "$tutorials/prepare.sh" "${address%:*}" "${address##*:}" "$work/programs" >"$work/prepare.log" 2>&1 || { cat "$work/prepare.log" >&2; return 1; }
  /usr/bin/python3 "$tutorials/run.py" "$work/programs" "$@"
}

start_warren() {
  local command port
  command=$(built src/Warren.Cli broker)
  port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  $command broker --ephemeral --port "$port" >"$work/broker.log" 2>&1 </dev/null &
  broker_pid=$!
  for _ in $(seq 300); do
    if grep -q "Listening on" "$work/broker.log"; then export WARREN_URI="amqp://guest:guest@127.0.0.1:$port/"; return; fi
    kill -0 "$broker_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/broker.log" >&2
  echo "tutorials: Warren's broker did not start" >&2
  return 1
}

case $broker in
  warren)
    start_warren
    run_matrix "${own[@]}"
    ;;
  rabbitmq)
    export -f run_matrix
    export work tutorials
    "$here/../rabbitmq/rabbitmq.sh" run bash -c 'run_matrix "$@"' run_matrix "${own[@]}"
    ;;
  *)
    export WARREN_URI="amqp://guest:guest@$broker/"
    run_matrix "${own[@]}"
    ;;
esac

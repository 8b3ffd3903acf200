#!/usr/bin/env bash
# Other people's test suites and programs, unchanged, against Warren and against a private RabbitMQ, compared test by test:
#
#   run.sh [--only SUITE,SUITE] warren|rabbitmq|both
#
# Prints "suite | test | warren | rabbitmq" for each test and "N passed, N failed". A test fails when the two brokers differ, or, with one broker, when
# it does not pass; except what exceptions.txt explains. A test that fails on both is shown, and counts as passed: the brokers are alike. What the
# machine lacks is skipped aloud; with CI=true it is a failure. Exit code 0 only when nothing failed. What the suites said is kept in the folder
# WARREN_SUITE_LOGS, if that is set, when something fails.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
suites=(go-amqp091 go-streadway rabbitmq-c amqplib-tests amqplib-examples official-client masstransit)
if [ "${1:-}" = --only ]; then IFS=, read -ra suites <<<"${2:?}"; shift 2; fi
case ${1:-} in
  warren | rabbitmq) brokers=("$1") ;;
  both) brokers=(warren rabbitmq) ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 64 ;;
esac

WORK=$(mktemp -d "${TMPDIR:-/tmp}/warren-suites-XXXXXX")
export WORK here
broker_pid=""; rabbitmq_pid=""; preparing=()
stop() {
  set +e # Whatever fails here, the rest is still done.
  trap - EXIT
  if [ -n "$broker_pid" ]; then kill -TERM "$broker_pid" 2>/dev/null; wait "$broker_pid"; fi
  if [ -n "$rabbitmq_pid" ]; then kill -TERM "$rabbitmq_pid" 2>/dev/null; wait "$rabbitmq_pid"; fi
  local pid
  for pid in "${preparing[@]}"; do kill -TERM "$pid" 2>/dev/null; wait "$pid"; done
  rm -rf "$WORK"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

script_of() {
  case $1 in
    go-*) echo "$here/go.sh" ;;
    rabbitmq-c) echo "$here/tools.sh" ;;
    amqplib-*) echo "$here/amqplib.sh" ;;
    official-client | masstransit) echo "$here/dotnet.sh" ;;
    *) echo "suites: there is no suite '$1'" >&2; exit 64 ;;
  esac
}

# What a suite needs, and Warren's broker as the suite "broker"; the exit code and what was said go to files.
prepare() {
  local suite
  for suite in "$@"; do
    case $suite in
      broker) dotnet build "$root/src/Warren.Cli" -c Release -o "$WORK/broker" -p:RunAnalyzers=false -v q --nologo ;;
      *) "$(script_of "$suite")" prepare "$suite" ;;
    esac >"$WORK/prepare-$suite.log" 2>&1
    echo $? >"$WORK/prepare-$suite.code"
  done
}

# Those of the suites whose script is one of these.
with_script() {
  local suite name
  for suite in "${suites[@]}"; do
    for name in "$@"; do [ "$(script_of "$suite")" != "$here/$name.sh" ] || echo "$suite"; done
  done
}

# Every suite that can run, one after the other, against the broker of WARREN_URI, which may start while they are prepared.
run_suites() {
  local broker=$1 suite script able
  export OUT=$WORK/$broker
  mkdir -p "$OUT"
  until [ -e "$WORK/able" ]; do kill -0 "$RUN" 2>/dev/null || return; sleep 0.1; done
  read -ra able <"$WORK/able"
  for suite in "${able[@]}"; do
    script=$(script_of "$suite")
    local began=$SECONDS
    "$script" run "$suite" >"$WORK/$broker-$suite.log" 2>&1 </dev/null
    echo "$broker: $suite took $((SECONDS - began)) s"
  done
}
export -f run_suites script_of
export RUN=$$

on_warren() {
  local port
  port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  dotnet "$WORK/broker/Warren.Cli.dll" broker --ephemeral --port "$port" --memory-limit 256MiB >"$WORK/broker.log" 2>&1 </dev/null &
  broker_pid=$!
  for _ in $(seq 300); do
    grep -q "Listening on" "$WORK/broker.log" && break
    kill -0 "$broker_pid" 2>/dev/null || break
    sleep 0.1
  done
  grep -q "Listening on" "$WORK/broker.log" || { cat "$WORK/broker.log" >&2; echo "suites: Warren's broker did not start" >&2; exit 1; }
  WARREN_URI="amqp://guest:guest@127.0.0.1:$port/" run_suites warren
  kill -TERM "$broker_pid" 2>/dev/null; wait "$broker_pid"; broker_pid=""
}
on_rabbitmq() { exec "$here/../../rabbitmq/rabbitmq.sh" run bash -c 'run_suites rabbitmq'; }

for suite in "${suites[@]}"; do script_of "$suite" >"$WORK/scripts" || exit; done # No suite is misspelt.
lacking=0
if [[ " ${brokers[*]} " == *" rabbitmq "* ]] && ! command -v rabbitmq-server >/dev/null && [ ! -d /usr/lib/rabbitmq ]; then
  echo "missing: rabbitmq-server"
  if [ "${CI:-}" = true ]; then lacking=$((lacking + 1)); else echo "SKIPPED rabbitmq"; fi
  brokers=("${brokers[@]/rabbitmq/}")
fi

# RabbitMQ starts while everything is prepared, what needs different tools at the same time. Tests run when all of that is over: they have the machine
# to themselves, but for the other broker's, and most of them wait more than they work.
if [[ " ${brokers[*]} " == *" rabbitmq "* ]]; then on_rabbitmq & rabbitmq_pid=$!; fi
prepare $(with_script go) & preparing+=($!)
prepare $(with_script amqplib tools) & preparing+=($!)
if [[ " ${brokers[*]} " == *" warren "* ]]; then prepare broker & preparing+=($!); fi
prepare $(with_script dotnet)
wait "${preparing[@]}"
preparing=()
echo "prepared after $SECONDS s"

able=()
for suite in "${suites[@]}"; do
  if [ "$(cat "$WORK/prepare-$suite.code")" = 0 ]; then able+=("$suite"); continue; fi
  cat "$WORK/prepare-$suite.log"
  if grep -q '^missing: ' "$WORK/prepare-$suite.log" && [ "${CI:-}" != true ]; then echo "SKIPPED $suite"; else echo "FAIL $suite cannot run"; lacking=$((lacking + 1)); fi
done
if [[ " ${brokers[*]} " == *" warren "* ]] && [ "$(cat "$WORK/prepare-broker.code")" != 0 ]; then cat "$WORK/prepare-broker.log" >&2; exit 1; fi
echo "${able[*]}" >"$WORK/able.new" && mv "$WORK/able.new" "$WORK/able" # All of it is there at once.
[[ " ${brokers[*]} " != *" warren "* ]] || on_warren
[ -z "$rabbitmq_pid" ] || wait "$rabbitmq_pid"
rabbitmq_pid=""

/usr/bin/python3 "$here/compare.py" "$WORK" "$here/exceptions.txt" "$lacking" "${able[*]}" ${brokers[*]}
code=$?
if [ $code -ne 0 ] && [ -n "${WARREN_SUITE_LOGS:-}" ]; then mkdir -p "$WARREN_SUITE_LOGS" && cp "$WORK"/*.log "$WARREN_SUITE_LOGS"; fi
exit $code

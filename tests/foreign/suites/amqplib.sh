#!/usr/bin/env bash
# The npm package amqplib, as it is: "tests" are its own tests against a broker, "examples" its example programs in both of its APIs.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$WORK/amqplib

if [ "$1" = prepare ]; then
  command -v node >/dev/null && command -v npm >/dev/null || { echo "missing: node and npm"; exit 66; }
  [ -d "$folder/node_modules/amqplib" ] && exit 0
  mkdir -p "$folder" && cp "$here"/amqplib/* "$folder" && cd "$folder" || exit 1
  timeout 120 npm install --no-audit --no-fund --silent || { echo "missing: npm cannot fetch amqplib"; exit 66; }
  exit 0
fi

package=$folder/node_modules/amqplib
export NODE_OPTIONS="--require $folder/redirect.js"
if [ "$2" = amqplib-tests ]; then
  cd "$package" || exit 1
  URL=${WARREN_URI%/} timeout --kill-after=5 120 "$folder/node_modules/.bin/mocha" -u tdd --exit --timeout 10000 --reporter json \
    test/connect.js test/channel_api.js test/callback_api.js >"$OUT/mocha.json" 2>"$OUT/mocha.errors"
  node "$folder/results.js" <"$OUT/mocha.json" || { cat "$OUT/mocha.errors"; echo "result FAIL mocha"; }
  exit 0
fi

cd "$package/examples" || exit 1
program() { timeout --kill-after=5 20 node "$@"; }
delete_queue() { program -e "require('amqplib').connect('amqp://localhost').then(async c => { const h = await c.createChannel(); await h.deleteQueue('$1'); await c.close(); })"; }
# waits FILE TEXT...: until all the texts stand in the file.
waits() {
  local file=$1 i text missing; shift
  for i in $(seq 150); do
    missing=""
    for text in "$@"; do grep -qF -- "$text" "$file" || missing=$text; done
    [ -z "$missing" ] && return 0
    sleep 0.1
  done
  echo "not said: $missing"; cat "$file"; return 1
}
# pair NAME CONSUMER READY PRODUCER TEXT...: the consumer says what the producer makes it say, the texts, and ends well when it is interrupted.
pair() {
  local name=$1 consumer=$2 ready=$3 producer=$4 ok=pass pid file=$OUT/example-$1; shift 4
  node $consumer >"$file" 2>&1 &
  pid=$!
  waits "$file" "$ready" && program $producer && waits "$file" "$@" || ok=FAIL
  kill -INT $pid 2>/dev/null
  ( sleep 10; kill -KILL $pid ) 2>/dev/null & local guard=$!
  wait $pid || { echo "$name: the consumer ended with $?"; ok=FAIL; }
  kill $guard 2>/dev/null
  echo "result $ok $name"
}
# says NAME TEXT PROGRAM...
says() { local name=$1 text=$2 said; shift 2; said=$(program "$@" 2>&1 </dev/null); if grep -qF -- "$text" <<<"$said"; then echo "result pass $name"; else echo "$said"; echo "result FAIL $name"; fi; }

for api in tutorials tutorials/callback_api; do
  kind=${api##*/}
  pair "$kind-hello" $api/receive.js "To exit" $api/send.js "Received 'Hello World!'"
  pair "$kind-work" $api/worker.js "To exit" "$api/new_task.js task." "Received 'task.'" "Done"
  pair "$kind-pubsub" $api/receive_logs.js "To exit" "$api/emit_log.js everybody" "everybody"
  pair "$kind-routing" "$api/receive_logs_direct.js warning error" "To exit" "$api/emit_log_direct.js error broken" "error:'broken'"
  pair "$kind-topics" "$api/receive_logs_topic.js kern.* #.critical" "To exit" "$api/emit_log_topic.js a.b.critical deep" "a.b.critical:'deep'"
  pair "$kind-rpc" $api/rpc_server.js "Awaiting" "$api/rpc_client.js 30" "fib(30)"
done
pair direct-reply-to direct_reply_to_server.js "To exit" direct_reply_to_client.js "[X] ping"
says wait-for-confirms "All messages done" waitForConfirms.js
headers() {
  local file=$OUT/example-headers
  timeout -s INT 20 node headers.js >"$file" 2>&1 & local pid=$!
  for _ in $(seq 100); do [ "$(grep -cx hello "$file")" -ge 2 ] && break; sleep 0.1; done
  kill -INT $pid; wait $pid
  if [ "$(grep -v exit "$file" | paste -sd' ')" = "hello hello" ]; then echo "result pass headers"; else cat "$file"; echo "result FAIL headers"; fi
}
headers
delete_queue hello
says generators-send "Sent 'Hello World!'" send_generators.js
delete_queue hello

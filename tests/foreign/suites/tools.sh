#!/usr/bin/env bash
# rabbitmq-c's tools, as Debian has them: what they print, in which order, and how they end.
set -uo pipefail

tools=(amqp-publish amqp-consume amqp-get amqp-declare-queue amqp-delete-queue)
if [ "$1" = prepare ]; then
  for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || { echo "missing: $tool (Debian: amqp-tools)"; exit 66; }; done
  exit 0
fi

export AMQP=${WARREN_URI%/} # They take amqp://user:password@host:port; a trailing slash would be the virtual host "".
tool() { local name=$1; shift; timeout 20 "$name" --url="$AMQP" "$@"; }
# expect NAME EXPECTED COMMAND...: what the command prints, its errors included, and its exit code.
expect() {
  local name=$1 expected=$2 said code; shift 2
  said=$("$@" 2>&1); code=$?
  said="$said|$code"
  if [[ $said == $expected ]]; then echo "result pass $name"; else printf '%s: expected %q, got %q\n' "$name" "$expected" "$said"; echo "result FAIL $name"; fi
}

three_lines() { printf 'one\ntwo\nthree\n' | tool amqp-publish -r tools-a --line-buffered; }
from_stdin() { printf 'whole\0body' | tool amqp-publish -r tools-a -C application/octet-stream -E none -t somewhere -H 'key: value'; }
octets_of() { tool amqp-get -q tools-a | od -An -c | tr -d ' \n'; }
# amqp-consume takes what looks like an option of the command for its own, so commands are files.
script() { printf '#!/bin/sh\n%s\n' "$2" >"$OUT/tools-$1"; chmod +x "$OUT/tools-$1"; }
script dotted 'cat; echo .'
script lined 'cat; echo'
script failing 'cat; exit 1'

consume_two() { tool amqp-consume -q tools-a -c 2 -p 1 "$OUT/tools-dotted"; }
# Where the command fails, amqp-consume does not acknowledge: the message is there again afterwards.
consume_with_failure() { tool amqp-consume -q tools-a -c 1 "$OUT/tools-failing"; }
consume_again() { tool amqp-consume -q tools-a -c 1 cat; }
consume_no_ack() { tool amqp-consume -q tools-a -A -c 1 cat; }
bound() {
  tool amqp-consume -e amq.topic -r 'tools.#' -x -c 2 "$OUT/tools-lined" >"$OUT/tools-bound" 2>&1 &
  local consumer=$! i
  for i in $(seq 100); do # The binding is there when the first one comes.
    tool amqp-publish -e amq.topic -r tools.x.y -b bound || return
    kill -0 $consumer 2>/dev/null || break
    sleep 0.1
  done
  wait $consumer; local code=$?
  grep bound "$OUT/tools-bound"
  return $code
}
passive() { tool amqp-consume -q tools-none -c 1 cat; }

tool amqp-delete-queue -q tools-a >/dev/null 2>&1
expect declare-durable 'tools-a|0' tool amqp-declare-queue -q tools-a -d
expect declare-again 'tools-a|0' tool amqp-declare-queue -q tools-a -d
expect declare-other-durability '*server channel error 406, message: PRECONDITION_FAILED - inequivalent arg '\''durable'\'' for queue '\''tools-a'\'' in vhost '\''/'\'': received '\''false'\'' but current is '\''true'\''*|1' \
  tool amqp-declare-queue -q tools-a
expect declare-server-named 'amq.gen-??????????????????????|0' tool amqp-declare-queue -q ''
expect get-empty '|2' tool amqp-get -q tools-a
expect publish-lines '|0' three_lines
expect get-first 'one|0' tool amqp-get -q tools-a
expect consume-two $'two\n.\nthree\n.|0' consume_two
expect publish-properties '|0' from_stdin
expect get-octets 'whole\\0body|0' octets_of
expect publish-persistent '|0' tool amqp-publish -r tools-a -p -b kept
expect delete-if-empty-of-full '*406, message: PRECONDITION_FAILED - queue '\''tools-a'\'' in vhost '\''/'\'' not empty*|1' tool amqp-delete-queue -q tools-a -e
expect consume-with-a-failing-command 'kept|0' consume_with_failure
expect consume-again 'kept|0' consume_again
expect publish-default-exchange '|0' tool amqp-publish -r tools-a -b gone
expect consume-no-ack 'gone|0' consume_no_ack
expect consume-bound-exclusive $'bound\nbound|0' bound
expect publish-missing-exchange '*|?' tool amqp-publish -e tools-none -r x -b lost
expect consume-missing-queue '*404, message: NOT_FOUND - no queue '\''tools-none'\'' in vhost '\''/'\''*|1' passive
expect get-missing-queue '*404, message: NOT_FOUND - no queue '\''tools-none'\'' in vhost '\''/'\''*|1' tool amqp-get -q tools-none
expect login-refused '*403*ACCESS_REFUSED*|1' timeout 20 amqp-get --url="${AMQP/guest:guest/guest:wrong}" -q tools-a
expect delete-counts '0|0' tool amqp-delete-queue -q tools-a
expect delete-missing '0|0' tool amqp-delete-queue -q tools-a

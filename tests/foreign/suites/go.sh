#!/usr/bin/env bash
# The integration tests of Debian's two Go clients, as they are: every test of integration_test.go and connection_test.go. "prepare" compiles them.
# None of them needs rabbitmqctl or docker (that is in their examples, which are not run).
set -uo pipefail
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS=-buildvcs=false

source_of() { case $1 in go-amqp091) echo github.com/rabbitmq/amqp091-go ;; go-streadway) echo github.com/streadway/amqp ;; esac; }
package=$(source_of "$2")
folder=$GOPATH/src/$package

if [ "$1" = prepare ]; then
  command -v go >/dev/null || { echo "missing: go (Debian: golang-go)"; exit 66; }
  [ -d "$folder" ] || { echo "missing: $package (Debian: golang-github-rabbitmq-amqp091-go-dev, golang-github-streadway-amqp-dev)"; exit 66; }
  go test -tags integration -c -o "$WORK/$2.test" "$package" 2>&1
  exit
fi

# One of them opens all the channels that a connection may have: RabbitMQ takes most of a minute for that, and longer on a machine that has more to do.
names=$(grep -ho '^func Test[A-Za-z0-9_]*' "$folder/integration_test.go" "$folder/connection_test.go" | sed 's/^func //' | grep -v '^TestMain$' | sort -u)
cd "$folder" || exit 1
AMQP_URL=$WARREN_URI timeout --kill-after=5 250 "$WORK/$2.test" -test.v -test.timeout 240s -test.run "^($(paste -sd'|' <<<"$names"))\$" >"$OUT/$2.said" 2>&1
cat "$OUT/$2.said"
# A test that did not get its turn, because another one took everything down, did not pass.
for name in $names; do
  if grep -q "^--- PASS: $name " "$OUT/$2.said"; then echo "result pass $name"
  elif grep -q "^--- SKIP: $name " "$OUT/$2.said"; then echo "result skip $name"
  else echo "result FAIL $name"; fi
done

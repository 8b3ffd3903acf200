"""Calls the contract ILedger (rpc.ledger) by docs/wire.md alone: contract_client.py, or contract_client.py expire when no server runs.
Broker: WARREN_URI; its address: WARREN_QUEUE."""
import json
import os
import sys
import time
import uuid

import pika

ADDRESS = os.environ.get("WARREN_QUEUE", "rpc.ledger")
CREDIT = 4
TIMEOUT_MS = 20_000

connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"]))
channel = connection.channel()
replies_to = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
for exchange in ("warren.rpc", "warren.rpc.dead"):
    channel.exchange_declare(exchange, "direct", durable=True)
channel.queue_bind(replies_to, "warren.rpc.dead", replies_to)
calls = 0


def send(method, arguments, exchange="warren.rpc", key=ADDRESS, timeout_ms=TIMEOUT_MS, headers=None, **properties):
    """Publishes a request (section 3), and returns its correlation id."""
    global calls
    calls += 1
    headers = {"rpc-timeout-ms": timeout_ms, "rpc-sent-at": int(time.time() * 1000), **(headers or {})}
    if method:
        headers["rpc-method"] = method
    if exchange == "warren.rpc":
        headers["BCC"] = [replies_to]
    properties = {"correlation_id": f"{calls:016x}", "reply_to": replies_to, **properties}
    request = pika.BasicProperties(content_type="application/json", expiration=str(timeout_ms), headers=headers, **properties)
    channel.basic_publish(exchange, key, json.dumps(arguments), request, mandatory=True)
    return request.correlation_id


def receive(correlation_id):
    """The next reply to this call, as headers and text; what is none is dropped."""
    for _method, properties, body in channel.consume(replies_to, auto_ack=True, inactivity_timeout=30):
        if properties is None:
            sys.exit("no reply")
        if properties.correlation_id == correlation_id and "rpc-control" not in (properties.headers or {}):
            return properties.headers or {}, body.decode()


def show(method, arguments, **options):
    """Section 4."""
    headers, body = receive(send(method, arguments, **options))
    if "x-death" in headers and "rpc-status" not in headers:
        print(f" [.] {method} dropped: {headers['x-death'][0]['reason']} in {headers['x-death'][0]['queue']}", flush=True)
    elif "rpc-status" in headers:
        print(f" [.] {method} {headers['rpc-status']} {headers['rpc-outcome']} {headers.get('rpc-fault', '-')} {json.loads(body).get('data')}", flush=True)
    else:
        print(f" [.] {method} {body}", flush=True)
    return body


def stream(to, enough):
    """Section 5: at most CREDIT items are on their way; after ENOUGH of them it is cancelled."""
    call = send("Count", {"to": to}, headers={"rpc-credit": CREDIT})
    items, taken = {}, 0
    while True:
        headers, body = receive(call)
        if "rpc-item" not in headers:
            print(f" [.] Count ends after {headers.get('rpc-end')}: {sum(items.values())}", flush=True)
            return
        items[headers["rpc-item"]] = int(body)
        assert len(items) <= taken + CREDIT, "more came than was granted"
        if len(items) == enough:
            control(headers["rpc-control-queue"], call, {"rpc-control": "cancel"})
            print(f" [.] Count cancelled after {enough}", flush=True)
            return
        if len(items) == taken + CREDIT:
            taken += CREDIT
            control(headers["rpc-control-queue"], call, {"rpc-control": "credit", "rpc-credit": CREDIT})


def control(queue, call, headers):
    channel.basic_publish("", queue, "", pika.BasicProperties(correlation_id=call, reply_to=replies_to, headers=headers))


if sys.argv[1:] == ["expire"]:
    show("Add", {"a": 1}, timeout_ms=100)
else:
    show("Add", {"a": 40, "b": 2})
    show("Add", {"a": 41})  # The parameter's default.
    show("Add", {"a": "41"})
    show("Steal", {})
    show("Withdraw", {"account": "ann", "amount": 1.5})
    show("Withdraw", {"account": "ann", "amount": 10})
    stream(to=100, enough=1000)
    stream(to=1000, enough=10)
    safe = {"key": ADDRESS + ".safe", "message_id": str(uuid.uuid4()), "delivery_mode": 2}
    first = show("Next", {}, **safe)
    again = show("Next", {}, headers={"rpc-attempt": 2}, **safe)
    print(" [.] Next was answered twice and ran once" if first == again else " [.] Next ran twice", flush=True)
    send("Note", {"line": "from Python"}, key=ADDRESS + ".safe", message_id=str(uuid.uuid4()), delivery_mode=2, reply_to=None, correlation_id=None, headers={})
    show("Add", {"a": 1, "b": 1}, exchange="warren.rpc.control", headers={"rpc-control": "call"})
    _headers, about = receive(send(None, {}, exchange="warren.rpc.control", headers={"rpc-control": "info"}))
    print(" [.] Info", json.loads(about)["service"], sorted(method["name"] for method in json.loads(about)["methods"]), flush=True)
connection.close()

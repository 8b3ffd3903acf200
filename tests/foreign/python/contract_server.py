"""Serves the contract ILedger (rpc.ledger) by docs/wire.md alone. Broker: WARREN_URI; its address: WARREN_QUEUE."""
import json
import os
import time

import pika
import pika.exceptions

ADDRESS = os.environ.get("WARREN_QUEUE", "rpc.ledger")
PERSISTENT = 2


class Fault(Exception):
    def __init__(self, status, outcome, detail, name=None, data=None):
        self.headers = {"rpc-status": status, "rpc-outcome": outcome, "rpc-detail": detail}
        body = {"status": status, "outcome": outcome, "detail": detail}
        if name:
            self.headers["rpc-fault"] = name
            body |= {"fault": name, "data": data}
        self.body = json.dumps(body)


# --- The service -----------------------------------------------------------------------------------------------------

ids = 0


def add(a, b=1):
    return str(a + b), "text/plain"


def withdraw(account, amount):
    if amount > 3.5:
        raise Fault("FailedPrecondition", "Executed", "not enough money", "Shortage", {"missing": amount - 3.5})
    return json.dumps({"account": account, "amount": -amount}), "application/json"


def next_id():
    global ids
    ids += 1
    return str(ids), "text/plain"


def note(line):
    print(" [.] Noted", line, flush=True)
    return "", None


METHODS = {"Add": add, "Withdraw": withdraw, "Next": next_id, "Note": note}
INFO = [{"name": name, "kind": "Call", "idempotent": False} for name in ("Add", "Withdraw", "Next")]
INFO += [{"name": "Count", "kind": "Stream", "idempotent": False}, {"name": "Note", "kind": "OneWay", "idempotent": False}]

# --- What stands for it at the broker (section 2, section 7) ----------------------------------------------------------

connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"]))
channel = connection.channel()
confirmed = connection.channel()
confirmed.confirm_delivery()
for exchange in ("warren.rpc", "warren.rpc.dead", "warren.rpc.control"):
    channel.exchange_declare(exchange, "direct", durable=True)
for queue, limit in ((ADDRESS, 0), (ADDRESS + ".safe", 20)):
    arguments = {"x-dead-letter-exchange": "warren.rpc.dead", "x-queue-type": "quorum", "x-delivery-limit": limit}
    channel.queue_declare(queue, durable=True, arguments=arguments)
    channel.queue_bind(queue, "warren.rpc", queue)
instance = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
channel.queue_bind(instance, "warren.rpc.control", ADDRESS)
channel.queue_bind(instance, "warren.rpc.control", "*")

# --- Requests (section 3, section 4) ----------------------------------------------------------------------------------


def run(properties, body):
    headers = properties.headers or {}
    name = headers.get("rpc-method")
    if name not in METHODS:
        raise Fault("Unimplemented", "NotExecuted", f"{ADDRESS} has no method {name}")
    if time_left_ms(properties) <= 0:
        raise Fault("DeadlineExceeded", "NotExecuted", "too late")
    try:
        arguments = json.loads(body or "{}")
        return METHODS[name](**arguments)
    except (ValueError, TypeError) as error:
        raise Fault("InvalidArgument", "NotExecuted", str(error)) from error


def time_left_ms(properties):
    headers = properties.headers or {}
    timeout = headers.get("rpc-timeout-ms")
    if timeout is None:
        return int(properties.expiration) if properties.expiration else float("inf")
    age = max(0, time.time() * 1000 - headers.get("rpc-sent-at", time.time() * 1000))
    return timeout if age > timeout + 60_000 else timeout - age


def answer(properties, body):
    """The reply as body and properties, persistent or not as who sends it decides."""
    try:
        text, content_type = run(properties, body)
        return text, pika.BasicProperties(correlation_id=properties.correlation_id, content_type=content_type)
    except Fault as fault:
        return fault.body, faulty(properties, fault)


def faulty(properties, fault):
    return pika.BasicProperties(correlation_id=properties.correlation_id, content_type="application/json", headers=fault.headers)


def on_fast(_channel, method, properties, body):
    headers = properties.headers or {}
    if headers.get("rpc-method") == "Count":
        start_stream(method, properties, body)
        return
    if method.redelivered and "rpc-timeout-ms" in headers:
        lost = Fault("Unavailable", "MaybeExecuted", "the first server went away")
        text, reply = lost.body, faulty(properties, lost)
    else:
        text, reply = answer(properties, body)
    if properties.reply_to:
        channel.basic_publish("", properties.reply_to, text, reply)
    channel.basic_ack(method.delivery_tag)


# --- Safe requests (section 8) ----------------------------------------------------------------------------------------

stored = {}


def on_safe(_channel, method, properties, body):
    if properties.message_id not in stored:
        text, reply = answer(properties, body)
        if (reply.headers or {}).get("rpc-outcome", "Executed") == "Executed":
            stored[properties.message_id] = text, reply
    else:
        text, reply = stored[properties.message_id]
    if properties.reply_to:
        reply.delivery_mode = PERSISTENT
        reply.correlation_id = properties.correlation_id
        try:
            confirmed.basic_publish("", properties.reply_to, text, reply, mandatory=True)
        except pika.exceptions.UnroutableError:
            pass  # The caller is gone.
    channel.basic_ack(method.delivery_tag)


# --- Streams (section 5) ----------------------------------------------------------------------------------------------

streams = {}


def start_stream(method, properties, body):
    credit = (properties.headers or {}).get("rpc-credit", float("inf"))
    key = properties.reply_to, properties.correlation_id
    streams[key] = {"next": 0, "end": json.loads(body)["to"], "credit": credit, "tag": method.delivery_tag}
    go_on(key)


def go_on(key):
    reply_to, correlation_id = key
    stream = streams[key]
    while stream["next"] < stream["end"] and stream["credit"] > 0:
        headers = {"rpc-item": stream["next"], "rpc-control-queue": instance}
        item = pika.BasicProperties(correlation_id=correlation_id, content_type="text/plain", headers=headers)
        channel.basic_publish("", reply_to, str(stream["next"]), item)
        stream["next"] += 1
        stream["credit"] -= 1
    if stream["next"] == stream["end"]:
        end = pika.BasicProperties(correlation_id=correlation_id, headers={"rpc-end": stream["end"]})
        channel.basic_publish("", reply_to, "", end)
        channel.basic_ack(streams.pop(key)["tag"])


# --- Beside requests (section 7) --------------------------------------------------------------------------------------


def on_control(_channel, _method, properties, body):
    word = properties.headers.get("rpc-control")
    key = properties.reply_to, properties.correlation_id
    if word == "credit" and key in streams:
        streams[key]["credit"] += properties.headers["rpc-credit"]
        go_on(key)
    elif word == "cancel" and key in streams:
        stream = streams.pop(key)
        channel.basic_ack(stream["tag"])
        print(" [.] Cancelled, with some items to go" if stream["next"] < stream["end"] else " [.] Cancelled", flush=True)
    elif word == "call":
        text, reply = answer(properties, body)
        channel.basic_publish("", properties.reply_to, text, reply)
    elif word in ("ping", "info"):
        about = {"service": ADDRESS, "instance": "python", "version": "", "host": "", "process": os.getpid()}
        about |= {"methods": INFO, "prefetch": 10} if word == "info" else {}
        reply = pika.BasicProperties(correlation_id=properties.correlation_id, content_type="application/json")
        channel.basic_publish("", properties.reply_to, json.dumps(about), reply)


channel.basic_qos(prefetch_count=10)
channel.basic_consume(ADDRESS, on_fast)
channel.basic_consume(ADDRESS + ".safe", on_safe)
channel.basic_consume(instance, on_control, auto_ack=True, exclusive=True)
print(" [x] Awaiting RPC requests", flush=True)
channel.start_consuming()

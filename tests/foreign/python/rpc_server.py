"""Serves fib on rpc_queue, as the RPC tutorial does. Broker: WARREN_URI; queue: WARREN_QUEUE."""
import os

import pika

QUEUE = os.environ.get("WARREN_QUEUE", "rpc_queue")


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def on_request(channel, method, properties, body):
    reply = pika.BasicProperties(correlation_id=properties.correlation_id, content_type="text/plain")
    channel.basic_publish("", properties.reply_to, str(fib(int(body))), reply)
    channel.basic_ack(method.delivery_tag)


channel = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"])).channel()
channel.queue_declare(QUEUE)
channel.basic_qos(prefetch_count=1)
channel.basic_consume(QUEUE, on_request)
print(" [x] Awaiting RPC requests", flush=True)
channel.start_consuming()

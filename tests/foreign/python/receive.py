"""Prints what arrives on the queue hello until it is stopped. Broker: WARREN_URI; queue: WARREN_QUEUE."""
import os

import pika

QUEUE = os.environ.get("WARREN_QUEUE", "hello")
channel = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"])).channel()
channel.queue_declare(QUEUE)
channel.basic_consume(QUEUE, lambda _channel, _method, _properties, body: print(" [x] Received", body.decode(), flush=True), auto_ack=True)
print(" [*] Waiting for messages", flush=True)
channel.start_consuming()

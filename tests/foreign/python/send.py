"""Sends one message to the queue hello: send.py [BODY]. Broker: WARREN_URI; queue: WARREN_QUEUE."""
import os
import sys

import pika

QUEUE = os.environ.get("WARREN_QUEUE", "hello")
connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"]))
channel = connection.channel()
channel.queue_declare(QUEUE)
body = " ".join(sys.argv[1:]) or "Hello World!"
channel.basic_publish("", QUEUE, body, pika.BasicProperties(content_type="text/plain"))
print(" [x] Sent", body, flush=True)
connection.close()

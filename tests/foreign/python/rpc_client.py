"""Calls fib on rpc_queue and prints the reply: rpc_client.py N. Broker: WARREN_URI; queue: WARREN_QUEUE."""
import os
import sys

import pika

connection = pika.BlockingConnection(pika.URLParameters(os.environ["WARREN_URI"]))
channel = connection.channel()
reply_to = channel.queue_declare("", exclusive=True).method.queue


def on_reply(channel, method, properties, body):
    if properties.correlation_id == "call-1":
        print(" [.] Got", body.decode(), flush=True)
        channel.stop_consuming()


channel.basic_consume(reply_to, on_reply, auto_ack=True)
request = pika.BasicProperties(correlation_id="call-1", reply_to=reply_to, content_type="text/plain")
channel.basic_publish("", os.environ.get("WARREN_QUEUE", "rpc_queue"), sys.argv[1], request)
channel.start_consuming()
connection.close()

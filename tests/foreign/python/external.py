"""Logs in by a certificate (EXTERNAL): external.py PORT AUTHORITY CERTIFICATE KEY. Prints what came of it."""
import ssl
import sys

import pika

port, authority, certificate, key = sys.argv[1:5]
context = ssl.create_default_context(cafile=authority)
context.load_cert_chain(certificate, key)
parameters = pika.ConnectionParameters(
    host="localhost", port=int(port), ssl_options=pika.SSLOptions(context, "localhost"), credentials=pika.credentials.ExternalCredentials())
try:
    connection = pika.BlockingConnection(parameters)
    print("opened", flush=True)
    connection.close()
except pika.exceptions.AMQPError as error:
    print(f"refused {error!r}", flush=True)

// Serves fib on rpc_queue, as the RPC tutorial does. Broker: WARREN_URI; queue: WARREN_QUEUE.
import amqp from "amqplib";

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

const connection = await amqp.connect(process.env.WARREN_URI);
const channel = await connection.createChannel();
const queue = process.env.WARREN_QUEUE ?? "rpc_queue";
await channel.assertQueue(queue, { durable: false });
await channel.prefetch(1);
await channel.consume(queue, (request) => {
  const { replyTo, correlationId } = request.properties;
  channel.sendToQueue(replyTo, Buffer.from(String(fib(Number(request.content)))), { correlationId, contentType: "text/plain" });
  channel.ack(request);
});
console.log(" [x] Awaiting RPC requests");

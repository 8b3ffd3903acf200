// Calls fib on rpc_queue and prints the reply: rpc_client.js N. Broker: WARREN_URI; queue: WARREN_QUEUE.
import amqp from "amqplib";

const connection = await amqp.connect(process.env.WARREN_URI);
const channel = await connection.createChannel();
const { queue: replyTo } = await channel.assertQueue("", { exclusive: true });
const correlationId = "call-1";
await channel.consume(replyTo, async (reply) => {
  if (reply.properties.correlationId !== correlationId) return;
  console.log(` [.] Got ${reply.content}`);
  await connection.close();
}, { noAck: true });
channel.sendToQueue(process.env.WARREN_QUEUE ?? "rpc_queue", Buffer.from(process.argv[2]), { correlationId, replyTo, contentType: "text/plain" });

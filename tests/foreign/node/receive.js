// Prints what arrives on the queue hello until it is stopped. Broker: WARREN_URI; queue: WARREN_QUEUE.
import amqp from "amqplib";

const connection = await amqp.connect(process.env.WARREN_URI);
const channel = await connection.createChannel();
const queue = process.env.WARREN_QUEUE ?? "hello";
await channel.assertQueue(queue, { durable: false });
await channel.consume(queue, (delivery) => console.log(` [x] Received ${delivery.content}`), { noAck: true });
console.log(" [*] Waiting for messages");

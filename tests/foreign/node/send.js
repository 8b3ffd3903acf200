// Sends one message to the queue hello: send.js [BODY]. Broker: WARREN_URI; queue: WARREN_QUEUE.
import amqp from "amqplib";

const connection = await amqp.connect(process.env.WARREN_URI);
const channel = await connection.createChannel();
const queue = process.env.WARREN_QUEUE ?? "hello";
await channel.assertQueue(queue, { durable: false });
const body = process.argv.slice(2).join(" ") || "Hello World!";
channel.sendToQueue(queue, Buffer.from(body), { contentType: "text/plain" });
console.log(` [x] Sent ${body}`);
await channel.close();
await connection.close();

// The examples say amqp://localhost and mean port 5672: this sends them to the broker of WARREN_URI, so that they run as they are.
const net = require('net');
const broker = new URL(process.env.WARREN_URI);
const connect = net.connect;
net.connect = (options, ...rest) =>
  connect(Number(options.port) === 5672 ? { ...options, host: broker.hostname, port: Number(broker.port) } : options, ...rest);

using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

var topic = args.Length == 0 ? "info" : args[0];
var body = args.Length == 0 ? "hello" : string.Join(' ', args);
await bus.PublishAsync(Exchange.Topic("logs_topic"), topic, body);
Console.WriteLine($"[x] sent {body}");

using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

var severity = args.Length == 0 ? "info" : args[0];
var body = args.Length == 0 ? "hello" : string.Join(' ', args);
await bus.PublishAsync(Exchange.Direct("logs_direct"), severity, body);
Console.WriteLine($"[x] sent {body}");

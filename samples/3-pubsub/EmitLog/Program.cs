using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

var body = args.Length == 0 ? "hello" : string.Join(' ', args);
await bus.PublishAsync(Exchange.Fanout("logs"), "", body);
Console.WriteLine($"[x] sent {body}");

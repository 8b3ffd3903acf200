using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

// Persistent, as in the tutorial; what makes a task outlive the broker is a durable queue besides: Queue.Durable("tasks").
var body = args.Length == 0 ? "hello" : string.Join(' ', args);
await bus.SendAsync("hello", body, new() { IsPersistent = true });
Console.WriteLine($"[x] sent {body}");

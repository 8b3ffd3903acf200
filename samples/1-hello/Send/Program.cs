using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

var body = "Hello World!";
await bus.SendAsync("hello", body);
Console.WriteLine($"[x] sent {body}");

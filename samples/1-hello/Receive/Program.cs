using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };

await using var receiver = await bus.ReceiveAsync("hello", (string body) => Console.WriteLine($"received a message:{body}"));

Console.WriteLine("[*] waiting for messages, to exit press ctrl+c");
await stop.Task;

using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };

// One task at a time for each worker. A task is done when this code has returned: a worker that is killed leaves it to another.
await using var worker = await bus.ReceiveAsync("hello", async (string body) =>
{
    Console.WriteLine($"received a message:{body}");
    await Task.Delay(TimeSpan.FromSeconds(body.Count(c => c == '.')));
    Console.WriteLine("Done");
});

Console.WriteLine("[*] waiting for messages, to exit press ctrl+c");
await stop.Task;

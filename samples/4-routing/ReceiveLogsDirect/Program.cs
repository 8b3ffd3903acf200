using Warren;

if (args.Length == 0)
{
    Console.WriteLine("Usage: ReceiveLogsDirect [info] [warning] [error]");
    return;
}

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };

await using var subscription = await bus.SubscribeAsync(Exchange.Direct("logs_direct"), args, (string body) => Console.WriteLine($" [x] {body}"));

Console.WriteLine("[*] waiting for messages, to exit press ctrl+c");
await stop.Task;

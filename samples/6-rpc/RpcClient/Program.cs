using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);

var n = int.Parse(args.Length == 0 ? "30" : args[^1], System.Globalization.CultureInfo.InvariantCulture);
Console.WriteLine($" [x] Requesting fib({n})");
Console.WriteLine($" [.] Got {await bus.CallAsync<int>("rpc_queue", n)}");

using Warren;

var uri = Environment.GetEnvironmentVariable("WARREN_URI") ?? "amqp://guest:guest@localhost:5672/";
await using var bus = await Bus.ConnectAsync(uri);
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.TrySetResult(); };

await using var server = await bus.ServeAsync("rpc_queue", (int n) =>
{
    Console.WriteLine($" [.] fib({n})");
    return Fib(n);
}, new() { Prefetch = 1 });

Console.WriteLine(" [x] Awaiting RPC requests");
await stop.Task;

static int Fib(int n) => n switch
{
    < 0 or > 46 => throw new RpcException(RpcStatus.InvalidArgument, $"fib({n}) is not a number of 32 bits: 0 to 46, please"),
    0 or 1 => n,
    _ => Fib(n - 1) + Fib(n - 2),
};

using System.Diagnostics;

namespace Warren.Cli.Demo;

/// <summary>The six tutorials in a line each: one side receives or serves, the other sends, publishes or calls.</summary>
internal static class SixPatterns
{
    public static async Task PlayAsync(Stage stage, Bus server, Bus client, Names names, string rpcQueue, CancellationToken stopping)
    {
        stage.Chapter("The six patterns");
        await TimedAsync(stage, "1 hello world", () => HelloAsync(server, client, names.Queue("hello"), stopping));
        await TimedAsync(stage, "2 work queue", () => WorkAsync(server, client, Queue.Durable(names.Queue("task_queue")), stopping));
        await TimedAsync(stage, "3 publish/subscribe", () => PublishAsync(server, client, Exchange.Fanout(names.Exchange("logs")), stopping));
        await TimedAsync(stage, "4 routing", () => RouteAsync(server, client, Exchange.Direct(names.Exchange("direct_logs")), stopping));
        await TimedAsync(stage, "5 topics", () => TopicsAsync(server, client, Exchange.Topic(names.Exchange("topic_logs")), stopping));
        await TimedAsync(stage, "6 calls (RPC)", async () => $"fib(30) = {await client.CallAsync<long>(rpcQueue, 30, cancellationToken: stopping)}");
    }

    private static async Task TimedAsync(Stage stage, string name, Func<Task<string>> play)
    {
        var start = Stopwatch.GetTimestamp();
        var told = await play();
        stage.Line(name, Stopwatch.GetElapsedTime(start), told);
    }

    private static async Task<string> HelloAsync(Bus server, Bus client, Queue queue, CancellationToken stopping)
    {
        var received = new Receipts("hello world", 1);
        await using var receiver = await server.ReceiveAsync(queue, (string text) => received.Add(text), cancellationToken: stopping);
        await client.SendAsync(queue, "Hello World!", cancellationToken: stopping);
        return $"sent and received: {string.Join(", ", await received.AllAsync(stopping))}";
    }

    private static async Task<string> WorkAsync(Bus server, Bus client, Queue queue, CancellationToken stopping)
    {
        const int tasks = 8;
        var done = new Receipts("work queue", tasks);
        Func<string, CancellationToken, Task> Worker(string name) => async (task, token) =>
        {
            await Task.Delay(5, token); // A task that takes a moment, or the first worker would be free for all of them.
            done.Add(name);
        };
        await using var first = await server.ReceiveAsync(queue, Worker("first"), cancellationToken: stopping);
        await using var second = await server.ReceiveAsync(queue, Worker("second"), cancellationToken: stopping);
        for (var i = 1; i <= tasks; i++)
            await client.SendAsync(queue, $"task {i}", cancellationToken: stopping);
        var workers = await done.AllAsync(stopping);
        return $"{tasks} persistent tasks, two workers: {workers.Count(name => name == "first")} + {workers.Count(name => name == "second")}";
    }

    private static async Task<string> PublishAsync(Bus server, Bus client, Exchange logs, CancellationToken stopping)
    {
        var received = new Receipts("publish/subscribe", 2);
        await using var first = await server.SubscribeAsync(logs, [""], (string text) => received.Add(text), cancellationToken: stopping);
        await using var second = await server.SubscribeAsync(logs, [""], (string text) => received.Add(text), cancellationToken: stopping);
        await client.PublishAsync(logs, "", "a log line", cancellationToken: stopping);
        return $"published once, received by {(await received.AllAsync(stopping)).Length} subscribers";
    }

    private static async Task<string> RouteAsync(Bus server, Bus client, Exchange logs, CancellationToken stopping)
    {
        var received = new Receipts("routing", 4);
        await using var file = await server.SubscribeAsync(logs, ["error"], (string _) => received.Add("file"), cancellationToken: stopping);
        await using var screen = await server.SubscribeAsync(logs, ["info", "warning", "error"], (string _) => received.Add("screen"), cancellationToken: stopping);
        foreach (var severity in (string[])["info", "warning", "error"])
            await client.PublishAsync(logs, severity, "it happened", cancellationToken: stopping);
        var got = await received.AllAsync(stopping);
        return $"info, warning, error: the one who wants errors got {got.Count(name => name == "file")}, the one who wants all got {got.Count(name => name == "screen")}";
    }

    private static async Task<string> TopicsAsync(Bus server, Bus client, Exchange logs, CancellationToken stopping)
    {
        var received = new Receipts("topics", 4);
        await using var kernel = await server.SubscribeAsync(logs, ["kern.*"], (Message message) => received.Add($"kern.* {message.RoutingKey}"), cancellationToken: stopping);
        await using var critical = await server.SubscribeAsync(logs, ["*.critical"], (Message message) => received.Add($"*.critical {message.RoutingKey}"), cancellationToken: stopping);
        foreach (var key in (string[])["kern.info", "kern.critical", "cron.info", "cron.critical"])
            await client.PublishAsync(logs, key, "it happened", cancellationToken: stopping);
        var got = await received.AllAsync(stopping);
        return string.Join("; ", got.Order(StringComparer.Ordinal).GroupBy(item => item.Split(' ')[0], item => item.Split(' ')[1]).Select(group => $"{group.Key} got {string.Join(", ", group)}"));
    }
}

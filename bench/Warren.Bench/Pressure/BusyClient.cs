using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Scale;
using Warren.Client;

namespace Warren.Bench.Pressure;

/// <summary>B105 and B109: one connection that declares, binds and unbinds, or asks an empty queue, as often as the broker answers. Nobody else waits, and nothing is left.</summary>
internal static class BusyClient
{
    private const int Channels = 16; // Each has one request on its way.

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(5);

    public static string Measure(IPEndPoint broker, BrokerProcess resident, int operations)
    {
        using var bystanders = new Bystanders(broker);
        var calm = bystanders.Watch(Watched);
        var before = resident.Octets;
        var (declaring, besideDeclares) = Run(broker, bystanders, operations, DeclareAsync);
        var (asking, besideGets) = Run(broker, bystanders, operations, AskAsync);
        var after = resident.Octets;

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## B105, B109: {operations:N0} declares, binds, unbinds and deletes, and as many gets from an empty queue, on one connection").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{operations / declaring.TotalSeconds:N0} declares, binds, unbinds and deletes a second, {operations / asking.TotalSeconds:N0} gets a second. Memory: {before / 1048576.0:N1} MiB before, {after / 1048576.0:N1} MiB after.").AppendLine();
        text.AppendLine("| clients at work | times | median, ms | p99, ms | worst, ms |").AppendLine("|---|---:|---:|---:|---:|");
        text.AppendLine($"| message there and back, before | {calm.RoundTrips.Columns()} |");
        text.AppendLine($"| message there and back, beside the declares | {besideDeclares.Columns()} |");
        text.AppendLine($"| message there and back, beside the gets | {besideGets.Columns()} |");
        return text.ToString();
    }

    private static (TimeSpan Took, Times Beside) Run(IPEndPoint broker, Bystanders bystanders, int operations, Func<AmqpChannel, int, int, Task> work)
    {
        var watch = Stopwatch.StartNew();
        var busy = Task.Run(async () =>
        {
            await using var connection = await AmqpConnection.ConnectAsync($"amqp://guest:guest@{broker}/");
            await Task.WhenAll(Enumerable.Range(0, Channels).Select(async i => await work(await connection.OpenChannelAsync(), i, operations / Channels)));
            watch.Stop();
        });
        var beside = bystanders.Watch(Watched).RoundTrips;
        busy.GetAwaiter().GetResult();
        return (watch.Elapsed, beside);
    }

    private static async Task DeclareAsync(AmqpChannel channel, int number, int operations)
    {
        for (var i = 0; i < operations / 4; i++)
        {
            var queue = $"busy-{number}-{i}";
            await channel.DeclareQueueAsync(queue);
            await channel.BindQueueAsync(queue, "amq.topic", $"{number}.*.{i}");
            await channel.UnbindQueueAsync(queue, "amq.topic", $"{number}.*.{i}");
            await channel.DeleteQueueAsync(queue);
        }
    }

    private static async Task AskAsync(AmqpChannel channel, int number, int operations)
    {
        var queue = $"empty-{number}";
        await channel.DeclareQueueAsync(queue);
        for (var i = 0; i < operations; i++)
            await channel.GetAsync(queue, noAck: true);
        await channel.DeleteQueueAsync(queue);
    }
}

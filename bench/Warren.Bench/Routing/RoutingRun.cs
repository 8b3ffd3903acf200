using System.Diagnostics;
using System.Globalization;
using System.Text;
using Warren.Amqp;
using Warren.Bench.Compare;
using Warren.Client;

namespace Warren.Bench.Routing;

/// <summary>
/// What it costs a broker to find one binding among many: confirmed publishes to an exchange with all of them, against publishes to one that has only the
/// binding that matches. Each broker alone, the two loads in turns.
/// </summary>
internal static class RoutingRun
{
    private const int AtOnce = 500; // Publishes and binds on their way.
    private const int Publishes = 20_000;
    private const int Rounds = 5;

    // RabbitMQ takes more than a minute to delete a queue with 100,000 bindings.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private sealed record Case(string Name, string Type, int Bindings, Func<int, (string Key, FieldTable Arguments)> Binding, Func<int, (string Key, FieldTable Headers)> Message);

    public static async Task<string> RunAsync(string root, int topicBindings, int headersBindings, IReadOnlyList<string> brokers, string command, DateTimeOffset date)
    {
        Case[] cases =
        [
            new("topic", "topic", topicBindings, i => ($"device.{i}.*.temperature", default), i => ($"device.{i}.room.temperature", default)),
            new("topic with #", "topic", topicBindings, i => ($"#.device.{i}.#", default), i => ($"house.device.{i}.room", default)),
            new("headers, all", "headers", headersBindings, i => ("", Fields(i)), i => ("", Fields(i))),
        ];
        var text = new StringBuilder();
        text.AppendLine("# One binding among many").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {Publishes:N0} publishes with confirm, {AtOnce} on their way; medians of {Rounds} rounds in turns").AppendLine();
        text.AppendLine("| exchange | bindings | broker | binds/s | us per publish, one binding | us per publish, all | us for the search |").AppendLine("|---|---:|---|---:|---:|---:|---:|");
        foreach (var name in brokers)
        {
            await using var broker = await Compare.Broker.StartAsync(name, root);
            var connection = await AmqpConnection.ConnectAsync(ConnectionOptions.Parse(broker.Uri.ToString()) with { RequestTimeout = Patience });
            foreach (var one in cases)
                text.AppendLine(await MeasureAsync(connection, name, one));
            await connection.CloseAsync();
        }
        return text.ToString();
    }

    private static FieldTable Fields(int i) => FieldTable.Create(("kind", "order"), ("customer", i));

    private static async Task<string> MeasureAsync(AmqpConnection connection, string broker, Case one)
    {
        var channel = await connection.OpenChannelAsync();
        await channel.EnableConfirmsAsync();
        var queue = (await channel.DeclareQueueAsync(arguments: FieldTable.Create(("x-max-length", 1)))).Queue.ToString();
        var last = one.Bindings - 1;
        await channel.DeclareExchangeAsync("bench.few", one.Type);
        await BindAsync(channel, queue, "bench.few", one, last, 1);
        await channel.DeclareExchangeAsync("bench.many", one.Type);
        var watch = Stopwatch.StartNew();
        await BindAsync(channel, queue, "bench.many", one, 0, one.Bindings);
        var binding = watch.Elapsed;
        var few = new List<double>();
        var many = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            few.Add(await PublishAsync(channel, "bench.few", _ => one.Message(last)));
            many.Add(await PublishAsync(channel, "bench.many", i => one.Message((int)((uint)i * 2654435761u % (uint)one.Bindings))));
        }
        await channel.DeleteQueueAsync(queue);
        await channel.DeleteExchangeAsync("bench.few");
        await channel.DeleteExchangeAsync("bench.many");
        await channel.CloseAsync();
        var (fewUs, manyUs) = (Median(few), Median(many));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {one.Name} | {one.Bindings:N0} | {broker} | {one.Bindings / binding.TotalSeconds:N0} | {fewUs:N2} | {manyUs:N2} | {manyUs - fewUs:N2} |");
    }

    private static async Task BindAsync(AmqpChannel channel, string queue, string exchange, Case one, int first, int count)
    {
        var open = new List<Task>();
        for (var i = first; i < first + count; i++)
        {
            var (key, arguments) = one.Binding(i);
            open.Add(channel.BindQueueAsync(queue, exchange, key, arguments));
            if (open.Count < AtOnce)
                continue;
            await Task.WhenAll(open);
            open.Clear();
        }
        await Task.WhenAll(open);
    }

    private static async Task<double> PublishAsync(AmqpChannel channel, string exchange, Func<int, (string Key, FieldTable Headers)> message)
    {
        var messages = new (ShortString Key, BasicProperties Properties)[Publishes];
        for (var i = 0; i < Publishes; i++)
        {
            var (key, headers) = message(i);
            messages[i] = (key, new BasicProperties { Headers = headers });
        }
        var open = new Queue<Task>();
        var watch = Stopwatch.StartNew();
        foreach (var (key, properties) in messages)
        {
            if (open.Count == AtOnce)
                await open.Dequeue();
            open.Enqueue(channel.PublishConfirmedAsync(exchange, key, default, properties));
        }
        await Task.WhenAll(open);
        return watch.Elapsed.TotalMicroseconds / Publishes;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

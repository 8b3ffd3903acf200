using System.CommandLine;
using System.Text;
using Warren.Cli.Options;
using Warren.Cli.Running;
using Warren.Client;

namespace Warren.Cli.Verbs;

/// <summary><c>warren receive QUEUE</c>: prints messages and takes them from the queue, one by one and never one more than asked for.</summary>
internal static class ReceiveVerb
{
    public static Command Create(Terminal terminal)
    {
        var queue = new Argument<string>("QUEUE") { Description = "The queue; declared if it does not exist" };
        var count = NumberOption.Create("--count", "End after this many messages; 0 goes on until Ctrl+C", 0, 0);
        var durable = new Option<bool>("--durable") { Description = "A durable queue, if it is to be declared" };
        var uri = new UriOption();
        var verb = new Verb("receive", "Prints the messages of a queue, one per line, and acknowledges each when it is printed.")
        {
            Examples =
            [
                "warren receive hello",
                "warren receive hello --count 1",
                "warren receive task_queue --durable | while read -r task; do echo \"working on $task\"; done",
            ],
        };
        verb.Arguments.Add(queue);
        verb.Options.Add(count);
        verb.Options.Add(durable);
        verb.Options.Add(uri);
        verb.SetAction((line, stopping) =>
            RunAsync(terminal, uri.Of(line), new Queue(line.GetValue(queue)!) { IsDurable = line.GetValue(durable) }, line.GetValue(count), stopping));
        return verb;
    }

    private static async Task<int> RunAsync(Terminal terminal, string uri, Queue queue, int count, CancellationToken stopping)
    {
        await using var connection = await AmqpConnection.ConnectAsync(Connecting.Options(uri, "receive"), stopping);
        var channel = await Declared.OrAsItIsAsync(queue, declared => OpenAsync(connection, declared, stopping));
        await channel.SetPrefetchAsync(1, cancellationToken: stopping);

        var last = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var printed = 0;
        var options = new ConsumeOptions { Ended = reason => failed.TrySetException(reason) };
        var consumer = await channel.ConsumeAsync(
            queue.Name,
            (delivery, _) =>
            {
                terminal.WriteForeign(Encoding.UTF8.GetString(delivery.Body.Span));
                terminal.Out.Flush();
                if (++printed == count)
                    last.SetResult(delivery); // Acknowledged when the consumer is gone: until then it keeps the next message away.
                else
                    delivery.Ack();
                return default;
            },
            options,
            stopping);

        await Stopping.UntilAsync(Task.WhenAny(last.Task, failed.Task).Unwrap(), stopping);
        await consumer.CancelAsync(CancellationToken.None);
        if (last.Task.IsCompletedSuccessfully)
            (await last.Task).Ack();
        await channel.CloseAsync(CancellationToken.None);
        return count == 0 || last.Task.IsCompletedSuccessfully ? ExitCode.Ok : ExitCode.Interrupted;
    }

    private static async Task<AmqpChannel> OpenAsync(AmqpConnection connection, Queue queue, CancellationToken cancellationToken)
    {
        var channel = await connection.OpenChannelAsync(cancellationToken);
        if (queue.IsDeclared)
            await channel.DeclareQueueAsync(queue.Name, queue.IsDurable, cancellationToken: cancellationToken);
        return channel;
    }
}

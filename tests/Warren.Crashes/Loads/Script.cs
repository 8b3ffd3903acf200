using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>A fixed sequence of operations, each of which waits for its answer: the same system calls, again and again. Ends when the broker does.</summary>
internal sealed class Script(Ledger ledger, DefinitionBook book, IClient client)
{
    private const int Rounds = 40;
    private const int Lane = 0;

    /// <summary>False when the broker ended before the script.</summary>
    public async Task<bool> RunAsync()
    {
        var isDone = false;
        await Lost.UntilAsync(async () =>
        {
            await RunToEndAsync();
            isDone = true;
        });
        return isDone;
    }

    private async Task RunToEndAsync()
    {
        var channel = await client.OpenChannelAsync();
        await Topology.DeclareAsync(channel);
        for (var round = 0; round < Rounds; round++)
        {
            await PublishAsync(channel, Topology.Classic, round % 7 == 0 ? 40_000 : 100);
            await PublishAsync(channel, Topology.Quorum, 100);
            await PublishAsync(channel, Topology.Expiring, 30);
            await TakeAsync(channel, Topology.Classic, reject: round % 5 == 0);
            await TakeAsync(channel, Topology.Quorum, reject: false);
            await DefineAsync(channel, $"crash.q{round % 3}");
        }
    }

    private async Task PublishAsync(IClientChannel channel, string queue, int octets)
    {
        var (number, body) = ledger.Publish(queue, Lane, octets);
        var end = await await channel.PublishAsync("", queue, body);
        if (end == PublishEnd.Unknown)
            throw new IOException("The broker is gone.");
        if (end == PublishEnd.Confirmed)
            ledger.Confirm(number);
    }

    // Every second message stays.
    private async Task TakeAsync(IClientChannel channel, string queue, bool reject)
    {
        if (ledger.OpenIn(queue) % 2 != 0 || await channel.GetAsync(queue) is not { } arrival)
            return;
        var number = ledger.Deliver(ledger.Begin(queue), arrival.Redelivered, arrival.Body.Span);
        if (number < 0)
            return;
        if (reject)
        {
            ledger.Reject(queue, number);
            await channel.NackAsync(arrival.Tag, requeue: false);
        }
        else
        {
            ledger.Ack(queue, number);
            await channel.AckAsync(arrival.Tag, multiple: false);
        }
    }

    private async Task DefineAsync(IClientChannel channel, string queue)
    {
        var name = $"queue {queue}";
        var known = book[name];
        book.Begin(name);
        if (known == Known.Present)
            await channel.DeleteQueueAsync(queue);
        else
            await channel.DeclareQueueAsync(queue, new Dictionary<string, object?>());
        book.Set(name, known == Known.Present ? Known.Absent : Known.Present);
    }
}

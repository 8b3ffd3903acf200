using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>Declares, binds and deletes queues and exchanges, and after a crash looks whether the broker keeps to what it had answered (I8).</summary>
internal sealed class Definer(Ledger ledger, DefinitionBook book, IClient client, Random random)
{
    /// <summary>The exchange to which its queues are bound, each by its own name.</summary>
    public const string Routes = "crash.routes";

    private const int Names = 8;
    private static readonly Dictionary<string, object?> s_none = [];

    public async Task RunAsync(CancellationToken stopping)
    {
        var channel = await client.OpenChannelAsync();
        while (true)
        {
            var n = random.Next(Names);
            if (random.Next(3) == 0)
                await ChangeExchangeAsync(channel, $"crash.x{n}");
            else
                await ChangeQueueAsync(channel, $"crash.q{n}");
            await Task.Delay(random.Next(10), stopping);
        }
    }

    /// <summary>Compares everything with the broker.</summary>
    public async Task CheckAsync()
    {
        foreach (var name in book.Names)
        {
            var known = book[name];
            var there = await IsThereAsync(name);
            if (known == Known.Present && !there)
                ledger.Note(findings => findings.Invent($"{name} is gone, which was there"));
            else if (known == Known.Absent && there)
                ledger.Note(findings => findings.Invent($"{name} is there again, which was deleted"));
            book.Set(name, there ? Known.Present : Known.Absent);
        }
    }

    private async Task ChangeQueueAsync(IClientChannel channel, string queue)
    {
        var (asQueue, asBinding) = ($"queue {queue}", $"binding {queue}");
        var known = book[asQueue];
        book.Begin(asQueue);
        book.Begin(asBinding);
        if (known == Known.Present)
        {
            await channel.DeleteQueueAsync(queue);
            book.Set(asQueue, Known.Absent);
            book.Set(asBinding, Known.Absent);
            return;
        }
        var messages = await channel.DeclareQueueAsync(queue, s_none);
        if (known == Known.Absent && messages != 0)
            ledger.Note(findings => findings.Invent($"{messages} messages in {queue}, which was deleted and declared again"));
        book.Set(asQueue, Known.Present);
        await channel.BindAsync(queue, Routes, queue);
        book.Set(asBinding, Known.Present);
        _ = await channel.PublishAsync("", queue, [0]); // Goes with the queue when it is deleted.
    }

    private async Task ChangeExchangeAsync(IClientChannel channel, string exchange)
    {
        var name = $"exchange {exchange}";
        var known = book[name];
        book.Begin(name);
        if (known == Known.Present)
            await channel.DeleteExchangeAsync(exchange);
        else
            await channel.DeclareExchangeAsync(exchange);
        book.Set(name, known == Known.Present ? Known.Absent : Known.Present);
    }

    // A channel for each: a name that is not there closes it.
    private async Task<bool> IsThereAsync(string name)
    {
        var channel = await client.OpenChannelAsync();
        return name.Split(' ') switch
        {
            ["queue", var queue] => await channel.LookAtQueueAsync(queue) is not null,
            ["exchange", var exchange] => await channel.HasExchangeAsync(exchange),
            [_, var key] => await await channel.PublishAsync(Routes, key, [1]) switch
            {
                PublishEnd.Confirmed => true,
                PublishEnd.Returned => false,
                var end => throw new IOException($"a publish to {Routes} ended as {end}"),
            },
            _ => throw new System.Diagnostics.UnreachableException(name),
        };
    }
}

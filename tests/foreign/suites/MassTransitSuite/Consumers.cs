using System.Collections.Concurrent;
using MassTransit;

namespace Warren.Suites;

/// <summary>What the consumers saw, by the message's id.</summary>
public sealed class Seen
{
    private readonly ConcurrentDictionary<(string What, Guid Id), int> _counts = new();

    public int Add(string what, Guid id) => _counts.AddOrUpdate((what, id), 1, (_, count) => count + 1);

    public int Count(string what, Guid id) => _counts.GetValueOrDefault((what, id));
}

/// <summary>Two endpoints have a consumer of this kind: each gets every event.</summary>
public sealed class OrderedConsumer(Seen seen) : IConsumer<Ordered>
{
    public Task Consume(ConsumeContext<Ordered> context)
    {
        seen.Add(context.ReceiveContext.InputAddress.Segments[^1], context.Message.Id);
        return Task.CompletedTask;
    }
}

/// <summary>Answers, or fails.</summary>
public sealed class SquareConsumer : IConsumer<Square>
{
    public Task Consume(ConsumeContext<Square> context) => context.Message.Number < 0
        ? throw new ArgumentException($"{context.Message.Number} is negative")
        : context.RespondAsync(new Squared(context.Message.Number * context.Message.Number));
}

/// <summary>Fails as its message says.</summary>
public sealed class ShakyConsumer(Seen seen) : IConsumer<Shaky>
{
    public Task Consume(ConsumeContext<Shaky> context)
    {
        var times = seen.Add("shaky", context.Message.Id);
        var redeliveries = context.GetRedeliveryCount();
        if (redeliveries > 0)
            seen.Add("redelivered", context.Message.Id);
        return context.Message.Way switch
        {
            "retried" when times < 3 => throw new TimeoutException("again"),
            "redelivered" when redeliveries == 0 => throw new TimeoutException("later"),
            "fails" => throw new TimeoutException("never"),
            _ => Task.CompletedTask,
        };
    }
}

/// <summary>Hears of what failed.</summary>
public sealed class FaultConsumer(Seen seen) : IConsumer<Fault<Shaky>>
{
    public Task Consume(ConsumeContext<Fault<Shaky>> context)
    {
        seen.Add("fault", context.Message.Message.Id);
        return Task.CompletedTask;
    }
}

/// <summary>Hears of what was published with a delay.</summary>
public sealed class ReminderConsumer(Seen seen) : IConsumer<Reminder>
{
    public Task Consume(ConsumeContext<Reminder> context)
    {
        seen.Add("reminder", context.Message.Id);
        return Task.CompletedTask;
    }
}

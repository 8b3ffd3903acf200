using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>An exchange and how it is declared before its first use; durable unless it says otherwise, as in the tutorials.</summary>
/// <param name="Name">1 to 255 octets.</param>
/// <param name="Type"><c>fanout</c>, <c>direct</c>, <c>topic</c>, <c>headers</c>, or what the broker knows besides.</param>
public sealed record Exchange(string Name, string Type)
{
    /// <summary>Survives a restart of the broker.</summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>Arguments such as <c>alternate-exchange</c>.</summary>
    public FieldTable Arguments { get; init; }

    /// <summary>False when somebody else declares it; then it has to be there.</summary>
    public bool IsDeclared { get; init; } = true;

    /// <summary>Every subscriber gets every message.</summary>
    public static Exchange Fanout(string name) => new(name, "fanout");

    /// <summary>A subscriber gets the messages whose routing key is one of its keys.</summary>
    public static Exchange Direct(string name) => new(name, "direct");

    /// <summary>A subscriber gets the messages whose routing key matches one of its patterns: <c>*</c> is one word, <c>#</c> any number.</summary>
    public static Exchange Topic(string name) => new(name, "topic");

    /// <summary>An exchange that is there already, such as <c>amq.topic</c>.</summary>
    public static Exchange Existing(string name) => new(name, "") { IsDeclared = false };

    internal Task DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        return IsDeclared ? channel.DeclareExchangeAsync(Name, Type, IsDurable, arguments: Arguments, cancellationToken: cancellationToken) : Task.CompletedTask;
    }
}

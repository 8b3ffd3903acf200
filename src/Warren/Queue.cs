using Warren.Amqp;
using Warren.Client;

namespace Warren;

/// <summary>
/// A queue and how it is declared before its first use. A name alone (<c>"hello"</c>) stands for the tutorials' queue: not durable, not
/// exclusive, no arguments. Whoever shares a queue has to declare it alike.
/// </summary>
/// <param name="Name">1 to 255 octets.</param>
public sealed record Queue(string Name)
{
    /// <summary>Survives a restart of the broker, with the persistent messages in it.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Arguments such as <c>x-queue-type</c> or <c>x-dead-letter-exchange</c>.</summary>
    public FieldTable Arguments { get; init; }

    /// <summary>False when somebody else declares it; then it has to be there.</summary>
    public bool IsDeclared { get; init; } = true;

    /// <summary>The tutorials' queue of this name.</summary>
    public static implicit operator Queue(string name) => new(name);

    /// <summary>A durable queue.</summary>
    public static Queue Durable(string name) => new(name) { IsDurable = true };

    /// <summary>A queue that somebody else has declared, with whatever properties.</summary>
    public static Queue Existing(string name) => new(name) { IsDeclared = false };

    internal Task DeclareAsync(AmqpChannel channel, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        return IsDeclared ? channel.DeclareQueueAsync(Name, IsDurable, arguments: Arguments, cancellationToken: cancellationToken) : Task.CompletedTask;
    }
}

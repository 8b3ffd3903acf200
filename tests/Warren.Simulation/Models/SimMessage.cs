using System.Globalization;
using Warren.Amqp;

namespace Warren.Simulation;

/// <summary>A message that was published. Its body follows from its number, so that every octet of it can be checked wherever it comes.</summary>
internal sealed class SimMessage(int number, int bodyOctets)
{
    public int Number { get; } = number;

    public int BodyOctets { get; } = bodyOctets;

    public bool IsPersistent { get; init; }

    public byte Priority { get; init; }

    /// <summary>0 for none.</summary>
    public int TimeToLiveMs { get; init; }

    /// <summary>0 for none.</summary>
    public int DelayMs { get; init; }

    public string Exchange { get; init; } = "";

    public string Key { get; init; } = "";

    /// <summary>True when a full queue has to refuse it.</summary>
    public bool MustBeRefused { get; set; }

    /// <summary>True when a full queue may have refused it.</summary>
    public bool MayBeRefused { get; set; }

    /// <summary>The batch in which it was published.</summary>
    public Boundary? Published { get; set; }

    /// <summary>The properties as they were sent.</summary>
    public ReadOnlyMemory<byte> Sent { get; set; }

    public BasicProperties Properties() => new()
    {
        MessageId = Number.ToString(CultureInfo.InvariantCulture),
        DeliveryMode = IsPersistent ? (byte)2 : (byte)0,
        Priority = Priority,
        Expiration = TimeToLiveMs == 0 ? default(ShortString?) : new ShortString(TimeToLiveMs.ToString(CultureInfo.InvariantCulture)),
        Headers = DelayMs == 0 ? null : FieldTable.Create(("x-delay", DelayMs)),
    };

    /// <summary>Writes the body.</summary>
    public void Fill(Span<byte> body)
    {
        var state = ((uint)Number * 2654435761u) | 1u;
        for (var i = 0; i < body.Length; i++)
        {
            state = (state * 1664525u) + 1013904223u;
            body[i] = (byte)(state >> 24);
        }
    }

    public override string ToString() => $"message {Number}";
}

namespace Warren.Differential;

/// <summary>A delivery that a script may acknowledge.</summary>
/// <param name="Tag">Its delivery tag on this broker's wire; the other broker may have numbered two consumers' deliveries otherwise.</param>
/// <param name="Place">The consumer that got it.</param>
internal readonly record struct Held(ulong Tag, string Place);

/// <summary>What one side knows of a script's channel.</summary>
internal sealed class ChannelState
{
    private readonly List<Held> _arrived = []; // In this step.
    private ulong _published;                  // Since confirm.select.

    public bool IsOpen { get; set; }

    /// <summary>
    /// True when nothing may follow before the answer: after a close the number may be free already, or not; and RabbitMQ 3.10.8 forgets the answer to
    /// tx.commit when another method comes while it commits.
    /// </summary>
    public bool IsAlone { get; set; }

    /// <summary>Barriers that were not answered yet, or the answer to what has to stand alone.</summary>
    public int Awaited { get; set; }

    public bool IsConfirming { get; set; }

    public ContentInProgress? Content { get; set; }

    /// <summary>Whether the next consume-ok, or the next get-ok, belongs to something that needs no acknowledgement.</summary>
    public Queue<bool> ConsumesWithoutAck { get; } = [];

    public Queue<bool> GetsWithoutAck { get; } = [];

    public HashSet<string> ConsumersWithoutAck { get; } = [];

    /// <summary>What may be acknowledged, in an order that both sides have in common.</summary>
    public List<Held> Outstanding { get; } = [];

    public SortedSet<ulong> Unconfirmed { get; } = [];

    /// <summary>What had to stand alone was answered.</summary>
    public void Answered()
    {
        if (IsAlone)
            Awaited--;
        IsAlone = false;
    }

    /// <summary>The channel has ended.</summary>
    public void End() => (IsOpen, IsAlone, Awaited) = (false, false, 0);

    public void Published()
    {
        if (IsConfirming)
            Unconfirmed.Add(++_published);
    }

    public void Arrived(Held held) => _arrived.Add(held);

    /// <summary>Ends the step: which of two consumers got its delivery first is not promised, so they are ordered by name.</summary>
    public void Accept()
    {
        Outstanding.AddRange(_arrived.OrderBy(held => held.Place, StringComparer.Ordinal));
        _arrived.Clear();
    }

    public void Settled(ulong tag, bool multiple) =>
        Outstanding.RemoveAll(held => multiple ? tag == 0 || held.Tag <= tag : held.Tag == tag);

    /// <summary>The numbers that an ack or a nack of the broker speaks of.</summary>
    public IReadOnlyList<ulong> Confirmed(ulong tag, bool multiple)
    {
        var confirmed = multiple ? Unconfirmed.Where(number => number <= tag || tag == 0).ToList() : [tag];
        Unconfirmed.ExceptWith(confirmed);
        return confirmed;
    }
}

/// <summary>A message on its way in: its method has been read.</summary>
internal sealed class ContentInProgress(string place, string text, Held? held)
{
    public string Place { get; } = place;

    /// <summary>What the method said, to which properties and body are added.</summary>
    public string Text { get; set; } = text;

    public Held? Held { get; } = held;

    public ulong Missing { get; set; }
}

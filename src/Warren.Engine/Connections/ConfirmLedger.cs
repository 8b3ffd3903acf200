using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A channel's publisher confirms: counts the publishes, and answers those of a whole batch with one basic.ack; those that a full queue has
/// refused get a basic.nack in between (https://www.rabbitmq.com/docs/confirms#publisher-confirms). What is kept in the journal is confirmed when it is on disk, and not before
/// everything that was published earlier: confirms only rise.
/// </summary>
internal sealed class ConfirmLedger(Channel channel) : JournalWait
{
    private readonly Queue<Mark> _marks = new(); // Those that wait for the disk, all before the batch at hand.
    private ulong _published;
    private ulong _due; // Those up to here are to be written.
    private ulong _written;
    private Queue<ulong>? _refused; // In order; null while no queue has refused anything.

    // Everything up to this publish may be confirmed when the journal's position is on disk.
    private readonly record struct Mark(ulong Published, long Position);

    /// <summary>True while the ledger stands in <see cref="PendingConfirms"/>.</summary>
    public bool IsPending { get; set; }

    /// <summary>True while a publish waits for the disk.</summary>
    public bool IsWaiting => IsOpen || _marks.Count > 0;

    /// <summary>One more message was published and is taken care of.</summary>
    /// <param name="isKept">True when it was kept in the journal.</param>
    public void Confirm(bool isKept)
    {
        _published++;
        if (isKept)
            channel.Host.Records!.Waits.Open(this);
        else if (!IsWaiting)
            SetDue(_published);
    }

    /// <summary>One more message was published, and a queue has refused it.</summary>
    /// <param name="isKept">True when something was kept in the journal all the same.</param>
    public void Refuse(bool isKept)
    {
        (_refused ??= new Queue<ulong>()).Enqueue(_published + 1);
        Confirm(isKept);
    }

    public override void Close(long position) => _marks.Enqueue(new Mark(_published, position));

    public override void Reach(long position)
    {
        while (_marks.TryPeek(out var mark) && mark.Position <= position)
            SetDue(Math.Max(_due, _marks.Dequeue().Published));
        if (!IsWaiting)
            SetDue(_published);
    }

    /// <summary>Writes what is due.</summary>
    public void Write()
    {
        while (_refused is not null && _refused.TryPeek(out var refused) && refused <= _due)
        {
            _refused.Dequeue();
            AcknowledgeUpTo(refused - 1);
            channel.Send(new BasicNack(refused, Multiple: false, Requeue: false));
            _written = refused;
        }
        AcknowledgeUpTo(_due);
    }

    /// <summary>Writes everything: whoever sends it waits for the disk.</summary>
    public void WriteAll()
    {
        _marks.Clear();
        _due = _published;
        Write();
    }

    public void Forget()
    {
        _marks.Clear();
        _written = _due = _published;
        _refused?.Clear();
    }

    private void SetDue(ulong published)
    {
        _due = published;
        channel.Host.PendingConfirms.Add(this);
    }

    private void AcknowledgeUpTo(ulong last)
    {
        if (_written >= last)
            return;
        channel.Send(new BasicAck(last, Multiple: last - _written > 1));
        _written = last;
    }
}

using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A channel's publisher confirms: counts the publishes, and answers those of a whole batch with one basic.ack; those that a full queue has
/// refused get a basic.nack in between (https://www.rabbitmq.com/docs/confirms#publisher-confirms).
/// </summary>
internal sealed class ConfirmLedger(Channel channel)
{
    private ulong _published;
    private ulong _written;
    private List<ulong>? _refused; // In order; null while no queue has refused anything.

    /// <summary>True while the ledger stands in <see cref="PendingConfirms"/>.</summary>
    public bool IsPending { get; set; }

    /// <summary>One more message was published and is taken care of.</summary>
    public void Confirm()
    {
        _published++;
        channel.Host.PendingConfirms.Add(this);
    }

    /// <summary>One more message was published, and a queue has refused it.</summary>
    public void Refuse()
    {
        (_refused ??= []).Add(_published + 1);
        Confirm();
    }

    public void Write()
    {
        foreach (var refused in _refused ?? [])
        {
            AcknowledgeUpTo(refused - 1);
            channel.Send(new BasicNack(refused, Multiple: false, Requeue: false));
            _written = refused;
        }
        _refused?.Clear();
        AcknowledgeUpTo(_published);
    }

    public void Forget()
    {
        _written = _published;
        _refused?.Clear();
    }

    private void AcknowledgeUpTo(ulong last)
    {
        if (_written >= last)
            return;
        channel.Send(new BasicAck(last, Multiple: last - _written > 1));
        _written = last;
    }
}

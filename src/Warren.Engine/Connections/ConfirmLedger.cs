using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// A channel's publisher confirms: counts the publishes, and answers those of a whole batch with one basic.ack
/// (https://www.rabbitmq.com/docs/confirms#publisher-confirms).
/// </summary>
internal sealed class ConfirmLedger(Channel channel)
{
    private ulong _published;
    private ulong _written;

    /// <summary>True while the ledger stands in <see cref="PendingConfirms"/>.</summary>
    public bool IsPending { get; set; }

    /// <summary>One more message was published and is taken care of.</summary>
    public void Confirm()
    {
        _published++;
        channel.Host.PendingConfirms.Add(this);
    }

    public void Write()
    {
        if (_written == _published)
            return;
        channel.Send(new BasicAck(_published, Multiple: _published - _written > 1));
        _written = _published;
    }

    public void Forget() => _written = _published;
}

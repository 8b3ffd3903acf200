using Warren.Amqp;

namespace Warren.Client;

/// <summary>The open channels of a connection by their number, and those that got something in the present read batch.</summary>
internal sealed class ChannelTable(AmqpConnection connection)
{
    private readonly Lock _gate = new();
    private readonly List<ChannelInbox> _touched = []; // Owned by the receiving thread.
    private AmqpChannel?[] _channels = new AmqpChannel?[8];
    private int _lastNumber;
    private Exception? _closed;

    /// <summary>How many channels may be open at once.</summary>
    public int Max { get; set; } = 1;

    public AmqpChannel Add()
    {
        lock (_gate)
        {
            if (_closed is not null)
                connection.ThrowIfClosed();
            var number = FreeNumber();
            var channel = new AmqpChannel(connection, (ushort)number, this);
            _channels[number] = channel;
            return channel;
        }
    }

    /// <summary>The channel a frame came for; on the receiving thread.</summary>
    public AmqpChannel Find(ushort number)
    {
        var channels = Volatile.Read(ref _channels);
        return (number < channels.Length ? channels[number] : null)
            ?? throw new ProtocolException(ReplyCode.ChannelError, $"a frame for channel {number}, which is not open");
    }

    public void Remove(AmqpChannel channel)
    {
        lock (_gate)
        {
            if (_channels[channel.Number] == channel)
                _channels[channel.Number] = null;
        }
    }

    public void Touch(ChannelInbox inbox) => _touched.Add(inbox);

    public void EndBatch()
    {
        foreach (var inbox in _touched)
            inbox.EndBatch();
        _touched.Clear();
    }

    public void FailAll(ConnectionClosedException reason)
    {
        AmqpChannel?[] channels;
        lock (_gate)
        {
            _closed = reason;
            channels = [.. _channels];
        }
        foreach (var channel in channels)
            channel?.End(reason);
    }

    // The numbers go round, so that a number rests for a while after its channel was closed.
    private int FreeNumber()
    {
        for (var tried = 0; tried < Max; tried++)
        {
            var number = (_lastNumber % Max) + 1;
            _lastNumber = number;
            if (number >= _channels.Length)
                Grow(number);
            if (_channels[number] is null)
                return number;
        }
        throw new AmqpException($"All {Max} channels of this connection are open. Close some, or share a channel between callers.");
    }

    private void Grow(int number)
    {
        var larger = new AmqpChannel?[Math.Max(number + 1, _channels.Length * 2)];
        _channels.CopyTo(larger, 0);
        Volatile.Write(ref _channels, larger);
    }
}

namespace Warren.Engine;

/// <summary>How far one look ahead of a queue's head goes.</summary>
internal struct ReadWindow(int messages, long octets)
{
    /// <summary>True when this message is still within it.</summary>
    public bool TryGoOn(in WaitingMessage message)
    {
        octets -= message.BodyLength;
        return messages-- > 0 && octets >= 0;
    }
}

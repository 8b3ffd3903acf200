namespace Warren;

/// <summary>What a call does when something breaks on its way.</summary>
public enum CallMode
{
    /// <summary>
    /// Nothing is stored and nothing is sent twice: the handler runs at most once, and a lost connection ends the call with its outcome. Nothing is confirmed
    /// either: a request that a full queue rejects (<c>x-overflow</c> is <c>reject-publish</c>) is gone, and its caller hears of that at the deadline.
    /// </summary>
    Fast,

    /// <summary>
    /// Request and reply are persistent and confirmed, and sent again under the same id until the deadline: the handler runs at least once, and with
    /// the server's <see cref="IReplyStore"/> once in effect.
    /// </summary>
    Safe,
}

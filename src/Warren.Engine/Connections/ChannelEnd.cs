namespace Warren.Engine;

/// <summary>What ends a channel, and so what its client still hears.</summary>
internal enum ChannelEnd
{
    /// <summary>A close of the channel itself: everything that it owes comes before, when it is on disk.</summary>
    Channel,

    /// <summary>A close of the connection: what is due is written, what waits for the disk is not.</summary>
    Connection,

    /// <summary>Nobody is there any more to read.</summary>
    Lost,
}

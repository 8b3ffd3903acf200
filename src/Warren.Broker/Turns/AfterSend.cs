namespace Warren.Broker;

/// <summary>What the thread that sent to a connection does next.</summary>
internal enum AfterSend
{
    /// <summary>Nothing is left.</summary>
    Nothing,

    /// <summary>More was appended meanwhile: send it.</summary>
    GoOn,

    /// <summary>The rest has to wait for the transport.</summary>
    AwaitWritable,

    /// <summary>Enough has gone out: read from the connection again.</summary>
    Resume,

    /// <summary>That was the last: tell the other side.</summary>
    Shut,

    /// <summary>The connection has left: end the transport.</summary>
    Abort,
}

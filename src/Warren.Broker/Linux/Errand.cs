namespace Warren.Broker;

/// <summary>What a thread asks a socket's loop to do.</summary>
internal enum Errand
{
    /// <summary>Watch the socket from now on.</summary>
    Adopt,

    /// <summary>Say when it can be written.</summary>
    AwaitWritable,

    /// <summary>Read from it again.</summary>
    Resume,

    /// <summary>Tell the client that nothing more will come.</summary>
    Shut,

    /// <summary>Close it.</summary>
    Close,
}

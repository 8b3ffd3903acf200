namespace Warren.Client;

/// <summary>A way for octets to a broker: a Linux socket, any other stream (TLS, other systems), or a broker in this process.</summary>
internal interface ITransport : IDisposable
{
    /// <summary>True when a send is worth leaving to another thread; false when it is a method call.</summary>
    bool HasWriter { get; }

    /// <summary>Sends what can be sent at once and never waits.</summary>
    /// <returns>How many octets were taken; 0 when there is no room now.</returns>
    int TrySend(ReadOnlySpan<byte> octets);

    /// <summary>Sends everything, waiting as long as it takes. Only the <see cref="Outbox"/>'s writer thread calls this.</summary>
    void Send(ReadOnlySpan<byte> octets);

    /// <summary>Starts handing what arrives to the receiver, until the end of the connection.</summary>
    void Start(Receiver receiver);

    /// <summary>Ends the connection at once; a waiting receive or send returns. May be called more than once, from any thread.</summary>
    void Abort();
}

namespace Warren.Amqp;

/// <summary>A broker that can be reached without a socket: the same frames, handed over by method calls.</summary>
public interface IInProcessBroker
{
    /// <summary>Opens a connection. What the broker sends goes to the sink; what the client sends goes into the pipe that is returned.</summary>
    IOctetPipe Connect(IOctetSink sink);
}

/// <summary>One direction of an in-process connection: takes octets.</summary>
public interface IOctetPipe
{
    /// <summary>Hands octets over; they may be reused when the call returns. Calls for one pipe must not overlap.</summary>
    void Write(ReadOnlySpan<byte> octets);

    /// <summary>Ends the connection, as closing a socket does. May be called more than once.</summary>
    void Close();
}

/// <summary>The other direction: is told what arrives. Calls for one sink never overlap.</summary>
public interface IOctetSink
{
    /// <summary>Octets arrived; they may be reused when the call returns.</summary>
    void Received(ReadOnlySpan<byte> octets);

    /// <summary>The other side has closed. The last call.</summary>
    void Closed();
}

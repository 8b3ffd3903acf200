using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// Where the engine's effects go: the network host, or a test harness. Every call is made inside a step, on the thread that steps.
/// </summary>
public interface IEffects
{
    /// <summary>The frames on their way to a connection. The engine appends; the host sends after the step what was appended.</summary>
    FrameBuffer Outbound(ConnectionId connection);

    /// <summary>
    /// False when so much is on its way to the connection that no more deliveries should be added. The engine then waits for
    /// <see cref="CommandKind.ConnectionDrained"/>. Answers to the client's own methods are always appended.
    /// </summary>
    bool HasRoom(ConnectionId connection);

    /// <summary>
    /// Read nothing more from the connection after the frame at hand, until <see cref="Resume"/>: it publishes while an alarm stands. What goes out to it
    /// goes on.
    /// </summary>
    void Pause(ConnectionId connection);

    /// <summary>Read from the connection again.</summary>
    void Resume(ConnectionId connection);

    /// <summary>Send what is appended, then close the socket. The connection's id is free from now on.</summary>
    void Close(ConnectionId connection);

    /// <summary>
    /// A channel or, when its number is 0, the connection is being closed by the engine, after the close frame was appended. Only for the log: the engine
    /// has done everything.
    /// </summary>
    void Refused(ConnectionId connection, ushort channel, in Refusal refusal);

    /// <summary>
    /// A message that waited in a queue cannot be read from the journal any more: it is out of the queue, and its record stays in the journal. Only for the log: the engine has done
    /// everything.
    /// </summary>
    void SetAside(ShortString queue, ulong recordId);

    /// <summary>
    /// The engine is wrong: an exception that it does not throw on purpose. The connection, if there is one at hand, is closed with 541. A host logs
    /// it; a test harness throws it on.
    /// </summary>
    void Failed(ConnectionId? connection, Exception exception);
}

using System.Runtime.CompilerServices;
using Warren.Amqp;
using Warren.Testing.Wire;

namespace Warren.Testing;

/// <summary>
/// The connections of one name, the present one and those that will follow it: where a test says what shall go wrong. See <see cref="TestBroker.Connection(string)"/>.
/// </summary>
public sealed class TestConnection
{
    private const int ShownEntries = 15;

    private Session? _session; // Read and written through Volatile.
    private int _count;

    internal TestConnection(TestBroker broker, string name)
    {
        Broker = broker;
        Name = name;
    }

    /// <summary>The name, as in <see cref="Client.ConnectionOptions.ConnectionName"/>.</summary>
    public string Name { get; }

    /// <summary>True while there is one.</summary>
    public bool IsOpen => Volatile.Read(ref _session) is { IsOver: false };

    /// <summary>How often it was made, refused attempts included.</summary>
    public int Count => Volatile.Read(ref _count);

    internal TestBroker Broker { get; }

    internal FaultScript Script { get; } = new();

    private Session Session => Volatile.Read(ref _session) is { IsOver: false } session
        ? session
        : throw new FaultException($"There is no connection '{Name}' at present. {Broker.DescribeConnections()}");

    /// <summary>A fault at a message that the client sends.</summary>
    /// <param name="matches">Which message. Must not wait for anything.</param>
    /// <param name="what">How messages name it; the code of the condition by itself.</param>
    public FaultPoint WhenItSends(Func<WireMessage, bool> matches, [CallerArgumentExpression(nameof(matches))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(matches);
        return new FaultPoint(this, WireDirection.Sent, matches, what);
    }

    /// <summary>A fault at a message that the client receives.</summary>
    /// <inheritdoc cref="WhenItSends"/>
    public FaultPoint WhenItReceives(Func<WireMessage, bool> matches, [CallerArgumentExpression(nameof(matches))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(matches);
        return new FaultPoint(this, WireDirection.Received, matches, what);
    }

    /// <summary>A fault at a request to this queue, or with this routing key, as the caller sends it.</summary>
    public FaultPoint WhenItSendsRequest(string queue) => WhenItSends(message => message.IsRequest && message.RoutingKey == queue, $"a request to '{queue}'");

    /// <summary>A fault at a request of this queue as the server receives it.</summary>
    public FaultPoint WhenItReceivesRequest(string queue) => WhenItReceives(message => message.IsRequest && message.RoutingKey == queue, $"a request of '{queue}'");

    /// <summary>A fault at a reply as the server sends it.</summary>
    public FaultPoint WhenItSendsReply() => WhenItSends(message => message.IsReply, "a reply");

    /// <summary>A fault at a reply as the caller receives it.</summary>
    public FaultPoint WhenItReceivesReply() => WhenItReceives(message => message.IsReply, "a reply");

    /// <summary>A fault at an acknowledgement that a consumer sends.</summary>
    public FaultPoint WhenItAcknowledges() => WhenItSends(message => message.IsAcknowledgement, "an acknowledgement");

    /// <summary>A fault at a confirm that a publisher receives.</summary>
    public FaultPoint WhenItReceivesConfirm() => WhenItReceives(message => message.IsConfirm, "a confirm");

    /// <summary>Refuses so many attempts to connect, as a broker that is down: the connection ends before it is open.</summary>
    public Fault RefuseNext(int times = 1) => WhenItSends(message => message.Method == MethodId.ConnectionStartOk, "its attempt to connect").Times(times).CutBefore();

    /// <summary>Cuts the present connection, as a network that fails. Both sides see it at once.</summary>
    /// <exception cref="FaultException">There is none.</exception>
    public void Cut() => Session.Cut();

    /// <summary>From now on nothing passes over the present connection, and neither side is told: a half-open connection, which only heartbeats find.</summary>
    /// <exception cref="FaultException">There is none.</exception>
    public void GoSilent() => Session.GoSilent();

    /// <summary>
    /// Tells the client that the broker takes no messages (connection.blocked), until <see cref="Unblock"/>: this client alone, and at once, whether it publishes
    /// or not. What it sends all the same is taken. <see cref="TestBroker.RaiseAlarm"/> has the broker itself run low.
    /// </summary>
    /// <exception cref="FaultException">There is no connection.</exception>
    public void Block(string reason = "low on memory") => Session.Tell(0, new ConnectionBlocked(reason));

    /// <summary>Tells the client that the broker takes messages again (connection.unblocked).</summary>
    /// <exception cref="FaultException">There is no connection.</exception>
    public void Unblock() => Session.Tell(0, default(ConnectionUnblocked));

    /// <summary>Deletes a queue in the client's name, so that it works with exclusive queues too. It stays gone when the method returns.</summary>
    /// <exception cref="FaultException">There is no connection.</exception>
    public void DeleteQueue(string queue) => Session.Ask(new QueueDelete(queue, NoWait: true));

    /// <summary>Deletes the queue where the client waits for its replies.</summary>
    /// <exception cref="FaultException">There is no connection, or it has sent no request yet.</exception>
    public void DeleteReplyQueue() => DeleteQueue(Session.ReplyQueue ?? throw new FaultException($"'{Name}' has sent no request on its present connection, so it has no reply queue."));

    /// <summary>Cancels the client's consumer of a queue, and tells the client so (basic.cancel), as a broker does that loses the queue's node.</summary>
    /// <exception cref="FaultException">There is no connection, or no such consumer.</exception>
    public void CancelConsumer(string queue) => Session.CancelConsumer(queue);

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal void Begin(Session session)
    {
        Interlocked.Increment(ref _count);
        Volatile.Write(ref _session, session);
    }

    internal string DescribeTraffic()
    {
        if (Count == 0)
            return $"No connection of that name was ever made. {Broker.DescribeConnections()}";
        var last = Broker.Transcript.Entries.Where(entry => entry.Connection == Name && entry.Message is not { Method: MethodId.None }).TakeLast(ShownEntries);
        return $"What came by last:{Environment.NewLine}{string.Join(Environment.NewLine, last)}";
    }
}

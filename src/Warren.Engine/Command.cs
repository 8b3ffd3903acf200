using Warren.Amqp;

namespace Warren.Engine;

/// <summary>What a command is about: first those of one connection, then from <see cref="Tick"/> on those of the whole virtual host.</summary>
public enum CommandKind
{
    /// <summary>A handshake succeeded: the connection exists from now on.</summary>
    ConnectionOpened,

    /// <summary>A whole frame arrived on an open connection.</summary>
    FrameReceived,

    /// <summary>What arrived was not a frame; the connection must close with this code.</summary>
    FrameRefused,

    /// <summary>The socket is gone. Nothing can be sent any more.</summary>
    ConnectionLost,

    /// <summary>The connection's outbound buffer, which had no room, has room again.</summary>
    ConnectionDrained,

    /// <summary>An operator closes one connection.</summary>
    ConnectionForced,

    /// <summary>The connection's user may do other things from now on: consumers of queues that may not be read any more are cancelled.</summary>
    AuthorityChanged,

    /// <summary>Other alarms stand than before.</summary>
    AlarmsChanged,

    /// <summary>The virtual host may hold another number of queues from now on; what exists stays.</summary>
    LimitsChanged,

    /// <summary>Other policies hold from now on, for everything that is there too.</summary>
    PoliciesChanged,

    /// <summary>Queues, exchanges and bindings are made that a file names.</summary>
    TopologyImported,

    /// <summary>About a second has passed: every connection is looked at.</summary>
    Tick,

    /// <summary>The moment of <see cref="BrokerEngine.NextDueTicks"/> has come: what is due then is done, and nothing else is looked at.</summary>
    Due,

    /// <summary>The broker stops, or the virtual host is deleted: every connection is closed with 320.</summary>
    Shutdown,

    /// <summary>The virtual host is traced from now on: its firehose is opened.</summary>
    TraceOn,

    /// <summary>The virtual host is traced no more.</summary>
    TraceOff,

    /// <summary>The journal has written: what waited for it goes on.</summary>
    Persisted,
}

/// <summary>One thing that happened, as the engine hears of it. The frame in it is valid only during the step.</summary>
public readonly ref struct Command
{
    private Command(CommandKind kind, ConnectionId connection) => (Kind, Connection) = (kind, connection);

    /// <summary>What happened.</summary>
    public CommandKind Kind { get; }

    /// <summary>To which connection; meaningless from <see cref="CommandKind.AlarmsChanged"/> on.</summary>
    public ConnectionId Connection { get; }

    /// <summary>The frame that was received.</summary>
    public Frame Frame { get; private init; }

    /// <summary>What the handshake settled.</summary>
    public ConnectionSettings? Settings { get; private init; }

    /// <summary>What the user may do.</summary>
    public Authority? Authority { get; private init; }

    /// <summary>How many queues there may be; null for any number.</summary>
    public int? MaxQueues { get; private init; }

    /// <summary>All policies.</summary>
    public PolicySet? Policies { get; private init; }

    /// <summary>What is to be made.</summary>
    public Topology? Topology { get; private init; }

    /// <summary>The code to close with.</summary>
    public ReplyCode ReplyCode { get; private init; }

    /// <summary>Every alarm that stands.</summary>
    public Alarms Alarms { get; private init; }

    /// <summary>How far the journal is on disk.</summary>
    public long Position { get; private init; }

    /// <summary>Why, without the code's name.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>A handshake succeeded.</summary>
    public static Command Opened(ConnectionId connection, ConnectionSettings settings) =>
        new(CommandKind.ConnectionOpened, connection) { Settings = settings };

    /// <summary>A whole frame arrived.</summary>
    public static Command Received(ConnectionId connection, Frame frame) => new(CommandKind.FrameReceived, connection) { Frame = frame };

    /// <summary>What arrived was not a frame.</summary>
    public static Command Refused(ConnectionId connection, ProtocolException error) =>
        new(CommandKind.FrameRefused, connection) { ReplyCode = error.ReplyCode, Reason = error.Message };

    /// <summary>The socket is gone.</summary>
    public static Command Lost(ConnectionId connection) => new(CommandKind.ConnectionLost, connection);

    /// <summary>There is room in the outbound buffer again.</summary>
    public static Command Drained(ConnectionId connection) => new(CommandKind.ConnectionDrained, connection);

    /// <summary>An operator closes the connection (320).</summary>
    public static Command Forced(ConnectionId connection, string reason) =>
        new(CommandKind.ConnectionForced, connection) { ReplyCode = ReplyCode.ConnectionForced, Reason = reason };

    /// <summary>The connection's user may do other things.</summary>
    public static Command AuthorityChanged(ConnectionId connection, Authority authority) =>
        new(CommandKind.AuthorityChanged, connection) { Authority = authority };

    /// <summary>The virtual host may hold so many queues; null for any number.</summary>
    public static Command LimitsChanged(int? maxQueues) => new(CommandKind.LimitsChanged, default) { MaxQueues = maxQueues };

    /// <summary>From now on these policies hold, and no others.</summary>
    public static Command PoliciesChanged(PolicySet policies) => new(CommandKind.PoliciesChanged, default) { Policies = policies };

    /// <summary>Makes what <see cref="BrokerEngine.FaultOf"/> found nothing wrong with; what is there already stays as it is.</summary>
    public static Command TopologyImported(Topology topology) => new(CommandKind.TopologyImported, default) { Topology = topology };

    /// <summary>From now on these alarms stand, and no others.</summary>
    public static Command AlarmsChanged(Alarms alarms) => new(CommandKind.AlarmsChanged, default) { Alarms = alarms };

    /// <summary>About a second has passed.</summary>
    public static Command Tick() => new(CommandKind.Tick, default);

    /// <summary>Something is due.</summary>
    public static Command Due() => new(CommandKind.Due, default);

    /// <summary>The firehose is opened or closed.</summary>
    public static Command Trace(bool on) => new(on ? CommandKind.TraceOn : CommandKind.TraceOff, default);

    /// <summary>
    /// Everything up to this position is on disk: one that <see cref="IJournal.Position"/> had when a batch was sealed. What failed is never told: nothing that waits for it is
    /// answered, and the host ends the engine.
    /// </summary>
    public static Command Persisted(long position) => new(CommandKind.Persisted, default) { Position = position };

    /// <summary>The broker stops.</summary>
    public static Command Shutdown() => Shutdown("broker forced connection closure with reason 'shutdown'");

    /// <summary>Every connection is to close, for this reason.</summary>
    public static Command Shutdown(string reason) =>
        new(CommandKind.Shutdown, default) { ReplyCode = ReplyCode.ConnectionForced, Reason = reason };
}

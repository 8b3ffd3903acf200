using System.Net;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;

namespace Warren.Tests.Broker;

/// <summary>A broker's turn with virtual time and clients in memory.</summary>
internal sealed class BrokerBench
{
    private int _nextPort = 40000;

    public BrokerBench(BrokerOptions? options = null)
    {
        options = (options ?? new BrokerOptions()) with { TimeProvider = Time, LoginThreads = 0, PasswordRounds = 1000 };
        Journal = DurableStart.Open(options);
        Turn = new BrokerTurn(options, Log, Journal);
        if (Journal is not null)
            DurableStart.Recover(Turn, Journal, options, Log);
        Users = new BrokerUsers(Turn, 1000);
        VirtualHosts = new BrokerVirtualHosts(Turn);
    }

    public VirtualTime Time { get; } = new();

    public LogLines Log { get; } = new();

    public BrokerTurn Turn { get; }

    /// <summary>Null without a disk. Its writer runs when the test says so.</summary>
    public BrokerJournal? Journal { get; }

    public BrokerUsers Users { get; }

    public BrokerVirtualHosts VirtualHosts { get; }

    public static FieldTable CloseCapable { get; } =
        FieldTable.Create(("capabilities", FieldTable.Create(("authentication_failure_close", true))));

    /// <summary>A client that has connected and said nothing.</summary>
    public RawPeer Connect(string address = "127.0.0.1")
    {
        var peer = new RawPeer(Turn, new IPEndPoint(IPAddress.Parse(address), _nextPort++));
        Assert.True(Turn.Join(peer));
        return peer;
    }

    /// <summary>A client that has got connection.start.</summary>
    public RawPeer Greet(string address = "127.0.0.1")
    {
        var peer = Connect(address);
        peer.Write(FrameBuffer.ProtocolHeader);
        peer.Read<ConnectionStart>();
        return peer;
    }

    /// <summary>A client that has logged in and got connection.tune.</summary>
    public RawPeer LogIn(string user = "guest", string password = "guest")
    {
        var peer = Greet();
        peer.WriteMethod(0, Plain(user, password));
        peer.Read<ConnectionTune>();
        return peer;
    }

    /// <summary>A client with an open connection.</summary>
    public RawPeer Open(ushort heartbeat = 0, uint frameMax = 131072)
    {
        var peer = LogIn();
        peer.WriteMethod(0, new ConnectionTuneOk(2047, frameMax, heartbeat));
        peer.WriteMethod(0, new ConnectionOpen("/"));
        peer.Read<ConnectionOpenOk>();
        return peer;
    }

    /// <summary>A client that asks to open a virtual host; the answer is still to be read.</summary>
    public RawPeer AskToOpen(string virtualHost, string user = "guest", string password = "guest")
    {
        var peer = LogIn(user, password);
        peer.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        peer.WriteMethod(0, new ConnectionOpen(virtualHost));
        return peer;
    }

    /// <summary>A virtual host in which guest may do everything.</summary>
    public bool CreateVirtualHost(string name)
    {
        var isCreated = VirtualHosts.Create(name);
        Users.SetPermission(UserPermission.Everything("guest", name));
        return isCreated;
    }

    /// <summary>A client with channel 1.</summary>
    public RawPeer OpenChannel(string virtualHost, string user = "guest", string password = "guest")
    {
        var peer = AskToOpen(virtualHost, user, password);
        peer.Read<ConnectionOpenOk>();
        peer.WriteMethod(1, new ChannelOpen());
        peer.Read<ChannelOpenOk>();
        return peer;
    }

    /// <summary>A client with channel 1.</summary>
    public RawPeer OpenChannel()
    {
        var peer = Open();
        peer.WriteMethod(1, new ChannelOpen());
        peer.Read<ChannelOpenOk>();
        return peer;
    }

    /// <summary>The disk does what there is to do, and the broker hears of it.</summary>
    public void RunDisk()
    {
        while (Journal!.Writer.RunOnce())
        {
        }
        Turn.EndBatch();
    }

    /// <summary>Time passes, tick after tick.</summary>
    public void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(250))
        {
            Time.Advance(TimeSpan.FromMilliseconds(250));
            Turn.Tick();
        }
    }

    public static ConnectionStartOk Plain(string user, string password, FieldTable properties = default) =>
        new(properties, "PLAIN", $"\0{user}\0{password}", "en_US");
}

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines : ILogger
{
    public List<string> Lines { get; } = [];

    /// <summary>Lines that the log throws at.</summary>
    public Func<string, bool>? Failing { get; set; }

    public List<(string Line, Exception? Exception)> Critical { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Failing?.Invoke(formatter(state, exception)) == true)
            throw new InvalidOperationException("the log is full");
        lock (Lines) // Over sockets more than one thread logs.
        {
            Lines.Add(formatter(state, exception));
            if (logLevel == LogLevel.Critical)
                Critical.Add((formatter(state, exception), exception));
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;
using Warren.Client;

namespace Warren.Tests.Broker;

/// <summary>What becomes of newcomers when the process may open no more files.</summary>
public sealed class DoorTests
{
    private readonly BrokerBench _bench = new();
    private long _limit = 100;
    private int _next = 50; // The number that the next descriptor would have.

    [Fact]
    public void A_quarter_of_a_small_limit_is_kept_and_64_of_a_large_one()
    {
        Assert.Equal(25, Room().Reserved);
        _limit = 1024;
        Assert.Equal(64, Room().Reserved);
    }

    [Fact]
    public void Connections_get_no_descriptor_that_is_kept()
    {
        var room = Room();
        _next = 74;
        Assert.True(room.IsThere());
        _next = 75;
        Assert.False(room.IsThere());
        _next = int.MaxValue;
        Assert.False(room.IsThere());
        Assert.True(room.IsReserved(75));
    }

    [Fact]
    public void An_operator_may_raise_the_limit_while_the_broker_runs()
    {
        var room = Room();
        _next = 80;
        Assert.False(room.IsThere());
        _limit = 1000;

        Assert.True(room.IsThere());
    }

    [Fact]
    public void This_process_has_room_and_a_limit()
    {
        var room = DescriptorRoom.OfThisProcess();

        Assert.True(room.IsThere());
        Assert.True(room.Limit > 64);
    }

    [Fact]
    public void A_closed_door_is_one_line_however_often_somebody_knocks_and_another_when_it_opens()
    {
        var door = new Door(Room(), () => 7, _bench.Log);
        _next = 75;
        Assert.False(door.IsOpen());
        Assert.False(door.IsOpen());
        door.Fail(Libc.EMFILE);
        _next = 50;
        Assert.True(door.IsOpen());
        Assert.True(door.Admit(50));
        Assert.True(door.Admit(51));

        Assert.Equal(2, _bench.Log.Lines.Count);
        Assert.StartsWith("No more connections are accepted: 7 are open, and of the 100 files that this process may open at once, 25 are kept", _bench.Log.Lines[0], StringComparison.Ordinal);
        Assert.Equal("Connections are accepted again", _bench.Log.Lines[1]);
    }

    [Fact]
    public void A_connection_whose_descriptor_others_left_over_is_not_admitted() => Assert.False(new Door(Room(), () => 0, _bench.Log).Admit(75));

    [Theory]
    [InlineData(IoRoad.Epoll)]
    [InlineData(IoRoad.Sockets)]
    public async Task Without_descriptors_newcomers_wait_those_who_are_connected_are_served_and_with_descriptors_all_are(IoRoad road)
    {
        // The runtime could not open a library for the next thing to do, and ended the process with "Out of memory".
        Assert.SkipUnless(road == IoRoad.Sockets || OperatingSystem.IsLinux(), "epoll is Linux's");
        var said = new AwaitedLog();
        var isFull = false;
        var room = new DescriptorRoom(() => 1_000_000, () => Volatile.Read(ref isFull) ? int.MaxValue : 0);
        await using var broker = await WarrenBroker.StartAsync(new BrokerOptions { IoRoad = road, Descriptors = room, LoggerFactory = said });
        await using var first = await AmqpConnection.ConnectAsync(broker.Uri.AbsoluteUri, TestContext.Current.CancellationToken);

        Volatile.Write(ref isFull, true);
        using var expected = Connect(broker); // The portable road waits for one already, and takes it.
        using var second = Connect(broker);
        await said.Line("No more connections are accepted").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await first.OpenChannelAsync(TestContext.Current.CancellationToken);
        Assert.Equal(road == IoRoad.Epoll ? 1 : 2, broker.ConnectionCount);

        Volatile.Write(ref isFull, false);
        await said.Line("Connections are accepted again").WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await GreetAsync(second);
    }

    private DescriptorRoom Room() => new(() => _limit, () => _next);

    private static TcpClient Connect(WarrenBroker broker)
    {
        var client = new TcpClient();
        client.Connect(IPAddress.Loopback, broker.Port);
        return client;
    }

    private static async Task GreetAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync(FrameBuffer.ProtocolHeader.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await client.GetStream().ReadAsync(new byte[1000], TestContext.Current.CancellationToken) > 0); // connection.start.
    }

    /// <summary>A log whose lines one can wait for.</summary>
    private sealed class AwaitedLog : ILoggerFactory, ILogger
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];
        private readonly List<(string Beginning, TaskCompletionSource Came)> _awaited = [];

        public Task Line(string beginning)
        {
            lock (_gate)
            {
                var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_lines.Exists(line => line.StartsWith(beginning, StringComparison.Ordinal)))
                    came.SetResult();
                _awaited.Add((beginning, came));
                return came.Task;
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
            // There is one way out, which is enough.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                var said = formatter(state, exception);
                _lines.Add(said);
                foreach (var (_, came) in _awaited.Where(one => said.StartsWith(one.Beginning, StringComparison.Ordinal)))
                    came.TrySetResult();
            }
        }

        public void Dispose()
        {
            // Nothing to put away.
        }
    }
}

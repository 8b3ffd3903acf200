using Microsoft.Extensions.Logging;
using Warren.Amqp;
using Warren.Broker;
using Warren.Tests.Broker;

namespace Warren.Tests.BadInputs;

/// <summary>A sample of the rows over real sockets, on both roads.</summary>
public sealed class SocketTests
{
    private const int MaxSplitOctets = 4096; // Beyond, a segment per octet takes too long and shows nothing new.

    private readonly LogLines _log = new();

    public static TheoryData<string, Sending, IoRoad> Rows
    {
        get
        {
            var rows = new TheoryData<string, Sending, IoRoad>();
            foreach (var row in BadInputTests.OnSockets)
            {
                foreach (var road in Roads)
                {
                    rows.Add(row.Key, Sending.Whole, road);
                    if (row.SentOctets <= MaxSplitOctets)
                        rows.Add(row.Key, Sending.OctetByOctet, road);
                }
            }
            return rows;
        }
    }

    public static TheoryData<IoRoad, bool> Ends => [.. Roads.SelectMany(road => new[] { (road, false), (road, true) })];

    private static IoRoad[] Roads => OperatingSystem.IsLinux() ? [IoRoad.Epoll, IoRoad.Sockets] : [IoRoad.Sockets];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Bad_input_over_a_socket(string row, Sending sending, IoRoad road)
    {
        var input = BadInputTests.Find(row);
        await using var broker = await StartAsync(road);
        using var bystander = Bystander(broker);
        using var client = new RawSocket(broker);
        client.Enter(input.From, input.FrameMax);

        foreach (var octets in input.Steps.OfType<Step.Octets>())
            Send(client, octets.Value, sending);
        var expected = input.Expected.Replace("END", "DROP", StringComparison.Ordinal); // From outside an end is an end.
        var isEnd = expected.EndsWith("DROP", StringComparison.Ordinal);
        var count = expected.Split(", ").Length;
        var isOpen = true;
        while (isOpen && (isEnd || new Answers(client.Frames).Count < count))
            isOpen = client.Receive();
        var answers = new Answers(client.Frames);
        if (answers.IsConnectionClosed)
        {
            client.Send(Wire.On(0, default(ConnectionCloseOk)));
            while (client.Receive())
            {
            }
        }
        else if (!isOpen)
        {
            answers.Add("DROP");
        }

        Assert.Equal(expected, answers.ToString(expected));
        Work(bystander);
        client.Dispose();
        await OnlyTheBystanderIsLeftAsync(broker);
        Work(bystander);
        BadInputRun.CheckLog(_log.Lines);
        Assert.Empty(_log.Critical);
    }

    // The first half of a publish, then the end: nothing is stored, nothing is left.
    [Theory]
    [MemberData(nameof(Ends))]
    public async Task B34_a_frame_cut_short_and_the_end(IoRoad road, bool isReset)
    {
        await using var broker = await StartAsync(road);
        using var bystander = Bystander(broker);
        var publish = Wire.Publish("bystander", octets: 100);
        foreach (var cut in (int[])[1, 7, 12, publish.Length - 110, publish.Length - 50, publish.Length - 1])
        {
            using var client = new RawSocket(broker);
            client.Enter(Stage.Channel, 131072);
            client.Ask(Wire.Say(new ConfirmSelect()), 1);
            Assert.True(client.Send(publish.AsSpan(0, cut)));
            if (isReset)
                client.Reset();
            else
                client.Finish();
            while (!isReset && client.Receive())
            {
            }
            Assert.True(client.Frames.IsEmpty);
            await OnlyTheBystanderIsLeftAsync(broker);
        }
        Work(bystander);
        Assert.Empty(_log.Critical);
    }

    private static void Send(RawSocket client, byte[] octets, Sending sending)
    {
        if (sending == Sending.Whole)
            client.Send(octets);
        for (var i = 0; sending == Sending.OctetByOctet && i < octets.Length; i++)
        {
            if (!client.Send(octets.AsSpan(i, 1)))
                return;
        }
    }

    private Task<WarrenBroker> StartAsync(IoRoad road) => WarrenBroker.StartAsync(new BrokerOptions
    {
        IoRoad = road,
        PasswordRounds = 1000,
        LoginThreads = 1,
        StopTimeout = TimeSpan.Zero,
        LoggerFactory = new OneLog(_log),
    });

    private static RawSocket Bystander(WarrenBroker broker)
    {
        var bystander = new RawSocket(broker);
        bystander.Enter(Stage.Channel, 131072);
        bystander.Ask(Wire.Say(new QueueDeclare("bystander", Exclusive: true)), 1);
        return bystander;
    }

    // Nothing else may stand in its queue than what it has published itself.
    private static void Work(RawSocket bystander)
    {
        Assert.True(bystander.Send([.. Wire.Publish("bystander", octets: 3), .. Wire.Get("bystander"), .. Wire.Get("bystander")]));
        while (new Answers(bystander.Frames).Count < 2)
            Assert.True(bystander.Receive());
        Assert.Equal("BasicGetOk[3], BasicGetEmpty", new Answers(bystander.Frames).ToString(""));
        bystander.Ask(Wire.Say(new BasicQos()), 3);
    }

    private static async Task OnlyTheBystanderIsLeftAsync(WarrenBroker broker)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (broker.ConnectionCount > 1)
            await Task.Delay(5, patience.Token);
    }

    private sealed class OneLog(ILogger log) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}

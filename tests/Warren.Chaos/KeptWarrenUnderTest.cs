using System.Globalization;
using System.Text.RegularExpressions;
using Warren.Client;
using Warren.Crashes.Brokers;

namespace Warren.Chaos;

/// <summary>The box with its journal: <c>warren broker --data</c>, which dies in several ways and is started again on the same folder and port.</summary>
internal sealed partial class KeptWarrenUnderTest : IBrokerUnderTest
{
    private const string Ballast = "chaos.ballast";
    private const int BallastOctets = 1 << 18;
    private const int MemoryLimit = 64 << 20;

    private static readonly string[] s_options = ["--memory-limit", $"{MemoryLimit}"];

    private readonly string _folder;
    private readonly Random _random;
    private readonly List<string> _complaints = [];
    private WarrenProcess _box;
    private long _kills;
    private long _found;
    private bool _hasEnded;

    private KeptWarrenUnderTest(string folder, Random random, WarrenProcess box)
    {
        _folder = folder;
        _random = random;
        _box = box;
        Nodes = [box.Uri];
    }

    public string Name => "Warren with its journal, in a process of its own";

    public IReadOnlyList<Uri> Nodes { get; }

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults =>
    [
        ("box killed and started again", () => KillAsync(TimeSpan.Zero)),
        ("box killed, and started again within 2 s", () => KillAsync(Pause(2000))),
        ("box killed, and again while it recovered", KillInRecoveryAsync),
        ("box killed with the alarm raised", KillInAlarmAsync),
        ("box stopped in order and started again", StopAsync),
        ("box stood still (SIGSTOP)", StandStillAsync),
    ];

    public IReadOnlyList<(string What, long Count)> Figures => [("kills of the box", _kills), ("messages that it found in its journal when it started again", _found)];

    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<KeptWarrenUnderTest> StartAsync(string folder, Random random) =>
        new(folder, random, await WarrenProcess.StartAsync(folder, options: s_options));

    /// <summary>The way that exists from outside: publishing more than the box may hold, to where nobody consumes. The alarm ends when that is deleted.</summary>
    public async Task RaiseAlarmAsync(TimeSpan time)
    {
        await using var other = await ConnectAsync(); // Who has published is not read from until the alarm is over.
        var deleting = await other.OpenChannelAsync();
        await using var publishing = await FillAsync();
        await Task.Delay(time);
        await deleting.DeleteQueueAsync(Ballast);
    }

    public async Task EndAsync()
    {
        _hasEnded = true;
        await StopInOrderAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded)
            await EndAsync();
    }

    private async Task KillAsync(TimeSpan away)
    {
        await KillAsync();
        await Task.Delay(away);
        await StartAgainAsync();
    }

    private async Task KillInRecoveryAsync()
    {
        await KillAsync();
        _box = WarrenProcess.Launch(_folder, port: Nodes[0].Port, options: s_options);
        await Task.Delay(Pause(400)); // It may have done by then, and be serving.
        await KillAsync();
        await StartAgainAsync();
    }

    private async Task KillInAlarmAsync()
    {
        await using var publishing = await FillAsync();
        await Task.Delay(Pause(500));
        await KillAsync(TimeSpan.Zero); // What was too much is not durable: the alarm does not come back.
    }

    private async Task StopAsync()
    {
        await StopInOrderAsync();
        await StartAgainAsync();
    }

    private async Task StandStillAsync()
    {
        Signals.Send(_box.ProcessId, Signals.Stop);
        await Task.Delay(Pause(1500));
        Signals.Send(_box.ProcessId, Signals.Continue);
    }

    private async Task StopInOrderAsync()
    {
        Signals.Send(_box.ProcessId, Signals.Terminate);
        var code = await _box.ExitAsync();
        if (code != 0)
            throw new InvalidOperationException($"The box was stopped, and ended with {code}: {_box.Words}");
        Listen();
    }

    private async Task KillAsync()
    {
        if (_box.HasEnded)
            throw new InvalidOperationException($"The box has ended by itself, with {await _box.ExitAsync()}: {_box.Words}");
        await _box.KillAsync();
        _kills++;
        Listen();
    }

    // A box that was killed may say how much it found, that the last of what it wrote was torn, and that its memory was full; anything else is a complaint.
    private void Listen()
    {
        foreach (var line in _box.Words.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Found().Match(line) is { Success: true } found)
                _found += long.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            else if (!Expected().IsMatch(line))
                _complaints.Add(line);
        }
    }

    [GeneratedRegex(@": (\d+) messages in \d+ durable queues")]
    private static partial Regex Found();

    [GeneratedRegex(@"Nobody had been told that it was kept|Alarm: low on |The alarm is over: ")]
    private static partial Regex Expected();

    private async Task StartAgainAsync() => _box = await WarrenProcess.StartAsync(_folder, port: Nodes[0].Port, options: s_options);

    // Returns when publishers are told to wait; what was published then stands in a queue that dies with the box.
    private async Task<AmqpConnection> FillAsync()
    {
        var publishing = await ConnectAsync();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        publishing.BlockedChanged += (isBlocked, _) =>
        {
            if (isBlocked)
                blocked.TrySetResult();
        };
        var channel = await publishing.OpenChannelAsync();
        await channel.DeclareQueueAsync(Ballast);
        for (var octets = 0L; !blocked.Task.IsCompleted; octets += BallastOctets)
        {
            if (octets > 4L * MemoryLimit)
                throw new InvalidOperationException($"The box may hold {MemoryLimit} octets, and takes more than {octets}.");
            await await Task.WhenAny(blocked.Task, channel.PublishAsync("", Ballast, new byte[BallastOctets]).AsTask());
        }
        return publishing;
    }

    private Task<AmqpConnection> ConnectAsync() => AmqpConnection.ConnectAsync(Nodes[0].AbsoluteUri);

    private TimeSpan Pause(int mostMs) => TimeSpan.FromMilliseconds(_random.Next(1, mostMs));
}

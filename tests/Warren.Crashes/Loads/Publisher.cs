using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>Publishes persistent messages with confirms into all queues, as long as its channel lives.</summary>
internal sealed class Publisher(Ledger ledger, IClientChannel channel, int channelNumber, Random random)
{
    private const int Priorities = 4;
    private const int InFlight = 64;
    private const int MostOpen = 1_000; // Of a queue: beyond it consumers have to catch up first.

    private readonly SemaphoreSlim _window = new(InFlight);
    private volatile bool _isLost; // The broker is gone: what would be published now never leaves this process.

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!_isLost)
        {
            var queue = Topology.Published[random.Next(Topology.Published.Length)];
            if (ledger.OpenIn(queue) > MostOpen)
                await Task.Delay(2, stopping);
            else
                await PublishAsync(queue, stopping);
        }
    }

    private async Task PublishAsync(string queue, CancellationToken stopping)
    {
        await _window.WaitAsync(stopping);
        var priority = queue == Topology.Priority ? random.Next(Priorities) : 0;
        var (number, body) = ledger.Publish(queue, (channelNumber * Priorities) + priority, Octets());
        var end = await channel.PublishAsync("", queue, body, (byte)priority);
        _ = SettleAsync(number, queue, end);
    }

    private async Task SettleAsync(long number, string queue, Task<PublishEnd> end)
    {
        switch (await end)
        {
            case PublishEnd.Confirmed:
                ledger.Confirm(number);
                break;
            case PublishEnd.Returned:
                ledger.Note(findings => findings.Lose($"{queue}, which was declared: message {number} came back as not routed"));
                break;
            case PublishEnd.Unknown:
                _isLost = true;
                break;
        }
        _window.Release();
    }

    private int Octets() => random.Next(1000) switch
    {
        0 => random.Next(200_000),
        < 10 => random.Next(20_000),
        _ => random.Next(300),
    };
}

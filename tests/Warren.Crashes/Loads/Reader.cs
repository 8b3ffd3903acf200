using Warren.Crashes.Books;
using Warren.Crashes.Clients;

namespace Warren.Crashes.Loads;

/// <summary>
/// Takes messages from one queue, by consuming or by getting: acks most, alone or several at once, gives some back, rejects some. At times it publishes a mark
/// behind its acks on the same channel: what confirms the mark has the acks on disk.
/// </summary>
internal sealed class Reader
{
    private const int Prefetch = 50;
    private const int MostHeld = 20;
    private const int AcksPerMark = 100;

    private readonly Ledger _ledger;
    private readonly IClientChannel _channel;
    private readonly Session _session;
    private readonly Random _random;
    private readonly int _lane;
    private readonly bool _marks;
    private readonly List<long> _held = [];     // Delivered, and not yet acked.
    private List<long> _acked = [];             // Acked since the last mark.

    /// <param name="lane">Of its marks.</param>
    /// <param name="marks">False with a broker that does not promise that acks are on disk before a later confirm.</param>
    public Reader(Ledger ledger, IClientChannel channel, string queue, int lane, bool marks, Random random)
    {
        _ledger = ledger;
        _channel = channel;
        _session = ledger.Begin(queue);
        _lane = lane;
        _marks = marks;
        _random = random;
    }

    public Task ConsumeAsync() => _channel.ConsumeAsync(_session.Queue, Prefetch, TakeAsync);

    public async Task PollAsync(CancellationToken stopping)
    {
        while (true)
        {
            if (await _channel.GetAsync(_session.Queue) is { } arrival)
                await TakeAsync(arrival);
            else
                await Task.Delay(2, stopping);
        }
    }

    private async ValueTask TakeAsync(Arrival arrival)
    {
        var number = _ledger.Deliver(_session, arrival.Redelivered, arrival.Body.Span);
        if (number < 0)
            return;
        switch (_random.Next(100))
        {
            case < 3 when !arrival.Redelivered: // Once, or a quorum queue counts it out.
                _ledger.Requeue(_session.Queue, number);
                await Lost.UntilAsync(() => _channel.NackAsync(arrival.Tag, requeue: true).AsTask());
                return;
            case < 6:
                _ledger.Reject(_session.Queue, number);
                await Lost.UntilAsync(() => _channel.NackAsync(arrival.Tag, requeue: false).AsTask());
                return;
        }
        _held.Add(number);
        if (_held.Count < MostHeld && _random.Next(4) != 0)
            return;
        foreach (var held in _held)
            _ledger.Ack(_session.Queue, held);
        _acked.AddRange(_held);
        _held.Clear();
        await Lost.UntilAsync(() => _channel.AckAsync(arrival.Tag, multiple: true).AsTask());
        if (_marks && _acked.Count >= AcksPerMark)
            await MarkAsync();
    }

    private async Task MarkAsync()
    {
        var acked = _acked;
        _acked = [];
        var (number, body) = _ledger.Publish(Topology.Marks, _lane, MessageBody.Least);
        await Lost.UntilAsync(async () => _ = SettleAsync(number, await _channel.PublishAsync("", Topology.Marks, body), acked));
    }

    private async Task SettleAsync(long mark, Task<PublishEnd> end, List<long> acked)
    {
        if (await end != PublishEnd.Confirmed)
            return;
        _ledger.Confirm(mark);
        _ledger.PersistAcks(_session.Queue, acked);
    }
}

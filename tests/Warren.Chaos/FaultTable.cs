using Warren.Amqp;

namespace Warren.Chaos;

/// <summary>Something that goes wrong.</summary>
/// <param name="Name">What, as the report says it.</param>
/// <param name="Happen">Makes it happen; false when there was nothing left that it could have happened to.</param>
internal sealed record ChaosFault(string Name, Func<Task<bool>> Happen);

/// <summary>Everything that can go wrong in a run. Each kind comes once before any comes again, in an order that the seed decides.</summary>
internal sealed class FaultTable
{
    private readonly List<ChaosFault> _kinds = [];
    private readonly Queue<ChaosFault> _next = [];
    private readonly Random _random;
    private readonly Task _runOver;

    public FaultTable(Random random, CallMode mode, IBrokerUnderTest broker, ChaosProxy clients, ChaosProxy servers, ServerProcess[] processes, Task runOver)
    {
        _random = random;
        _runOver = runOver;
        AddConnection("clients", clients);
        AddConnection("servers", servers);
        AddSteps(mode, clients, servers);
        Add("server killed", () => Victim(processes).KillAsync());
        Add("server restarted in order", () => Victim(processes).RestartAsync());
        Add("reply queues deleted", clients.DeleteConsumedQueuesAsync);
        Add("servers' consumers cancelled by the broker", servers.CancelConsumersAsync);
        Add("alarm raised: publishers blocked", () => broker.RaiseAlarmAsync(Pause(1000)));
        foreach (var (name, happen) in broker.Faults)
            Add(name, happen);
    }

    /// <summary>The next fault.</summary>
    public ChaosFault Next()
    {
        if (_next.Count == 0)
        {
            var kinds = _kinds.ToArray();
            _random.Shuffle(kinds);
            foreach (var kind in kinds)
                _next.Enqueue(kind);
        }
        return _next.Dequeue();
    }

    private void AddConnection(string who, ChaosProxy proxy)
    {
        Add($"{who} cut", () => Done(proxy.Cut));
        Add($"{who} cut in the middle of a frame", () => Done(() => proxy.CutAfter(_random.Next(2) == 0, _random.Next(1, 4000))));
        Add($"{who}: what they said was lost, then cut", () => proxy.SwallowAndCutAsync(fromBroker: false, Pause(200)));
        Add($"{who}: what the broker said was lost, then cut", () => proxy.SwallowAndCutAsync(fromBroker: true, Pause(200)));
        Add($"{who} stalled", () => proxy.StallAsync(Pause(200)));
    }

    // The steps of a call in their order: written, confirmed, delivered, replied, acknowledged, received.
    private void AddSteps(CallMode mode, ChaosProxy clients, ChaosProxy servers)
    {
        AddStep("client cut before the write of a request", clients, fromBroker: false, MethodId.BasicPublish, after: false);
        AddStep("client cut after the write, before the confirm", clients, fromBroker: false, MethodId.BasicPublish, after: true);
        if (mode == CallMode.Safe)
            AddStep("client cut after the confirm, before the reply", clients, fromBroker: true, MethodId.BasicAck, after: true);
        AddStep("server cut after the confirm, before the delivery", servers, fromBroker: true, MethodId.BasicDeliver, after: false);
        AddStep("server cut after the delivery, before the reply", servers, fromBroker: false, MethodId.BasicPublish, after: false);
        AddStep("server cut after the reply, before its acknowledgement", servers, fromBroker: false, MethodId.BasicAck, after: false);
        AddStep("client cut after the reply, before its delivery", clients, fromBroker: true, MethodId.BasicDeliver, after: false);
    }

    private void AddStep(string name, ChaosProxy proxy, bool fromBroker, MethodId method, bool after) =>
        _kinds.Add(new ChaosFault(name, () => proxy.CutAtAsync(fromBroker, method, after, _runOver)));

    private void Add(string name, Func<Task> happen) => _kinds.Add(new ChaosFault(name, async () =>
    {
        await happen();
        return true;
    }));

    private static Task Done(Action act)
    {
        act();
        return Task.CompletedTask;
    }

    private ServerProcess Victim(ServerProcess[] processes) => processes[_random.Next(processes.Length)];

    private TimeSpan Pause(int mostMs) => TimeSpan.FromMilliseconds(_random.Next(1, mostMs));
}

using Warren.Broker;
using Warren.Engine;

namespace Warren.Chaos;

/// <summary>The box. It keeps what it holds in memory, so it is not killed here.</summary>
internal sealed class WarrenUnderTest : IBrokerUnderTest
{
    private readonly WarrenBroker _broker;

    private WarrenUnderTest(WarrenBroker broker) => _broker = broker;

    public string Name => "Warren";

    public IReadOnlyList<Uri> Nodes => [_broker.Uri];

    public async Task RaiseAlarmAsync(TimeSpan time)
    {
        _broker.RaiseAlarm(Alarms.Memory);
        await Task.Delay(time);
        _broker.ClearAlarm(Alarms.Memory);
    }

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults => [];

    public static async Task<WarrenUnderTest> StartAsync() => new(await WarrenBroker.StartAsync());

    public ValueTask DisposeAsync() => _broker.DisposeAsync();
}

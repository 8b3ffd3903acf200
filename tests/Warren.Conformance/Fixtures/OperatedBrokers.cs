using Warren.Broker;
using Warren.Engine;

namespace Warren.Conformance.Fixtures;

/// <summary>
/// Brokers of a class's own that the tests operate: they raise alarms, which everybody at the broker feels, and close connections. One test at a time.
/// </summary>
public sealed class OperatedBrokers : IAsyncDisposable
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "rabbitmq", "rabbitmq.sh");

    private WarrenBroker? _warren;
    private RunningProgram? _rabbitMq;
    private Uri? _rabbitMqUri;
    private int _told;

    public async Task<Uri> UriOfAsync(BrokerKind kind)
    {
        if (kind == BrokerKind.Warren)
            return (_warren ??= await WarrenBroker.StartAsync()).Uri;
        if (_rabbitMqUri is not null)
            return _rabbitMqUri;
        RabbitMqServer.Require();
        _rabbitMq = RunningProgram.Start("bash", [Script, "obey"]);
        await _rabbitMq.WaitForOutputAsync("ready amqp", atMost: TimeSpan.FromSeconds(150));
        return _rabbitMqUri = new Uri(_rabbitMq.Output.Split("ready ")[1].Trim());
    }

    public Task RaiseAsync(BrokerKind kind, Alarms alarm) => DoAsync(kind, broker => broker.RaiseAlarm(alarm), $"raise {Word(alarm)}");

    public Task ClearAsync(BrokerKind kind, Alarms alarm) => DoAsync(kind, broker => broker.ClearAlarm(alarm), $"clear {Word(alarm)}");

    public Task CloseAllAsync(BrokerKind kind, string reason) => DoAsync(kind, broker =>
    {
        foreach (var connection in broker.GetConnections())
            broker.CloseConnection(connection.Name, reason);
    }, $"close {reason}");

    public async ValueTask DisposeAsync()
    {
        if (_warren is not null)
            await _warren.DisposeAsync();
        if (_rabbitMq is null)
            return;
        _rabbitMq.CloseInput();
        await _rabbitMq.WaitForExitAsync(TimeSpan.FromSeconds(60));
        await _rabbitMq.DisposeAsync();
    }

    private async Task DoAsync(BrokerKind kind, Action<WarrenBroker> act, string command)
    {
        if (kind == BrokerKind.Warren)
        {
            act(_warren!);
            return;
        }
        await _rabbitMq!.WriteLineAsync(command);
        await _rabbitMq.WaitForOutputAsync("done", ++_told, TimeSpan.FromMinutes(1));
    }

    private static string Word(Alarms alarm) => alarm == Alarms.Memory ? "memory" : "disk";
}

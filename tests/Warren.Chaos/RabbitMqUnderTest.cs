using System.Diagnostics;
using System.Globalization;

namespace Warren.Chaos;

/// <summary>A RabbitMQ of our own on a port and a data folder that stay the same when it is killed and started again.</summary>
internal sealed class RabbitMqUnderTest : IBrokerUnderTest
{
    private readonly string _data;
    private readonly Uri _uri;
    private BrokerScript _script;

    private RabbitMqUnderTest(string data, BrokerScript script)
    {
        _data = data;
        _uri = new Uri(script.Ready);
        _script = script;
    }

    public string Name => "RabbitMQ";

    public IReadOnlyList<Uri> Nodes => [_uri];

    public Task RaiseAlarmAsync(TimeSpan time) => _script.AlarmAsync(time);

    public IReadOnlyList<(string Name, Func<Task> Happen)> Faults => [("broker killed and started again", KillAsync)];

    public static async Task<RabbitMqUnderTest> StartAsync(string data) => new(data, await BrokerScript.StartAsync("rabbitmq.sh", "--data", data, "obey"));

    public ValueTask DisposeAsync() => _script.DisposeAsync();

    private async Task KillAsync()
    {
        foreach (var process in Process.GetProcessesByName("beam.smp"))
        {
            if (File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(_data, StringComparison.Ordinal))
                process.Kill();
        }
        await _script.DisposeAsync();
        _script = await BrokerScript.StartAsync("rabbitmq.sh", "--data", _data, "--port", _uri.Port.ToString(CultureInfo.InvariantCulture), "obey");
    }
}

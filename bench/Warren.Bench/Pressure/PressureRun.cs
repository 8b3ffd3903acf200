using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Compare;
using Warren.Bench.Scale;

namespace Warren.Bench.Pressure;

/// <summary>Bad behaviour at full size, each against a broker of its own: V28, V25, B105, B106 and B109 of the specification.</summary>
internal static class PressureRun
{
    public static async Task<string> RunAsync(string root, int halfOpen, int logins, int deafMiB, int operations, string command, DateTimeOffset date)
    {
        var text = new StringBuilder();
        text.AppendLine("# Under pressure").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}");
        text.AppendLine("- Memory is the resident set of the broker's process (`warren broker`); clients are on the same machine").AppendLine();
        if (halfOpen > 0)
            await MeasureAsync(root, text, (endPoint, resident) => HalfOpen.Measure(endPoint, resident, halfOpen));
        if (logins > 0)
            await MeasureAsync(root, text, (endPoint, _) => LoginTimes.Measure(endPoint, logins));
        if (deafMiB > 0)
            await MeasureAsync(root, text, (endPoint, resident) => DeafConsumer.Measure(endPoint, resident, deafMiB));
        if (operations > 0)
            await MeasureAsync(root, text, (endPoint, resident) => BusyClient.Measure(endPoint, resident, operations));
        return text.ToString();
    }

    private static async Task MeasureAsync(string root, StringBuilder text, Func<IPEndPoint, BrokerProcess, string> measure)
    {
        await using var broker = await Compare.Broker.StartAsync("warren", root);
        var endPoint = new IPEndPoint(IPAddress.Loopback, broker.Uri.Port);
        text.AppendLine(await Task.Run(() => measure(endPoint, new BrokerProcess(endPoint.Port))));
    }
}

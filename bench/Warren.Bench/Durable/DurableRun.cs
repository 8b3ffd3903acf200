using System.Globalization;
using System.Text;
using Warren.Bench.Compare;

namespace Warren.Bench.Durable;

/// <summary>
/// Persistent messages through a durable queue, with confirms and manual acknowledgements, and one confirm at a time against a bare write and fdatasync: each client on each
/// broker in turn, in one interleaved run.
/// </summary>
internal static class DurableRun
{
    // What a journal puts around a message: a batch's header, a record's, and the message's own head. About, for it is far less than a block of the disk.
    private const int AroundMessage = 100;

    private const string Warren = "Warren";
    private const string Baseline = "RabbitMQ, classic queue";
    private const string Bare = "bare write + fdatasync";
    private const string BareZeroed = "bare write + fdatasync over zeros";

    private static readonly int[] Sizes = [16, 1024];

    public static async Task<string> RunAsync(string root, string folder, int rounds, double seconds, double warmUpSeconds, string command, DateTimeOffset date)
    {
        using var work = WorkFolder.In(folder);
        await using var warren = await Compare.Broker.StartAsync("warren", root, work.New("warren"));
        await using var rabbit = await Compare.Broker.StartAsync("rabbitmq", root, work.New("rabbitmq"));
        var rows = new List<DurableRow>();
        var loads = new DurableFigures<double>();
        var singles = new DurableFigures<ConfirmTimes>();
        try
        {
            foreach (var peer in DurablePeers.All)
            {
                rows.Add(await DurableRow.StartAsync(peer.Name, Warren, warren.Uri, "classic"));
                rows.Add(await DurableRow.StartAsync(peer.Name, Baseline, rabbit.Uri, "classic"));
                rows.Add(await DurableRow.StartAsync(peer.Name, "RabbitMQ, quorum queue", rabbit.Uri, "quorum"));
            }

            foreach (var row in rows) await WarmUpAsync(row, warmUpSeconds);
            for (var round = 1; round <= rounds; round++)
            {
                await MeasureLoadsAsync(rows, loads, seconds, $"round {round} of {rounds}");
                await MeasureSinglesAsync(rows, singles, seconds, work.Path, $"round {round} of {rounds}");
            }
        }
        finally
        {
            foreach (var row in rows) await row.DisposeAsync();
        }

        var text = new StringBuilder();
        text.AppendLine("# Persistent messages in a durable queue").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Command: `{command}`");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Date: {date:yyyy-MM-dd HH:mm} UTC");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Describe()}; data on {work.FileSystem}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Brokers: {warren.Description}; {rabbit.Description}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {rounds} interleaved rounds of about {seconds} s per figure; medians of the rounds, and medians of the rounds' ratios").AppendLine();
        foreach (var octets in Sizes) AppendLoads(text, rows, loads, octets);
        foreach (var octets in Sizes) AppendSingles(text, rows, singles, octets);
        return text.ToString();
    }

    private static async Task WarmUpAsync(DurableRow row, double seconds)
    {
        Progress($"warming up {row}");
        foreach (var octets in Sizes)
        {
            for (var pass = 0; pass < 3; pass++) await row.LoadAsync(octets, seconds);
            await row.SingleAsync(octets, seconds, isPersistent: true);
        }
    }

    private static async Task MeasureLoadsAsync(List<DurableRow> rows, DurableFigures<double> figures, double seconds, string round)
    {
        foreach (var octets in Sizes)
        {
            foreach (var row in rows)
            {
                var perSecond = await row.LoadAsync(octets, seconds);
                figures.Add(row.ToString(), octets, perSecond);
                Progress($"{round}, {octets,4} octets, {row,-42} {perSecond,10:N0} messages/s");
            }
        }
    }

    private static async Task MeasureSinglesAsync(List<DurableRow> rows, DurableFigures<ConfirmTimes> figures, double seconds, string folder, string round)
    {
        foreach (var octets in Sizes)
        {
            Add(Bare, octets, BareFile.Measure(folder, octets + AroundMessage, seconds, isZeroed: false));
            Add(BareZeroed, octets, BareFile.Measure(folder, octets + AroundMessage, seconds, isZeroed: true));
            foreach (var row in rows)
            {
                Add(row.ToString(), octets, await row.SingleAsync(octets, seconds, isPersistent: true));
                if (row.Broker == Warren) Add(Transient(row), octets, await row.SingleAsync(octets, seconds, isPersistent: false));
            }
        }

        void Add(string row, int octets, ConfirmTimes times)
        {
            figures.Add(row, octets, times);
            Progress($"{round}, {octets,4} octets, {row,-50} {times.MedianMicroseconds,9:N1} us, p99 {times.P99Microseconds,9:N1} us");
        }
    }

    private static void AppendLoads(StringBuilder text, List<DurableRow> rows, DurableFigures<double> figures, int octets)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"## {octets:N0} octets: {DurableQueue.Outstanding} outstanding confirms, one acknowledgement for {DurableQueue.AckEvery} deliveries").AppendLine();
        text.AppendLine("One publisher and one consumer, each a process with a connection of its own; messages per second from the first arrival to the last, after the last confirm.").AppendLine();
        text.AppendLine("| | messages/s | x RabbitMQ's classic queue, same client | in each round |").AppendLine("|---|---:|---:|---|");
        foreach (var row in rows)
        {
            var baseline = $"{row.Peer} on {Baseline}";
            var ratios = string.Join(", ", figures.Ratios(row.ToString(), baseline, octets, figure => figure).Select(ratio => ratio.ToString("N2", CultureInfo.InvariantCulture)));
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {row} | {figures.Median(row.ToString(), octets, figure => figure):N0} | {figures.Ratio(row.ToString(), baseline, octets, figure => figure):N2} | {ratios} |");
        }

        text.AppendLine();
    }

    private static void AppendSingles(StringBuilder text, List<DurableRow> rows, DurableFigures<ConfirmTimes> figures, int octets)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"## {octets:N0} octets: one confirm at a time").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"The bare writes append {octets + AroundMessage:N0} octets to a file with room taken by fallocate, or filled with zeros before; a transient message's confirm shows what the road to the broker and back takes.").AppendLine();
        text.AppendLine("| | median us | p99 us | x bare | x bare over zeros |").AppendLine("|---|---:|---:|---:|---:|");
        string[] names = [Bare, BareZeroed, .. rows.SelectMany(row => row.Broker == Warren ? [row.ToString(), Transient(row)] : (string[])[row.ToString()])];
        foreach (var name in names)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Median(name, times => times.MedianMicroseconds):N1} | {Median(name, times => times.P99Microseconds):N1} ");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Ratio(name, Bare):N2} | {Ratio(name, BareZeroed):N2} |");
        }

        text.AppendLine();

        double Median(string name, Func<ConfirmTimes, double> figure) => figures.Median(name, octets, figure);
        double Ratio(string name, string to) => figures.Ratio(name, to, octets, times => times.MedianMicroseconds);
    }

    private static string Transient(DurableRow row) => $"{row}, transient";

    private static void Progress(string line) => Console.Error.WriteLine(line);
}

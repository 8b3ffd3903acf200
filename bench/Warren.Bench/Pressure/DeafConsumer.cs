using System.Globalization;
using System.Net;
using System.Text;
using Warren.Bench.Scale;

namespace Warren.Bench.Pressure;

/// <summary>B106: a consumer without acknowledgements that never reads, on a long queue. What is held for it beside the queue is bounded, and nobody else waits.</summary>
internal static class DeafConsumer
{
    private const int BodyOctets = 100 * 1024;

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(5);

    public static string Measure(IPEndPoint broker, BrokerProcess resident, int mebibytes)
    {
        using var bystanders = new Bystanders(broker);
        using var publisher = new RawConnection(broker, 131072);
        publisher.OpenChannel(1);
        publisher.DeclareQueue(1, "long");
        publisher.Publish(1, "long", BodyOctets, (int)(mebibytes * 1048576L / BodyOctets));
        var calm = bystanders.Watch(Watched);
        var before = resident.Octets;

        using var deaf = new RawConnection(broker, 2048);
        deaf.OpenChannel(1);
        deaf.ConsumeDeaf(1, "long");
        var beside = bystanders.Watch(Watched);
        var after = resident.Octets;

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## B106: a consumer that never reads, on a queue of {mebibytes:N0} MiB").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Memory with the queue: {before / 1048576.0:N1} MiB, all of it in the process, since this broker keeps nothing on a disk. {Watched.TotalSeconds:N0} s after the consumer came: {after / 1048576.0:N1} MiB, {(after - before) / 1048576.0:N1} MiB more.").AppendLine();
        text.AppendLine("| clients at work | times | median, ms | p99, ms | worst, ms |").AppendLine("|---|---:|---:|---:|---:|");
        text.AppendLine($"| login, before | {calm.Logins.Columns()} |");
        text.AppendLine($"| login, beside it | {beside.Logins.Columns()} |");
        text.AppendLine($"| message there and back, before | {calm.RoundTrips.Columns()} |");
        text.AppendLine($"| message there and back, beside it | {beside.RoundTrips.Columns()} |");
        return text.ToString();
    }
}

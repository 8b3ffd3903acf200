using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Warren.Tests.House;
using Warren.Tests.Testing;

namespace Warren.Tests.Telemetry;

/// <summary>docs/observability.md against the meter: neither may know a name that the other does not.</summary>
[Collection(nameof(AloneCollection))]
public sealed partial class ObservabilityPageTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(ArchitectureTests.Root, "docs", "observability.md"));

    [Fact]
    public void Its_table_has_every_instrument_with_kind_and_unit_and_no_other()
    {
        var instruments = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == CallTelemetry.Name)
                    instruments.Add($"{instrument.Name} | {KindOf(instrument)} | {instrument.Unit}");
            },
        };
        CallMetrics.Publish();
        listener.Start();

        Assert.Equal(instruments.Order(StringComparer.Ordinal), Rows("## Metrics").Select(row => $"{row[0]} | {row[1]} | {row[2]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_attributes_are_those_of_the_code()
    {
        var inCode = new[] { typeof(CallMetrics), typeof(CallTelemetry) }
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.IsLiteral && field.Name.EndsWith("Key", StringComparison.Ordinal))
            .Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal(inCode, Rows("## Attributes").Select(row => row[0]).Order(StringComparer.Ordinal));
        Assert.Empty(Rows("## Metrics").SelectMany(row => Quoted().Matches(row[3]).Select(match => match.Groups[1].Value)).Except(inCode));
    }

    [Fact]
    public void It_subscribes_to_the_names_that_there_are()
    {
        var text = string.Join('\n', Page);
        Assert.Contains($"AddSource(\"{CallTelemetry.Name}\")", text, StringComparison.Ordinal);
        Assert.Contains($"AddMeter(\"{CallTelemetry.Name}\")", text, StringComparison.Ordinal);
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        Counter<long> => "counter",
        ObservableUpDownCounter<long> => "up-down counter",
        _ => instrument.GetType().Name,
    };

    // The cells of the first table below the heading; those that are only a name in quotes without them.
    private static IEnumerable<string[]> Rows(string heading)
    {
        var rows = Page.SkipWhile(line => line != heading).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).ToArray();
        Assert.NotEmpty(rows);
        return rows.Select(row => row.Trim('|').Split('|').Select(cell => Quoted().Replace(cell.Trim(), match => match.Length == cell.Trim().Length ? match.Groups[1].Value : match.Value)).ToArray());
    }

    [GeneratedRegex("`([^`]*)`")]
    private static partial Regex Quoted();
}

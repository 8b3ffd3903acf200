using System.Diagnostics.Metrics;

namespace Warren.Tests.Telemetry;

/// <summary>What the meter Warren says while this lives, instrument by instrument. It hears of every bus in the process.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Name, double Value, Dictionary<string, object?> Tags)> _all = []; // Guarded by itself.

    public Measured()
    {
        _listener.InstrumentPublished = static (instrument, self) =>
        {
            if (instrument.Meter.Name == "Warren")
                self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The measurements of an instrument, as "value attribute=value ..." with the attributes in the order of their names.</summary>
    public IReadOnlyList<string> Of(string name)
    {
        lock (_all)
            return [.. _all.Where(each => each.Name == name).Select(each => string.Join(' ', [Show(each.Value), .. each.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}")]))];
    }

    /// <summary>The sum of a counter's measurements.</summary>
    public double Sum(string name)
    {
        lock (_all)
            return _all.Where(each => each.Name == name).Sum(each => each.Value);
    }

    /// <summary>What an instrument says that is asked when somebody collects.</summary>
    public double Ask(string name)
    {
        lock (_all)
            _all.RemoveAll(each => each.Name == name);
        _listener.RecordObservableInstruments();
        return Sum(name);
    }

    /// <summary>All attribute values that were seen.</summary>
    public IReadOnlyList<string> Values()
    {
        lock (_all)
            return [.. _all.SelectMany(each => each.Tags.Values).Select(value => value?.ToString() ?? "").Distinct()];
    }

    public void Dispose() => _listener.Dispose();

    private static string Show(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_all)
            _all.Add((instrument.Name, value, tags.ToArray().ToDictionary()));
    }
}

using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Warren;

/// <summary>
/// A configuration section as options, by hand: no reflection, and whatever cannot be read is told with its full name. A key that means nothing is an
/// error: it is a typing error, or a setting that somebody believes in.
/// </summary>
internal sealed class WarrenConfiguration
{
    private const string Known =
        "Uri, ConnectionName, FailFast, CallTimeout, PublishTimeout, MaxPendingCalls, ReplyQueueExpiry, Reconnect:FirstDelay, Reconnect:MaxDelay, Reconnect:MaxAttempts, "
        + "Serve:Prefetch, Serve:Concurrency, Serve:DrainTime, Serve:MaxInFlight, Serve:ShedsLate, Serve:DeliveryLimit, Serve:ShowExceptions, Serve:Version";

    private readonly List<string> _faults = [];

    private WarrenConfiguration()
    {
    }

    /// <exception cref="OptionsValidationException">It says what cannot be read.</exception>
    public static void Bind(IConfiguration section, string name, WarrenOptions options)
    {
        var reading = new WarrenConfiguration();
        reading.ReadAll(section, "", options);
        if (reading._faults.Count > 0)
            throw new OptionsValidationException(name, typeof(WarrenOptions), reading._faults);
    }

    private void ReadAll(IConfiguration section, string prefix, WarrenOptions options)
    {
        foreach (var entry in section.GetChildren())
        {
            var key = prefix + entry.Key;
            if (prefix.Length == 0 && (Is(key, "Reconnect") || Is(key, "Serve")))
                ReadAll(entry, key + ":", options);
            else if (!TryRead(key.ToUpperInvariant(), entry, options))
                _faults.Add($"{entry.Path} means nothing here. Known are {Known}.");
        }
    }

    private bool TryRead(string key, IConfigurationSection entry, WarrenOptions options)
    {
        switch (key)
        {
            case "URI": options.Uri = entry.Value; break;
            case "CONNECTIONNAME": options.ConnectionName = entry.Value; break;
            case "FAILFAST": options.FailFast = Flag(entry); break;
            case "CALLTIMEOUT": options.Bus = options.Bus with { CallTimeout = Time(entry) }; break;
            case "PUBLISHTIMEOUT": options.Bus = options.Bus with { PublishTimeout = Time(entry) }; break;
            case "MAXPENDINGCALLS": options.Bus = options.Bus with { MaxPendingCalls = Number(entry) }; break;
            case "REPLYQUEUEEXPIRY": options.Bus = options.Bus with { ReplyQueueExpiry = Time(entry) }; break;
            case "RECONNECT:FIRSTDELAY": options.Bus = options.Bus with { Reconnect = options.Bus.Reconnect with { FirstDelay = Time(entry) } }; break;
            case "RECONNECT:MAXDELAY": options.Bus = options.Bus with { Reconnect = options.Bus.Reconnect with { MaxDelay = Time(entry) } }; break;
            case "RECONNECT:MAXATTEMPTS": options.Bus = options.Bus with { Reconnect = options.Bus.Reconnect with { MaxAttempts = Number(entry) } }; break;
            case "SERVE:PREFETCH": Serve(options, Number(entry), (serve, number) => serve with { Prefetch = number }); break;
            case "SERVE:CONCURRENCY": Serve(options, Number(entry), (serve, number) => serve with { Concurrency = number }); break;
            case "SERVE:DRAINTIME": Serve(options, Time(entry), (serve, time) => serve with { DrainTime = time }); break;
            case "SERVE:MAXINFLIGHT": Serve(options, Number(entry), (serve, number) => serve with { MaxInFlight = number }); break;
            case "SERVE:SHEDSLATE": Serve(options, Flag(entry), (serve, flag) => serve with { ShedsLate = flag }); break;
            case "SERVE:DELIVERYLIMIT": Serve(options, Number(entry), (serve, number) => serve with { DeliveryLimit = number }); break;
            case "SERVE:SHOWEXCEPTIONS": Serve(options, Flag(entry), (serve, flag) => serve with { ShowExceptions = flag }); break;
            case "SERVE:VERSION": Serve(options, entry.Value, (serve, text) => serve with { Version = text }); break;
            default: return false;
        }
        return true;
    }

    private static bool Is(string key, string name) => string.Equals(key, name, StringComparison.OrdinalIgnoreCase);

    private static void Serve<T>(WarrenOptions options, T value, Func<ServeOptions, T, ServeOptions> set)
    {
        var before = options.Serve;
        options.Serve = serve => set(before?.Invoke(serve) ?? serve, value);
    }

    private bool Flag(IConfigurationSection entry) =>
        bool.TryParse(entry.Value, out var flag) ? flag : Refuse<bool>(entry, "true or false");

    private int Number(IConfigurationSection entry) =>
        int.TryParse(entry.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : Refuse<int>(entry, "a whole number");

    // A number alone would be days.
    private TimeSpan Time(IConfigurationSection entry) =>
        entry.Value is { } text && text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time)
            ? time
            : Refuse<TimeSpan>(entry, "a time as hh:mm:ss, such as 00:00:10");

    private T Refuse<T>(IConfigurationSection entry, string wanted)
    {
        _faults.Add($"{entry.Path} is '{entry.Value}'; write {wanted}.");
        return default!;
    }
}

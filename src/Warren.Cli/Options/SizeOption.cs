using System.CommandLine;
using System.Globalization;

namespace Warren.Cli.Options;

/// <summary>A number of octets such as <c>50000000</c>, <c>50MB</c> or <c>1.5GiB</c>.</summary>
internal sealed class SizeOption : Option<long?>
{
    // The longest first: "MiB" ends in "B". The units are those of RabbitMQ's configuration.
    private static readonly (string Suffix, double Octets)[] Units =
    [
        ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1L << 40), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1), ("", 1),
    ];

    public SizeOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "SIZE";
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (TryParse(text, out var octets))
                return octets;
            result.AddError($"{name} is '{text}'; write a size such as 512MiB, 2GB or 50000000");
            return null;
        };
    }

    public static bool TryParse(string text, out long octets)
    {
        octets = 0;
        var (suffix, unit) = Array.Find(Units, unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        if (!double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        var size = number * unit;
        if (!(size <= long.MaxValue / 2))
            return false;
        octets = (long)size;
        return true;
    }
}

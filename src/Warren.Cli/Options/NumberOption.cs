using System.CommandLine;
using System.Globalization;

namespace Warren.Cli.Options;

/// <summary>A whole number within bounds that the message names.</summary>
internal static class NumberOption
{
    public static Option<int> Create(string name, string description, int fallback, int least, int most = int.MaxValue)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
        };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                return number;
            result.AddError(most == int.MaxValue
                ? $"{name} is '{text}'; write a whole number from {least}"
                : $"{name} is '{text}'; write a whole number from {least} to {most}");
            return fallback;
        };
        return option;
    }
}

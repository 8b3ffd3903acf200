using System.CommandLine;

namespace Warren.Cli.Options;

/// <summary><c>--type</c>: declares the exchange; without it the exchange has to be there.</summary>
internal static class ExchangeType
{
    public static Option<string?> CreateOption()
    {
        var option = new Option<string?>("--type")
        {
            Description = "Declare the exchange with this type: direct, fanout, topic or headers [default: the exchange has to exist]",
            HelpName = "TYPE",
        };
        option.AcceptOnlyFromAmong("direct", "fanout", "topic", "headers");
        return option;
    }

    public static Exchange ToExchange(string name, string? type) => type is null ? Exchange.Existing(name) : new Exchange(name, type);
}

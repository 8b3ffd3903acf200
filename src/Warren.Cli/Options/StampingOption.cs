using System.CommandLine;
using Warren.Engine;

namespace Warren.Cli.Options;

/// <summary>Whether the broker writes something into every message.</summary>
internal sealed class StampingOption : Option<Stamping>
{
    public StampingOption(string name, string what)
        : base(name)
    {
        Description = $"{what}; over what its publisher has written, or not [default: off]";
        HelpName = "keep|overwrite";
        CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "keep": return Stamping.Keep;
                case "overwrite": return Stamping.Overwrite;
            }
            result.AddError($"{name} is '{result.Tokens[0].Value}'; write keep or overwrite");
            return Stamping.Off;
        };
    }
}

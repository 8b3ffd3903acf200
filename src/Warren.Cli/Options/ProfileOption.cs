using System.CommandLine;
using Warren.Engine;

namespace Warren.Cli.Options;

/// <summary>The RabbitMQ release that a broker behaves as.</summary>
internal sealed class ProfileOption : Option<Profile?>
{
    private static readonly (string Name, Profile Profile)[] Profiles = [("3.13", Profile.V313), ("4.2", Profile.V42), ("4.3", Profile.V43)];

    public ProfileOption()
        : base("--as")
    {
        Description = "The RabbitMQ release to behave as where releases differ: 3.13, 4.2 or 4.3 [default: 4.2]";
        HelpName = "RELEASE";
        CustomParser = static result =>
        {
            var text = result.Tokens[0].Value;
            foreach (var (name, profile) in Profiles)
            {
                if (name == text)
                    return profile;
            }
            result.AddError($"--as is '{text}'; write 3.13, 4.2 or 4.3");
            return null;
        };
    }
}

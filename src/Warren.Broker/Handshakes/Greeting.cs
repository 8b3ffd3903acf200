using System.Reflection;
using System.Runtime.InteropServices;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Broker;

/// <summary>connection.start: what the broker says of itself.</summary>
internal static class Greeting
{
    // Clients and frameworks switch on product and version, so these name what the broker behaves as; `warren` is our own version.
    private const string Product = "RabbitMQ";

    /// <summary>How this broker is called where RabbitMQ has the name of a node.</summary>
    public static string NodeName { get; } = $"warren@{Environment.MachineName}";

    /// <param name="profile">The release that it behaves as.</param>
    /// <param name="moreMechanisms">What is offered beside the profile's mechanisms, each with a blank before it.</param>
    public static ConnectionStart Create(Profile profile, string moreMechanisms) =>
        new(0, 9, ServerProperties(profile), profile.Mechanisms + moreMechanisms, "en_US");

    private static FieldTable ServerProperties(Profile profile) => FieldTable.Create(
        ("capabilities", Capabilities()),
        ("cluster_name", NodeName),
        ("copyright", "Copyright (c) the authors of Warren"),
        ("information", "Warren, an AMQP 0-9-1 broker. Licensed under Apache-2.0."),
        ("platform", RuntimeInformation.FrameworkDescription),
        ("product", Product),
        ("version", profile.Version),
        ("warren", OwnVersion()));

    private static FieldTable Capabilities() => FieldTable.Create(
        ("publisher_confirms", true),
        ("exchange_exchange_bindings", true),
        ("basic.nack", true),
        ("consumer_cancel_notify", true),
        ("connection.blocked", true),
        ("consumer_priorities", true),
        ("authentication_failure_close", true),
        ("per_consumer_qos", true),
        ("direct_reply_to", true));

    private static string OwnVersion()
    {
        var version = typeof(Greeting).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        return version.Split('+')[0]; // Behind the plus stands the commit, which is nobody's business here.
    }
}

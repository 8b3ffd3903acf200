namespace Warren.Broker;

/// <summary>Someone who may log in.</summary>
/// <param name="Name">The name, as it stands in the login and in reply texts.</param>
/// <param name="Password">The password; only a salted hash of it is kept by a running broker. With an empty one the user cannot log in.</param>
/// <param name="LoopbackOnly">True when the user may connect from this machine only, as RabbitMQ's <c>loopback_users</c>.</param>
public sealed record BrokerUser(string Name, string Password, bool LoopbackOnly = false)
{
    /// <summary>RabbitMQ's default user: guest with password guest, from this machine only.</summary>
    public static BrokerUser Guest { get; } = new("guest", "guest", LoopbackOnly: true);

    /// <summary>The name, without the password: a record would print both.</summary>
    public override string ToString() => Name;
}

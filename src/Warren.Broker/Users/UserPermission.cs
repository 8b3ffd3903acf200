using Warren.Engine;

namespace Warren.Broker;

/// <summary>What a user may do in a virtual host. Without such a permission the user cannot even open it.</summary>
/// <param name="User">The user's name.</param>
/// <param name="VirtualHost">The virtual host's name.</param>
/// <param name="Configure">The queues and exchanges that the user may declare and delete.</param>
/// <param name="Write">Those to which the user may publish or bind.</param>
/// <param name="Read">Those from which the user may consume or bind.</param>
public sealed record UserPermission(string User, string VirtualHost, AccessPattern Configure, AccessPattern Write, AccessPattern Read)
{
    /// <summary>The permission to do everything in a virtual host.</summary>
    public static UserPermission Everything(string user, string virtualHost) =>
        new(user, virtualHost, AccessPattern.Everything, AccessPattern.Everything, AccessPattern.Everything);
}

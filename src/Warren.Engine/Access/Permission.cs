namespace Warren.Engine;

/// <summary>What a user may be allowed to do with queues and exchanges (https://www.rabbitmq.com/docs/access-control#authorisation).</summary>
internal enum Permission
{
    /// <summary>Declare and delete.</summary>
    Configure,

    /// <summary>Publish to an exchange; bind to a queue or an exchange.</summary>
    Write,

    /// <summary>Get, consume and purge; bind from an exchange.</summary>
    Read,
}

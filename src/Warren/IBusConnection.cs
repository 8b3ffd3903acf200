using Warren.Client;

namespace Warren;

/// <summary>Something that has to stand on every connection: a server, a subscription, the reply queue.</summary>
internal interface IAttachment
{
    /// <summary>Sets itself up on a connection that is new, or anew on the present one.</summary>
    Task AttachAsync(AmqpConnection connection, CancellationToken cancellationToken);
}

/// <summary>The bus, as its parts see it.</summary>
internal interface IBusConnection
{
    /// <summary>The present connection, or the next one.</summary>
    ValueTask<AmqpConnection> GetConnectionAsync(CancellationToken cancellationToken);

    /// <summary>Sets the attachment up now, and on every connection to come.</summary>
    Task AttachAsync(IAttachment attachment, CancellationToken cancellationToken);

    /// <summary>Later connections do without it.</summary>
    Task DetachAsync(IAttachment attachment);

    /// <summary>The attachment has lost its footing though the connection stands: set it up again, with back-off.</summary>
    void Restore(IAttachment attachment);
}

namespace Warren;

/// <summary>A body that is not what the handler takes. Trying again would not help.</summary>
internal sealed class UndecodableException(string message) : Exception(message);

/// <summary>Handlers of every shape as one: message and token in, a task out.</summary>
internal static class MessageHandler
{
    public static Func<Message, CancellationToken, Task> From<T>(Bus bus, Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return From<T>(bus, (value, _) =>
        {
            handler(value);
            return Task.CompletedTask;
        });
    }

    public static Func<Message, CancellationToken, Task> From<T>(Bus bus, Func<T, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return From<T>(bus, (value, _) => handler(value));
    }

    public static Func<Message, CancellationToken, Task> From<T>(Bus bus, Func<T, CancellationToken, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(handler);
        if (handler is Func<Message, CancellationToken, Task> raw)
            return raw;
        bus.Codec.Require<T>();
        return (message, token) => bus.Codec.TryDecode<T>(message.Content, out var value, out var error)
            ? handler(value, token)
            : Task.FromException(new UndecodableException(error));
    }
}

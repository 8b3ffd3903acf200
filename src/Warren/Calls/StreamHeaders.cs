using Warren.Amqp;

namespace Warren;

/// <summary>What the replies of a stream say beside their item: <c>rpc-item</c> counts from 0, <c>rpc-control-queue</c> is where credit goes.</summary>
internal static class StreamHeaders
{
    /// <summary>An item, and not the end.</summary>
    public static bool IsItem(PropertiesView properties) => properties.Has(PropertyFlags.Headers) && properties.Headers.TryGet(RpcHeaders.Item, out _);

    public static long NumberOf(PropertiesView properties) =>
        properties.Headers.TryGet(RpcHeaders.Item, out var value) && value.TryGetInteger(out var number) ? number : -1;

    public static string ControlQueueOf(PropertiesView properties) =>
        properties.Headers.TryGet(RpcHeaders.ControlQueue, out var value) && value.TryGetString(out var queue) ? queue : "";

    public static BasicProperties Item(ContentType? contentType, ShortString correlationId, long number, string controlQueue) => new()
    {
        ContentType = contentType?.ToProperty(),
        CorrelationId = correlationId,
        Headers = FieldTable.Create(("rpc-item", number), ("rpc-control-queue", controlQueue)),
    };

    /// <summary>The end of a stream that went well; one that did not ends with a fault.</summary>
    public static BasicProperties End(ShortString correlationId, long count) => new()
    {
        CorrelationId = correlationId,
        Headers = FieldTable.Create(("rpc-end", count)),
    };

    public static bool TryReadEnd(PropertiesView properties, out long count)
    {
        count = 0;
        return properties.Has(PropertyFlags.Headers) && properties.Headers.TryGet(RpcHeaders.End, out var value) && value.TryGetInteger(out count);
    }
}

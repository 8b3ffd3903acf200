using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// What RabbitMQ's message interceptors do (https://www.rabbitmq.com/docs/message-interceptors): the time at which a message came and the node that took it
/// are written into its properties before it is routed. A broker that does neither has none.
/// </summary>
internal sealed class MessageStamps
{
    private static readonly ShortString TimeHeader = "timestamp_in_ms";
    private static readonly ShortString NodeHeader = "x-routed-by";

    private readonly VirtualHost _host;
    private readonly Stamping _time;
    private readonly Stamping _node;

    private MessageStamps(VirtualHost host)
    {
        _host = host;
        (_time, _node) = (host.Options.StampTimestamp, host.Options.StampNode);
    }

    /// <summary>Null where nothing is written.</summary>
    public static MessageStamps? Of(VirtualHost host) =>
        host.Options is { StampTimestamp: Stamping.Off, StampNode: Stamping.Off } ? null : new MessageStamps(host);

    /// <summary>The properties as they are from now on.</summary>
    public PropertiesView Write(PropertiesView properties)
    {
        var ms = (_host.NowTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMillisecond;
        var headers = properties.Headers;
        var before = headers;
        if (_time != Stamping.Off)
            headers = With(headers, TimeHeader, ms, _time);
        if (_node != Stamping.Off)
            headers = With(headers, NodeHeader, _host.Options.NodeName, _node);
        if (!headers.Octets.Equals(before.Octets))
            properties = PropertiesRewrite.WithHeaders(properties, headers);
        return _time == Stamping.Overwrite || (_time == Stamping.Keep && !properties.Has(PropertyFlags.Timestamp))
            ? PropertiesRewrite.WithTimestamp(properties, (ulong)(ms / 1000))
            : properties;
    }

    private static FieldTable With(FieldTable headers, ShortString name, object value, Stamping stamping)
    {
        var isThere = headers.TryFind(name.Span, out _);
        if (isThere && stamping == Stamping.Keep)
            return headers;
        var table = new FieldTableBuilder();
        foreach (var field in headers)
        {
            if (!isThere || field.Name != name)
                table.Add(field.Name, field.Value);
        }
        return table.Add(name.ToString(), value).ToTable();
    }
}

using System.Globalization;
using System.Text;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>A step's fields as AMQP values, with the names that they have on this broker's wire.</summary>
internal readonly struct StepArguments(Step step, Names names)
{
    public ShortString Text(string name) => new(names.OnWire(step.Find(name) ?? ""));

    public bool Bit(string name) => step.Has(name);

    public ulong Number(string name) => ulong.Parse(step.Find(name) ?? "0", CultureInfo.InvariantCulture);

    /// <summary>The fields whose names begin so, as a table.</summary>
    public FieldTable Table(string prefix)
    {
        var builder = new FieldTableBuilder();
        foreach (var (name, value) in step.Fields)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                builder.Add(names.OnWire(name[prefix.Length..]), FieldParser.Parse(value!, names));
        }
        return builder.ToTable();
    }

    /// <summary>The fields <c>prop.NAME</c> and <c>header.NAME</c> of a message.</summary>
    public BasicProperties Properties() => new()
    {
        ContentType = Property("content-type"),
        ContentEncoding = Property("content-encoding"),
        Headers = HasHeaders ? Table("header.") : null,
        DeliveryMode = Octet("delivery-mode"),
        Priority = Octet("priority"),
        CorrelationId = Property("correlation-id"),
        ReplyTo = Property("reply-to"),
        Expiration = Property("expiration"),
        MessageId = Property("message-id"),
        Timestamp = step.Find("prop.timestamp") is { } time ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(time, CultureInfo.InvariantCulture)) : null,
        Type = Property("type"),
        UserId = Property("user-id"),
        AppId = Property("app-id"),
        ClusterId = Property("cluster-id"),
    };

    public byte[] Body() => Encoding.UTF8.GetBytes(names.OnWire(step.Find("body") ?? ""));

    private bool HasHeaders => step.Has("headers") || step.Fields.Any(one => one.Name.StartsWith("header.", StringComparison.Ordinal));

    private ShortString? Property(string name) => step.Find($"prop.{name}") is { } text ? new ShortString(names.OnWire(text)) : default(ShortString?);

    private byte? Octet(string name) => step.Find($"prop.{name}") is { } text ? byte.Parse(text, CultureInfo.InvariantCulture) : null;
}

using System.Diagnostics;
using System.Text;
using Warren.Amqp;

namespace Warren;

/// <summary>
/// The trace a request belongs to, as the W3C headers (https://www.w3.org/TR/trace-context/) that every tracing library knows. Written by the
/// propagator that the application has chosen; baggage included.
/// </summary>
internal sealed class TraceHeaders
{
    private const int MaxNameLength = 128; // Of a field in a table (AMQP 0-9-1 section 4.2.5.5).

    private readonly List<(byte[] Name, byte[] Value)> _fields;

    private TraceHeaders(List<(byte[] Name, byte[] Value)> fields)
    {
        _fields = fields;
        EncodedLength = fields.Sum(field => 1 + field.Name.Length + 1 + 4 + field.Value.Length);
    }

    public int EncodedLength { get; }

    /// <summary>Null when nothing is traced.</summary>
    public static TraceHeaders? Of(Activity? activity)
    {
        if (activity is null)
            return null;
        var fields = new List<(byte[] Name, byte[] Value)>();
        DistributedContextPropagator.Current.Inject(activity, fields, static (fields, name, value) =>
        {
            if (name.Length is > 0 and <= MaxNameLength && Ascii.IsValid(name))
                ((List<(byte[], byte[])>)fields!).Add((Encoding.ASCII.GetBytes(name), Encoding.UTF8.GetBytes(value)));
        });
        return fields.Count == 0 ? null : new TraceHeaders(fields);
    }

    /// <summary>Reads the caller's context from a request's headers; default when there is none.</summary>
    public static ActivityContext Read(PropertiesView properties, out IEnumerable<KeyValuePair<string, string?>>? baggage)
    {
        baggage = null;
        if (!properties.Has(PropertyFlags.Headers))
            return default;
        var headers = properties.Headers;
        DistributedContextPropagator.Current.ExtractTraceIdAndState(headers, Get, out var parent, out var state);
        baggage = DistributedContextPropagator.Current.ExtractBaggage(headers, Get);
        return ActivityContext.TryParse(parent, state, isRemote: true, out var context) ? context : default;
    }

    public void Write(ref WireWriter writer)
    {
        foreach (var (name, value) in _fields)
        {
            writer.WriteShortString(name);
            writer.WriteOctet((byte)FieldType.LongString);
            writer.WriteLong((uint)value.Length);
            writer.WriteOctets(value);
        }
    }

    private static void Get(object? carrier, string name, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((FieldTable)carrier!).TryGet(name, out var field) && field.TryGetString(out var text) ? text : null;
    }
}

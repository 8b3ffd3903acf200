using System.Text.Json;
using Warren.Amqp;

namespace Warren;

/// <summary>A reply that says why there is no answer: headers for our clients, a small JSON body for everybody's.</summary>
internal readonly record struct Fault(RpcStatus Status, RpcOutcome Outcome, string Detail)
{
    // The headers have to fit into one frame, and the smallest frame a broker may ask for is 4096 octets.
    private const int MaxDetailLength = 1000;

    /// <summary>The fault that the contract declares, and its data as JSON; empty for a plain one.</summary>
    public string Name { get; init; } = "";

    /// <inheritdoc cref="Name"/>
    public byte[]? Data { get; init; }

    /// <summary>How many items of a stream came before it; null when the reply is no stream.</summary>
    public long? Items { get; init; }

    /// <summary>When trying again makes sense; null when that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    private string ShortDetail => Detail.Length <= MaxDetailLength ? Detail : Detail[..MaxDetailLength] + "...";

    public BasicProperties ToProperties(ShortString correlationId)
    {
        var headers = new FieldTableBuilder()
            .Add("rpc-status", Status.ToString())
            .Add("rpc-outcome", Outcome.ToString())
            .Add("rpc-detail", ShortDetail);
        if (Name.Length > 0)
            headers.Add("rpc-fault", Name);
        if (Items is { } items)
            headers.Add("rpc-end", items);
        if (RetryAfter is { } after)
            headers.Add("rpc-retry-after-ms", (int)Math.Min(after.TotalMilliseconds, int.MaxValue));
        return new BasicProperties
        {
            ContentType = ContentType.Json.ToProperty(),
            CorrelationId = correlationId.IsEmpty ? default(ShortString?) : correlationId,
            Headers = headers.ToTable(),
        };
    }

    public byte[] ToBody()
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, Status.ToString());
            json.WriteString("outcome"u8, Outcome.ToString());
            json.WriteString("detail"u8, ShortDetail);
            if (Data is not null)
            {
                json.WriteString("fault"u8, Name);
                json.WritePropertyName("data"u8);
                json.WriteRawValue(Data);
            }
            json.WriteEndObject();
        }
        return octets.ToArray();
    }

    /// <summary>Reads a reply's headers; false for a plain reply, which is a success.</summary>
    public static bool TryRead(PropertiesView properties, out Fault fault)
    {
        fault = default;
        if (!properties.Has(PropertyFlags.Headers))
            return false;
        var headers = properties.Headers;
        if (!headers.TryGet(RpcHeaders.Status, out var value) || !value.TryGetString(out var name))
            return false;
        var status = Enum.TryParse<RpcStatus>(name, out var known) && Enum.IsDefined(known) ? known : RpcStatus.Unknown;
        // A server that does not say whether it ran anything may have.
        var outcome = headers.TryGet(RpcHeaders.Outcome, out value) && value.TryGetString(out name) && Enum.TryParse<RpcOutcome>(name, out var said) && Enum.IsDefined(said)
            ? said
            : RpcOutcome.MaybeExecuted;
        var detail = headers.TryGet(RpcHeaders.Detail, out value) && value.TryGetString(out var text) ? text : "the server gave no detail";
        fault = new Fault(status, outcome, detail)
        {
            Name = headers.TryGet(RpcHeaders.Fault, out value) && value.TryGetString(out text) ? text : "",
            RetryAfter = headers.TryGet(RpcHeaders.RetryAfterMs, out value) && value.TryGetInteger(out var ms) && ms >= 0 ? TimeSpan.FromMilliseconds(ms) : null,
        };
        return true;
    }

    /// <summary>What the caller gets; typed when the method declares the fault.</summary>
    /// <param name="method">The contract's method; null for a queue address.</param>
    /// <param name="body">The reply's body, where the data are.</param>
    /// <param name="elapsed">How long the call took.</param>
    public RpcException ToException(RpcMethod? method, ReadOnlySpan<byte> body, TimeSpan elapsed)
    {
        if (Name.Length > 0 && method?.FindFault(Name) is { } type && TryReadData(body, out var data))
            return type.Decode(data, Status, Outcome, Detail, elapsed);
        return new RpcException(Status, Outcome, Detail, elapsed) { RetryAfter = RetryAfter };
    }

    private static bool TryReadData(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> data)
    {
        data = default;
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("data"u8))
                    continue;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                data = body[start..(int)reader.BytesConsumed];
                return true;
            }
        }
        catch (JsonException)
        {
            // Not written by us; status and detail stand in the headers.
        }
        return false;
    }
}

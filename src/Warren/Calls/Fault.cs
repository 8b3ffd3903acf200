using System.Text.Json;
using Warren.Amqp;

namespace Warren;

/// <summary>A reply that says why there is no answer: headers for our clients, a small JSON body for everybody's.</summary>
internal readonly record struct Fault(RpcStatus Status, RpcOutcome Outcome, string Detail)
{
    // The headers have to fit into one frame, and the smallest frame a broker may ask for is 4096 octets.
    private const int MaxDetailLength = 1000;

    public BasicProperties ToProperties(ShortString correlationId) => new()
    {
        ContentType = ContentType.Json.ToProperty(),
        CorrelationId = correlationId.IsEmpty ? default(ShortString?) : correlationId,
        Headers = FieldTable.Create(("rpc-status", Status.ToString()), ("rpc-outcome", Outcome.ToString()), ("rpc-detail", ShortDetail)),
    };

    public byte[] ToBody()
    {
        using var octets = new MemoryStream();
        using (var json = new Utf8JsonWriter(octets))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, Status.ToString());
            json.WriteString("outcome"u8, Outcome.ToString());
            json.WriteString("detail"u8, ShortDetail);
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
        fault = new Fault(status, outcome, detail);
        return true;
    }

    private string ShortDetail => Detail.Length <= MaxDetailLength ? Detail : Detail[..MaxDetailLength] + "...";
}

namespace Warren;

/// <summary>A request that outlives the buffer it came in, and that many hands pass on: one copy for all of them.</summary>
internal sealed class OwnedRequest
{
    /// <summary>The request.</summary>
    public readonly ServerItem Item; // A field: it is large, and a property would copy it each time.

    /// <summary>Takes it over; what it came in is given back.</summary>
    public OwnedRequest(in ServerItem item, RpcMethod? method)
    {
        Item = item.ToOwned(withBody: true);
        Method = method;
        CallId = Item.CallId; // Of the copy: the buffer may be somebody else's by now.
    }

    /// <summary>What it calls; null for a plain queue, and when there is no such method.</summary>
    public RpcMethod? Method { get; }

    /// <summary>The call's id: the same when the call is sent or delivered again.</summary>
    public string CallId { get; }
}

using System.ComponentModel;
using Warren.Amqp;

namespace Warren;

/// <summary>A method of a contract, as both sides know it.</summary>
public abstract class RpcMethod
{
    private string? _qualified; // By the address it was last asked for, which is the same every time: a method belongs to one contract.

    private protected RpcMethod(string name, RpcMethodKind kind, bool isIdempotent, IReadOnlyList<RpcFaultType> faults)
    {
        Name = name;
        EncodedName = name;
        Kind = kind;
        IsIdempotent = isIdempotent;
        Faults = faults;
    }

    /// <summary>Its name on the wire, different for every method of a contract.</summary>
    public string Name { get; }

    /// <summary>What comes back.</summary>
    public RpcMethodKind Kind { get; }

    /// <summary>The name, as it stands in requests.</summary>
    internal ShortString EncodedName { get; }

    /// <summary>True when it may run twice for one call.</summary>
    public bool IsIdempotent { get; }

    /// <summary>The faults it declares.</summary>
    public IReadOnlyList<RpcFaultType> Faults { get; }

    /// <summary>The declared fault with this name; null when there is none.</summary>
    public RpcFaultType? FindFault(string name) => Faults.FirstOrDefault(fault => fault.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Its name after that of its service: <c>rpc.calculator/Fib</c>.</summary>
    internal string QualifiedBy(string service)
    {
        var known = _qualified;
        return known is not null && known.Length == service.Length + 1 + Name.Length && known.StartsWith(service, StringComparison.Ordinal)
            ? known
            : _qualified = $"{service}/{Name}";
    }
}

/// <summary>A method of a contract, with what its reply is made of.</summary>
/// <typeparam name="TReply">The result, or the item of a stream; <see cref="RpcVoid"/> when there is no value.</typeparam>
public sealed class RpcMethod<TReply> : RpcMethod
{
    private readonly RpcType<TReply> _reply;

    /// <summary>For generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public RpcMethod(string name, RpcMethodKind kind, bool isIdempotent, RpcType<TReply> reply, params RpcFaultType[] faults)
        : base(name, kind, isIdempotent, faults) => _reply = reply;

    /// <summary>The body of a reply, or of one item: scalars and strings are text, octets stay octets, everything else is in the contract's format, or JSON.</summary>
    /// <exception cref="InvalidOperationException">The value cannot travel: null where the contract has no question mark, for example.</exception>
    public Payload EncodeReply(TReply reply) => _reply.Encode(reply);

    /// <summary>Reads a body; the value owns its octets. When false, <paramref name="error"/> says what is wrong with the body.</summary>
    public bool TryDecodeReply(in ReceivedBody body, out TReply reply, out string error) => _reply.TryDecode(body, out reply, out error);
}

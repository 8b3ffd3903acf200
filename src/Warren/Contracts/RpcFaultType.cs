using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;

namespace Warren;

/// <summary>A fault that a method declares: its name on the wire, and its data as JSON.</summary>
public abstract class RpcFaultType
{
    private protected RpcFaultType(string name) => Name = name;

    /// <summary>Its name on the wire: the name of the type, without namespace.</summary>
    public string Name { get; }

    /// <summary>The exception's data as JSON; false when the exception carries another fault.</summary>
    /// <exception cref="InvalidOperationException">The data cannot travel: null where the type has no question mark, for example.</exception>
    public abstract bool TryEncode(RpcFaultException exception, [NotNullWhen(true)] out byte[]? json);

    /// <summary>
    /// The exception for a caller. Data that are not those of the fault give a plain <see cref="RpcException"/> with the same status and outcome, whose
    /// detail says so too.
    /// </summary>
    public abstract RpcException Decode(ReadOnlySpan<byte> json, RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed = null);
}

/// <summary>For generated code: a declared fault with its data.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RpcFaultType<TFault>(string name, RpcType<TFault> type) : RpcFaultType(name)
{
    /// <inheritdoc/>
    public override bool TryEncode(RpcFaultException exception, [NotNullWhen(true)] out byte[]? json)
    {
        json = exception is RpcFaultException<TFault> mine ? RpcJson.Write(type, mine.Fault) : null;
        return json is not null;
    }

    /// <inheritdoc/>
    public override RpcException Decode(ReadOnlySpan<byte> json, RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed = null) =>
        RpcJson.TryRead(type, json, out var fault, out var error)
            ? new RpcFaultException<TFault>(fault, status, outcome, detail, elapsed)
            : new RpcException(status, outcome, $"{detail} (the fault {Name} cannot be read: {error})", elapsed);
}

using System.ComponentModel;

namespace Warren;

/// <summary>For generated code: the arguments of a method. No body at all is what some clients send for no arguments.</summary>
/// <typeparam name="T">The arguments.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RpcArguments<T> : RpcType<T>
{
    /// <inheritdoc/>
    public override bool TryDecode(in ReceivedBody body, out T value, out string error) =>
        RpcJson.TryRead(this, body.Octets.IsEmpty ? "{}"u8 : body.Span, out value, out error);
}

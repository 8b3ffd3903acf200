using System.ComponentModel;

namespace Warren;

/// <summary>The server's side of a method: from the body of a request to the bodies of its replies. Generated; nothing here throws.</summary>
/// <typeparam name="TContract">The contract.</typeparam>
public abstract class RpcMethodHandler<TContract>
    where TContract : class
{
    /// <summary>For generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected RpcMethodHandler(RpcMethod method, bool takesToken)
    {
        Method = method;
        TakesToken = takesToken;
    }

    /// <summary>The method.</summary>
    public RpcMethod Method { get; }

    /// <summary>True when the service's method looks at a token, so that there has to be one.</summary>
    public bool TakesToken { get; }

    /// <summary>
    /// Reads and checks the arguments, then starts the service's method. False when they are wrong: then nothing ran, and <paramref name="error"/>
    /// names the parameter and says why. What the service's method throws stands in <paramref name="reply"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The method streams.</exception>
    public virtual bool TryStart(
        TContract service, in ReceivedBody arguments, CancellationToken cancellationToken, out ValueTask<Payload> reply, out string error) =>
        throw new NotSupportedException($"{Method} streams.");

    /// <summary>
    /// Reads and checks the arguments of a method that streams. False when they are wrong: then nothing ran, and <paramref name="error"/> names the
    /// parameter and says why. What the service's method throws comes out of the enumeration.
    /// </summary>
    /// <exception cref="NotSupportedException">The method does not stream.</exception>
    public virtual bool TryStartStream(
        TContract service, in ReceivedBody arguments, CancellationToken cancellationToken, out IAsyncEnumerable<Payload>? items, out string error) =>
        throw new NotSupportedException($"{Method} does not stream.");
}

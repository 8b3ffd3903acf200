namespace Warren;

/// <summary>A fault that a contract declares, whatever its data are.</summary>
public class RpcFaultException : RpcException
{
    private protected RpcFaultException(RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed)
        : base(status, outcome, detail, elapsed)
    {
    }
}

/// <summary>
/// A fault with its data, declared by <see cref="RaisesAttribute{TFault}"/>: thrown by the server's method and by the caller's. Data that the method
/// did not declare stay in the server; the caller gets status and detail only.
/// </summary>
/// <typeparam name="TFault">The data.</typeparam>
public sealed class RpcFaultException<TFault> : RpcFaultException
{
    /// <summary>For servers: ends the call with this fault. The detail is for people; by default it is the name of the fault.</summary>
    public RpcFaultException(TFault fault, string? detail = null, RpcStatus status = RpcStatus.FailedPrecondition)
        : this(fault, status, RpcOutcome.Executed, detail ?? typeof(TFault).Name, elapsed: null)
    {
    }

    internal RpcFaultException(TFault fault, RpcStatus status, RpcOutcome outcome, string detail, TimeSpan? elapsed)
        : base(status, outcome, detail, elapsed) => Fault = fault;

    /// <summary>The data.</summary>
    public TFault Fault { get; }
}

namespace Warren.Chaos;

/// <summary>What is called: each call writes one line.</summary>
[RpcContract]
public interface ILedger
{
    /// <summary>Writes a line under the caller's own number, and returns that number.</summary>
    Task<long> Write(long number, CancellationToken cancellationToken = default);
}

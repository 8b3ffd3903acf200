using System.ComponentModel.DataAnnotations;
using Warren;

namespace SafeBank;

/// <summary>What both sides share.</summary>
[RpcContract]
public interface IBank
{
    /// <summary>Pays in, and returns the new balance. However often it is sent and delivered, each call pays in once.</summary>
    Task<long> Deposit([MaxLength(100)] string account, [Range(1, 1_000_000)] long amount, CancellationToken cancellationToken = default);
}

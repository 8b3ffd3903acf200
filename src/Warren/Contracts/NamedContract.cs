namespace Warren;

/// <summary>A contract of which only the address is known.</summary>
internal sealed class NamedContract(string name) : RpcContract(name)
{
    /// <summary>Nobody knows; so nothing is concluded from it about requests that come back.</summary>
    public override ContractQueue Queue => ContractQueue.Classic;

    public override IReadOnlyList<RpcMethod> Methods => [];
}

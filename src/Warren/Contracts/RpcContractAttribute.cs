namespace Warren;

/// <summary>
/// Marks an interface whose methods are called over the broker. Warren's generator makes its client and its dispatcher at build time;
/// what it does not understand it reports as WARREN001 and following (docs/diagnostics.md).
/// </summary>
[AttributeUsage(AttributeTargets.Interface, Inherited = false)]
public sealed class RpcContractAttribute : Attribute
{
    /// <summary>The address: 1 to 255 octets of UTF-8. By default made from the interface's name: IOrderBook is <c>rpc.order-book</c>.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// A <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> for the types that it describes. Plain records, collections and
    /// scalars need none.
    /// </summary>
    public Type? Json { get; set; }

    /// <summary>
    /// A <see cref="BodyFormat"/> with a constructor without parameters, in which arguments and results travel instead of JSON. A method then has one parameter at
    /// most, beside its token, and its body is that value. Scalars, strings and octets still travel as they are, and faults as JSON.
    /// </summary>
    public Type? Format { get; set; }

    /// <summary>What kind of queue its requests wait in. Every server and client of the contract has to say the same.</summary>
    public ContractQueue Queue { get; set; } = ContractQueue.Quorum;
}

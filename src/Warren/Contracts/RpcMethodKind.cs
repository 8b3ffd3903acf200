namespace Warren;

/// <summary>What comes back from a method of a contract.</summary>
public enum RpcMethodKind
{
    /// <summary>One reply, perhaps without a value.</summary>
    Call,

    /// <summary>Nothing.</summary>
    OneWay,

    /// <summary>Any number of items, one after the other.</summary>
    Stream,
}

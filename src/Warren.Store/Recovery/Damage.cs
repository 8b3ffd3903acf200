namespace Warren.Store;

/// <summary>Something in the journal that cannot be read. What is around it is served.</summary>
/// <param name="File">The name of the segment file.</param>
/// <param name="Offset">Where the damage begins, in octets from the file's beginning.</param>
/// <param name="Octets">How far it goes.</param>
/// <param name="What">What is wrong there, in words.</param>
/// <param name="FirstId">The id of the first record lost, 0 when that is not known.</param>
/// <param name="Records">How many records are lost, 0 when that is not known. Some of them may have been removed long before.</param>
public sealed record Damage(string File, long Offset, long Octets, string What, ulong FirstId, int Records)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}, octets {Offset} to {Offset + Octets}: {What}"
        + (Records > 0 ? $"; {Records} records, the first with the id {FirstId}" : "");
}

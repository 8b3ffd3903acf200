namespace Warren.Store;

/// <summary>Where a live record stands: the slot of its segment, the offset there, its length in octets. Slot 0 is nowhere.</summary>
internal readonly record struct Place(int Slot, uint Offset, int Length)
{
    public bool IsNowhere => Slot == 0;
}

namespace Warren.Store;

/// <summary>A batch in the octets of a group: header room and records; and the position that its last record has.</summary>
internal readonly record struct BatchMark(int Start, int End, int Records, ulong FirstId, long Position)
{
    public int TotalOctets => End - Start;
}

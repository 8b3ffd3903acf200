using System.Buffers;
using System.Diagnostics;

namespace Warren.Client;

/// <summary>
/// One read from the socket. What was cut from it stays valid as long as someone holds it: the reader until the next read, and
/// every delivery that was queued as a view. The last one to release gives the array back.
/// </summary>
internal sealed class ReceiveBuffer
{
    private int _holders = 1;

    public ReceiveBuffer(int octets) => Array = ArrayPool<byte>.Shared.Rent(octets);

    public byte[] Array { get; private set; }

    /// <summary>True when the reader is the only holder, so that it may write over what it has consumed.</summary>
    public bool IsUnshared => Volatile.Read(ref _holders) == 1;

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        var holders = Interlocked.Decrement(ref _holders);
        Debug.Assert(holders >= 0, "Released more often than held.");
        if (holders != 0)
            return;
        Spoil();
        ArrayPool<byte>.Shared.Return(Array);
        Array = [];
    }

    // Whoever still looks at it sees that it is not his any more, and not now and then something else.
    [Conditional("DEBUG")]
    private void Spoil() => Array.AsSpan().Fill(0xDD);
}

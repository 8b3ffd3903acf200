using Warren.Engine;

namespace Warren.Simulation;

/// <summary>Bugs between the records that a store has recovered and the engine that is built from them.</summary>
internal static class BrokenRecoveries
{
    /// <summary>Some records of a kind are not read.</summary>
    public sealed class Losing(RecordKind lost, int every = 1) : IRecoveryFilter
    {
        private int _count;

        public bool Pass(ref ulong id, ref RecordKind kind, ref byte[] octets) => kind != lost || ++_count % every != 0;
    }

    /// <summary>Neighbouring messages get each other's places.</summary>
    public sealed class Swapping : IRecoveryFilter
    {
        public bool Pass(ref ulong id, ref RecordKind kind, ref byte[] octets)
        {
            if (kind == RecordKind.Message)
                id ^= 1;
            return true;
        }
    }

    /// <summary>The last octet of each message is not read.</summary>
    public sealed class Shortening : IRecoveryFilter
    {
        public bool Pass(ref ulong id, ref RecordKind kind, ref byte[] octets)
        {
            if (kind == RecordKind.Message)
                octets = octets[..^1];
            return true;
        }
    }

    /// <summary>Queues that were deleted are taken for queues.</summary>
    public sealed class Resurrecting : IRecoveryFilter
    {
        public bool Pass(ref ulong id, ref RecordKind kind, ref byte[] octets)
        {
            if (kind == RecordKind.EndedQueue)
                kind = RecordKind.Queue;
            return true;
        }
    }
}

using Warren.Client;

namespace Warren;

/// <summary>
/// The deliveries of one channel that are not acknowledged yet, numbered without a gap. What is done is acknowledged by as few frames as
/// possible: one for everything before the first delivery that still runs, and one each for those behind it.
/// </summary>
internal sealed class AckWindow(Action<ulong, bool> ack, int prefetch)
{
    private enum State : byte
    {
        Running,
        Done,
        Settled, // Acknowledged or given back, behind one that still runs.
    }

    private readonly Lock _gate = new();
    private readonly State[] _states = new State[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)prefetch + 1)]; // Guarded by _gate, as all below.
    private ulong _lowest = 1;  // The first delivery that is not settled.
    private ulong _highest;     // The last delivery that is done or settled.
    private int _done;

    public AckWindow(AmqpChannel channel, int prefetch)
        : this(channel.Ack, prefetch)
    {
    }

    /// <summary>The delivery is dealt with; the acknowledgement leaves with the next <see cref="Flush"/>.</summary>
    public void Done(ulong tag) => Mark(tag, State.Done);

    /// <summary>The delivery was given back by the caller.</summary>
    public void GivenBack(ulong tag) => Mark(tag, State.Settled);

    /// <summary>Acknowledges everything that is done.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (_done > 0)
                AckPrefix();
            for (var tag = _lowest + 1; _done > 0 && tag <= _highest; tag++)
            {
                ref var state = ref At(tag);
                if (state != State.Done)
                    continue;
                state = State.Settled;
                _done--;
                ack(tag, false);
            }
        }
    }

    private void Mark(ulong tag, State state)
    {
        lock (_gate)
        {
            At(tag) = state;
            _done += state == State.Done ? 1 : 0;
            _highest = Math.Max(_highest, tag);
        }
    }

    // With `multiple` the tag itself has to be one that the broker still waits for, or it closes the channel (406, unknown delivery tag).
    private void AckPrefix()
    {
        var last = 0UL;
        var many = 0;
        for (; _lowest <= _highest && At(_lowest) != State.Running; _lowest++)
        {
            ref var state = ref At(_lowest);
            if (state == State.Done)
            {
                last = _lowest;
                many++;
                _done--;
            }
            state = State.Running; // The place is the next one's.
        }
        if (many > 0)
            ack(last, many > 1);
    }

    private ref State At(ulong tag) => ref _states[tag & (ulong)(_states.Length - 1)];
}

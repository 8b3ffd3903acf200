using System.Diagnostics;
using Warren.Amqp;

namespace Warren.Broker;

/// <summary>Where a connection's octets are on their way out.</summary>
internal enum SendState
{
    /// <summary>Nothing is being sent.</summary>
    Idle,

    /// <summary>One thread sends; whatever others append waits for it.</summary>
    Sending,

    /// <summary>The socket's buffer is full; the transport waits until it can be written.</summary>
    Blocked,
}

/// <summary>
/// One connection's frames on their way out: those the engine appends inside the turn, and those that a thread sends outside of it.
/// </summary>
internal sealed class Outbound
{
    // An array larger than this goes back to the pool after every send: its copy costs more than the pool does.
    private const int KeptOctets = 64 * 1024;

    /// <summary>Owned by the turn.</summary>
    public SendState State { get; set; }

    /// <summary>Owned by the turn.</summary>
    public FrameBuffer Pending { get; private set; } = new();

    /// <summary>True when the engine was told that there is no room and waits to hear that there is. Owned by the turn.</summary>
    public bool WasFull { get; set; }

    /// <summary>What is left to send. Owned by whoever set <see cref="SendState.Sending"/>.</summary>
    public ReadOnlyMemory<byte> Rest => _sending.Written[_sent..];

    /// <summary>Everything on its way, in octets. While another thread sends, what it has just sent may still count.</summary>
    public int Octets => Pending.Length + _sending.Length - Volatile.Read(ref _sent);

    private FrameBuffer _sending = new();
    private int _sent;

    /// <summary>What was appended becomes what is sent. Inside the turn.</summary>
    public void Swap()
    {
        Debug.Assert(_sending.Length == 0, "What is being sent must be finished first.");
        (Pending, _sending) = (_sending, Pending);
    }

    /// <summary>Octets went out. By the sender.</summary>
    public void Advance(int octets) => Volatile.Write(ref _sent, _sent + octets);

    /// <summary>Everything went out. Inside the turn.</summary>
    public void Finish()
    {
        if (_sending.Length > KeptOctets)
            _sending.Dispose();
        else
            _sending.Clear();
        _sent = 0;
    }

    /// <summary>Gives the arrays back; an idle connection holds none. Inside the turn, when nothing is being sent.</summary>
    public void Release()
    {
        if (Pending.Length == 0)
            Pending.Dispose();
        if (State == SendState.Idle)
            _sending.Dispose();
    }

    /// <summary>Forgets everything. Inside the turn, when nobody sends any more.</summary>
    public void Discard()
    {
        Pending.Dispose();
        _sending.Dispose();
        _sent = 0;
    }
}

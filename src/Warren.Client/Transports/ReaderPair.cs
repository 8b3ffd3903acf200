using System.Diagnostics;

namespace Warren.Client;

/// <summary>
/// Two threads that take turns at reading one socket. Whoever has read a batch passes the baton on and runs the batch's handlers itself:
/// the road of a call has no thread hand-off, and yet no user code ever holds up the reading. While one of them is busy with handlers,
/// the other reads alone and gives what it reads to the thread pool.
/// </summary>
/// <param name="transport">The socket.</param>
/// <param name="receiver">Takes what is read.</param>
/// <param name="spinTicks">How long to look for more, in ticks of the stopwatch.</param>
/// <param name="replySpinTicks">How long to look for a reply that is expected.</param>
internal sealed class ReaderPair(LinuxSocketTransport transport, Receiver receiver, long spinTicks, long replySpinTicks)
{
    private const int WaiterSpins = 5; // The baton comes later than the next octets: a whole batch of handlers may lie between.

    private readonly Baton _baton = new();
    private readonly Lookout _lookout = new(spinTicks, replySpinTicks, receiver.Expected); // Owned by who holds the baton, but for IsBusy.

    public void Start()
    {
        StartThread(hasBaton: true);
        StartThread(hasBaton: false);
    }

    private void StartThread(bool hasBaton) =>
        new Thread(() => Loop(hasBaton)) { IsBackground = true, Name = "Warren reader" }.Start();

    private void Loop(bool hasBaton)
    {
        var batch = new ReadBatch();
        while (hasBaton || _baton.Wait(new YieldingSpin(_lookout.IsBusy ? WaiterSpins * spinTicks : 0)))
        {
            hasBaton = false;
            batch.Collect();
            var goesOn = TryRead(batch);
            ReadBatch.StopCollecting(); // Handlers may cause work on other connections, which is not of this batch.
            if (!goesOn)
                return;
            batch.Run();
        }
    }

    // Reads until a batch has work and the other thread has taken the baton; false at the end of the connection.
    private bool TryRead(ReadBatch batch)
    {
        Exception? failure = null;
        try
        {
            while (Receive() is > 0 and var received)
            {
                receiver.Advance(received);
                if (batch.IsEmpty)
                    continue;
                if (_baton.TryPass())
                    return true;
                batch.Queue();
            }
        }
        catch (Exception e) // An IOException or an ObjectDisposedException; whatever else it may be ends no more than the connection.
        {
            failure = e;
        }
        _baton.Close();
        receiver.End(failure);
        batch.Queue();
        return false;
    }

    private int Receive()
    {
        _lookout.Begin(Stopwatch.GetTimestamp());
        var received = transport.Receive(receiver.GetSpace(), _lookout);
        _lookout.Receive(Stopwatch.GetTimestamp());
        return received;
    }
}

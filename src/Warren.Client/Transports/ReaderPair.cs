namespace Warren.Client;

/// <summary>
/// Two threads that take turns at reading one socket. Whoever has read a batch passes the baton on and runs the batch's handlers itself:
/// the road of a call has no thread hand-off, and yet no user code ever holds up the reading. While one of them is busy with handlers,
/// the other reads alone and gives what it reads to the thread pool.
/// </summary>
internal sealed class ReaderPair(LinuxSocketTransport transport, Receiver receiver)
{
    private readonly Baton _baton = new();

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
        while (hasBaton || _baton.Wait())
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
            while (transport.Receive(receiver.GetSpace()) is > 0 and var received)
            {
                receiver.Advance(received);
                if (batch.IsEmpty)
                    continue;
                if (_baton.TryPass())
                    return true;
                batch.Queue();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            failure = e;
        }
        _baton.Close();
        receiver.End(failure);
        batch.Queue();
        return false;
    }
}

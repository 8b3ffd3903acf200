namespace Warren.Client;

/// <summary>
/// Any stream: TLS everywhere, plain TCP on systems other than Linux. A stream cannot promise not to wait, so every send goes
/// through the writer thread.
/// </summary>
internal sealed class StreamTransport(Stream stream, Action abort) : ITransport
{
    public bool HasWriter => true;

    public int TrySend(ReadOnlySpan<byte> octets) => 0;

    public void Send(ReadOnlySpan<byte> octets)
    {
        stream.Write(octets);
        stream.Flush();
    }

    public void Start(Receiver receiver) => new Thread(() => ReceiveLoop(receiver)) { IsBackground = true, Name = "Warren reader" }.Start();

    public void Abort() => abort();

    public void Dispose() => stream.Dispose();

    private void ReceiveLoop(Receiver receiver)
    {
        Exception? failure = null;
        try
        {
            while (true)
            {
                var received = stream.Read(receiver.GetSpace());
                if (received == 0)
                    break;
                receiver.Advance(received);
            }
        }
        catch (Exception e) // An IOException or an ObjectDisposedException; whatever else it may be ends no more than the connection.
        {
            failure = e;
        }
        receiver.End(failure);
    }
}

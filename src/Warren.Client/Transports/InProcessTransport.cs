using Warren.Amqp;

namespace Warren.Client;

/// <summary>A broker in this process: the same frames, and no socket between.</summary>
internal sealed class InProcessTransport(IInProcessBroker broker) : ITransport, IOctetSink
{
    private IOctetPipe? _pipe;
    private Receiver? _receiver;

    public bool HasWriter => false;

    public int TrySend(ReadOnlySpan<byte> octets)
    {
        _pipe!.Write(octets);
        return octets.Length;
    }

    public void Send(ReadOnlySpan<byte> octets) => _pipe!.Write(octets);

    public void Start(Receiver receiver)
    {
        _receiver = receiver;
        _pipe = broker.Connect(this);
    }

    public void Received(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var space = _receiver!.GetSpace();
            var part = octets[..Math.Min(space.Length, octets.Length)];
            part.CopyTo(space);
            _receiver.Advance(part.Length);
            octets = octets[part.Length..];
        }
    }

    public void Closed() => _receiver!.End(null);

    public void Abort() => _pipe?.Close();

    public void Dispose() => Abort();
}

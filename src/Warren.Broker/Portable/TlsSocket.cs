using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Warren.Broker;

/// <summary>A client that comes with TLS. The time for its handshake is the time for AMQP's: when that is over, the turn drops it.</summary>
internal sealed class TlsSocket : PumpedPeer
{
    private readonly TlsListener _listener;
    private readonly SslStream _stream;
    private ExternalIdentity? _external; // Written before the first octet of AMQP is read.

    public TlsSocket(BrokerTurn turn, Socket socket, TlsListener listener)
        : base(turn, socket)
    {
        _listener = listener;
        _stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
    }

    public override bool ReadsProxyHeader => true;

    public override ExternalIdentity? External => _external;

    protected override string LocalName => _listener.LocalName;

    // Whether the socket would take it cannot be asked through TLS: everything goes the way of what has to wait.
    public override SendResult Send(Outbound outbound) => SendResult.WouldBlock;

    public override void Shut() => _ = ShutAsync();

    protected override async Task BeginAsync()
    {
        if (Turn.Proxies is { } proxies)
            await ReadProxyHeaderAsync(proxies).ConfigureAwait(false);
        try
        {
            await _stream.AuthenticateAsServerAsync(_listener.Authentication).ConfigureAwait(false);
            _external = _listener.IdentityOf(_stream.RemoteCertificate);
        }
        catch (AuthenticationException e)
        {
            Log.TlsRefused(_listener.Log, Name, LogText.Escape((e.InnerException ?? e).Message));
            throw;
        }
    }

    protected override void End() => _stream.Dispose();

    protected override async ValueTask WaitForOctetsAsync() => await _stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);

    protected override ValueTask<int> ReadAsync(Memory<byte> buffer) => _stream.ReadAsync(buffer);

    protected override ValueTask WriteAsync(ReadOnlyMemory<byte> octets) => _stream.WriteAsync(octets);

    // Takes no octet more than belongs to it: what follows is TLS.
    private async Task ReadProxyHeaderAsync(ProxyProtocolOptions proxies)
    {
        try
        {
            proxies.Check(Remote!);
            var octets = new byte[ProxyHeaderV1.MaxOctets];
            var length = 0;
            ProxyHeader header;
            for (int missing; (missing = -ProxyHeader.Read(octets.AsSpan(0, length), out header)) > 0;)
            {
                if (octets.Length - length < missing)
                    Array.Resize(ref octets, length + missing);
                var count = await Socket.ReceiveAsync(octets.AsMemory(length, missing)).ConfigureAwait(false);
                length += count > 0 ? count : throw new EndOfStreamException();
            }
            Turn.Do(() => Turn.Relay(this, header));
        }
        catch (FormatException e)
        {
            Turn.Do(() => Turn.Departures.Drop(this, e.Message));
            throw new IOException(e.Message, e);
        }
    }

    private async Task ShutAsync()
    {
        try
        {
            await _stream.ShutdownAsync().ConfigureAwait(false);
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has gone already, and the pump sees that.
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Warren.Amqp;

namespace Warren.Bench.Scale;

/// <summary>A connection with no client library around it, so that thousands of them cost this process next to nothing. Blocking.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _body = new byte[1];
    private readonly FrameBuffer _out = new();
    private readonly byte[] _in;
    private int _received;

    /// <summary>Connects and opens the virtual host; with no heartbeat, so that nothing has to be sent later.</summary>
    public RawConnection(IPEndPoint broker, int receiveOctets)
    {
        _in = new byte[receiveOctets];
        _socket.Connect(broker);
        _out.WriteRaw(FrameBuffer.ProtocolHeader);
        _out.WriteMethod(0, new ConnectionStartOk(FieldTable.Empty, "PLAIN", "\0guest\0guest", "en_US"));
        _out.WriteMethod(0, new ConnectionTuneOk(2047, 131072, 0));
        _out.WriteMethod(0, new ConnectionOpen("/"));
        Send();
        Await(MethodId.ConnectionOpenOk);
    }

    public void OpenChannel(ushort number)
    {
        _out.WriteMethod(number, default(ChannelOpen));
        Send();
        Await(MethodId.ChannelOpenOk);
    }

    /// <summary>Declares many queues, a thousand on their way at a time.</summary>
    public void DeclareQueues(ushort channel, int count)
    {
        const int AtOnce = 1000;
        for (var first = 0; first < count; first += AtOnce)
        {
            for (var i = first; i < Math.Min(count, first + AtOnce); i++) _out.WriteMethod(channel, new QueueDeclare($"scale-{i}"));
            Send();
            for (var i = first; i < Math.Min(count, first + AtOnce); i++) Await(MethodId.QueueDeclareOk);
        }
    }

    /// <summary>Publishes one octet to a queue and takes it back: what a client at work waits for.</summary>
    public void RoundTrip(ushort channel, string queue)
    {
        _out.WriteContent(channel, new BasicPublish("", queue), BasicProperties.Empty, _body, 131072);
        _out.WriteMethod(channel, new BasicGet(queue, NoAck: true));
        Send();
        Await(MethodId.BasicGetOk);
    }

    /// <summary>Declares one queue.</summary>
    public void DeclareQueue(ushort channel, string name)
    {
        _out.WriteMethod(channel, new QueueDeclare(name));
        Send();
        Await(MethodId.QueueDeclareOk);
    }

    /// <summary>Publishes so many messages of this size to a queue, and waits until the broker has taken them.</summary>
    public void Publish(ushort channel, string queue, int bodyOctets, int count)
    {
        var body = new byte[bodyOctets];
        for (var i = 0; i < count; i++)
        {
            _out.WriteContent(channel, new BasicPublish("", queue), BasicProperties.Empty, body, 131072);
            Send();
        }
        DeclareQueue(channel, queue); // Its answer comes behind them.
    }

    /// <summary>Begins to consume without acknowledgements, and reads nothing from now on.</summary>
    public void ConsumeDeaf(ushort channel, string queue)
    {
        _out.WriteMethod(channel, new BasicConsume(queue, "deaf", NoAck: true));
        Send();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _out.Dispose();
    }

    private void Send()
    {
        _socket.Send(_out.WrittenSpan);
        _out.Dispose(); // An idle connection keeps no array.
    }

    // Reads until a method of this kind has come; everything before it is of no interest, but for a close.
    private void Await(MethodId awaited)
    {
        while (true)
        {
            var reader = new FrameReader(_in.AsMemory(0, _received), 131072);
            while (reader.TryRead(out var frame))
            {
                var id = frame.Type == FrameType.Method ? MethodPayload.ReadId(frame.Payload) : MethodId.None;
                if (id is MethodId.ConnectionClose or MethodId.ChannelClose) throw new InvalidOperationException($"the broker answered with {id}");
                if (id != awaited) continue;
                Keep(reader.Consumed);
                return;
            }

            Keep(reader.Consumed);
            var count = _socket.Receive(_in.AsSpan(_received));
            if (count == 0) throw new EndOfStreamException("the broker closed the connection");
            _received += count;
        }
    }

    private void Keep(int consumed)
    {
        _in.AsSpan(consumed, _received - consumed).CopyTo(_in);
        _received -= consumed;
    }
}

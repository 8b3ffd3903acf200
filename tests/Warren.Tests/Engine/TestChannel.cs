using System.Text;
using Warren.Amqp;
using Warren.Engine;

namespace Warren.Tests.Engine;

/// <summary>A message as a client sees it.</summary>
internal sealed record Content(PropertiesView Properties, string Body);

/// <summary>One channel of a connection of the harness.</summary>
internal sealed class TestChannel(TestConnection connection, ushort number)
{
    public TestConnection Connection => connection;

    public ushort Number => number;

    private Queue<Frame> Received => connection.Received(number);

    public void Send<TMethod>(in TMethod method)
        where TMethod : struct, IMethod =>
        connection.Send(number, method);

    public TMethod Expect<TMethod>()
        where TMethod : struct, IMethod<TMethod>
    {
        Assert.True(Received.Count > 0, $"Expected {TMethod.Id}, and nothing came.");
        var frame = Received.Dequeue();
        Assert.Equal(FrameType.Method, frame.Type);
        Assert.Equal(TMethod.Id, MethodPayload.ReadId(frame.Payload));
        return MethodPayload.Read<TMethod>(frame.Payload);
    }

    public TAnswer Ask<TMethod, TAnswer>(in TMethod method)
        where TMethod : struct, IMethod
        where TAnswer : struct, IMethod<TAnswer>
    {
        Send(method);
        return Expect<TAnswer>();
    }

    public Content ExpectContent()
    {
        var header = ContentHeader.Read(Received.Dequeue().Payload);
        var body = new List<byte>();
        while ((ulong)body.Count < header.BodyLength)
            body.AddRange(Received.Dequeue().Payload.Span);
        return new Content(header.Properties, Encoding.UTF8.GetString([.. body]));
    }

    /// <summary>How many frames have come and were not looked at.</summary>
    public int Pending => Received.Count;

    /// <summary>The method that comes next.</summary>
    public MethodId PeekMethod() => MethodPayload.ReadId(Received.Peek().Payload);

    /// <summary>The next frame does not matter.</summary>
    public void Skip() => Received.Dequeue();

    public void ExpectNothing() => Assert.True(Received.Count == 0, Received.Count == 0 ? "" : $"Nothing expected, and {Name(Received.Peek())} came.");

    /// <summary>The soft error, and the answer that frees the number.</summary>
    public void ExpectClose(ReplyCode code, string explanation, MethodId method)
    {
        var close = Expect<ChannelClose>();
        Assert.Equal(code.ReplyText(explanation).ToString(), close.ReplyText.ToString());
        Assert.Equal((ushort)code, close.ReplyCode);
        Assert.Equal((method.ClassId(), method.MethodIndex()), (close.FaultClassId, close.FaultMethodId));
        Assert.Contains((connection.Id, number, new Refusal(code, explanation, method)), connection.Harness.Refusals);
        ExpectNothing();
        Send(default(ChannelCloseOk));
        Assert.False(connection.IsClosed);
    }

    public string DeclareQueue(
        string name = "", bool durable = false, bool exclusive = false, bool autoDelete = false, FieldTable arguments = default) =>
        Ask<QueueDeclare, QueueDeclareOk>(new QueueDeclare(name, false, durable, exclusive, autoDelete, false, arguments)).Queue.ToString();

    public void DeclareExchange(string name, string type, bool autoDelete = false, bool @internal = false, FieldTable arguments = default) =>
        Ask<ExchangeDeclare, ExchangeDeclareOk>(new ExchangeDeclare(name, type, AutoDelete: autoDelete, Internal: @internal, Arguments: arguments));

    public void Bind(string queue, string exchange, string key = "", FieldTable arguments = default) =>
        Ask<QueueBind, QueueBindOk>(new QueueBind(queue, exchange, key, false, arguments));

    public void Publish(string body, string key, string exchange = "", bool mandatory = false, BasicProperties? properties = null)
    {
        using var buffer = new FrameBuffer();
        buffer.WriteContent(
            number, new BasicPublish(exchange, key, mandatory), properties ?? BasicProperties.Empty, Encoding.UTF8.GetBytes(body), 131072);
        connection.SendOctets(buffer.Written.ToArray());
    }

    public string Consume(
        string queue, string tag = "", bool noAck = false, bool exclusive = false, FieldTable arguments = default) =>
        Ask<BasicConsume, BasicConsumeOk>(new BasicConsume(queue, tag, false, noAck, exclusive, false, arguments)).ConsumerTag.ToString();

    public void Qos(ushort prefetch, bool global = false) => Ask<BasicQos, BasicQosOk>(new BasicQos(0, prefetch, global));

    /// <summary>The next delivery: its tag, and checks of what stands in it.</summary>
    public ulong ExpectDelivery(string body, bool? redelivered = null, string? consumer = null)
    {
        var deliver = Expect<BasicDeliver>();
        Assert.Equal(body, ExpectContent().Body);
        if (redelivered is not null)
            Assert.Equal(redelivered, deliver.Redelivered);
        if (consumer is not null)
            Assert.Equal(consumer, deliver.ConsumerTag.ToString());
        return deliver.DeliveryTag;
    }

    public void Close()
    {
        Send(new ChannelClose(200, "OK"));
        while (Received.Count > 1)
            Received.Dequeue(); // Deliveries that were on their way.
        Expect<ChannelCloseOk>();
    }

    /// <summary>The first message of a queue, or null.</summary>
    public (BasicGetOk Get, Content Content)? Get(string queue, bool noAck = false)
    {
        Send(new BasicGet(queue, noAck));
        if (MethodPayload.ReadId(Received.Peek().Payload) == MethodId.BasicGetEmpty)
        {
            Expect<BasicGetEmpty>();
            return null;
        }
        return (Expect<BasicGetOk>(), ExpectContent());
    }

    /// <summary>Takes everything from a queue.</summary>
    public string[] Drain(string queue)
    {
        var bodies = new List<string>();
        while (Get(queue, noAck: true) is { } got)
            bodies.Add(got.Content.Body);
        return [.. bodies];
    }

    private static string Name(Frame frame) =>
        frame.Type == FrameType.Method ? MethodPayload.ReadId(frame.Payload).ToString() : frame.Type.ToString();
}

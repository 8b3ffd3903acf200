using Warren.Amqp;

namespace Warren.Fuzz;

/// <summary>T1: frames, methods, headers and tables. What is read says, written again, what it said; and reading takes no more memory than it may.</summary>
public sealed class DecoderTarget : ITarget
{
    private const int FrameMax = 131072;
    private const int MostLookups = 50;

    private readonly FrameBuffer _buffer = new();
    private readonly FrameBuffer _again = new();

    /// <inheritdoc/>
    public string Name => "T1";

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Seeds => Fuzz.Seeds.Frames;

    /// <inheritdoc/>
    public int Run(byte[] input)
    {
        Meter.Run(input, () =>
        {
            Walk(input, isChecked: false);
            return 0;
        });
        return Walk(input, isChecked: true);
    }

    private int Walk(byte[] input, bool isChecked)
    {
        var (last, before, error) = (0, 0, "");
        try
        {
            var reader = new FrameReader(input, FrameMax);
            while (reader.TryRead(out var frame))
            {
                before = last;
                last = frame.Type switch
                {
                    FrameType.Method => (int)ReadMethod(frame.Payload, isChecked),
                    FrameType.Header => (int)ReadHeader(frame.Payload, isChecked),
                    _ => -(int)frame.Type,
                };
            }
        }
        catch (ProtocolException e)
        {
            error = $"{e.ReplyCode} {(e.Message.Length > 24 ? e.Message[..24] : e.Message)}";
        }
        return HashCode.Combine(last, before, error);
    }

    private static PropertyFlags ReadHeader(ReadOnlyMemory<byte> payload, bool isChecked)
    {
        var properties = ContentHeader.Read(payload).Properties;
        if (isChecked && (properties.Flags & PropertyFlags.Headers) != 0)
            CheckTable(properties.Headers);
        return properties.Flags;
    }

    private MethodId ReadMethod(ReadOnlyMemory<byte> payload, bool isChecked)
    {
        var id = MethodPayload.ReadId(payload);
        switch (id)
        {
            case MethodId.ConnectionStart: Read<ConnectionStart>(payload, isChecked, start => start.ServerProperties); break;
            case MethodId.ConnectionStartOk: Read<ConnectionStartOk>(payload, isChecked, start => start.ClientProperties); break;
            case MethodId.ConnectionTune: Read<ConnectionTune>(payload, isChecked); break;
            case MethodId.ConnectionTuneOk: Read<ConnectionTuneOk>(payload, isChecked); break;
            case MethodId.ConnectionOpen: Read<ConnectionOpen>(payload, isChecked); break;
            case MethodId.ConnectionClose: Read<ConnectionClose>(payload, isChecked); break;
            case MethodId.ConnectionUpdateSecret: Read<ConnectionUpdateSecret>(payload, isChecked); break;
            case MethodId.ChannelOpen: Read<ChannelOpen>(payload, isChecked); break;
            case MethodId.ChannelFlow: Read<ChannelFlow>(payload, isChecked); break;
            case MethodId.ChannelClose: Read<ChannelClose>(payload, isChecked); break;
            case MethodId.ExchangeDeclare: Read<ExchangeDeclare>(payload, isChecked, declare => declare.Arguments); break;
            case MethodId.ExchangeDelete: Read<ExchangeDelete>(payload, isChecked); break;
            case MethodId.ExchangeBind: Read<ExchangeBind>(payload, isChecked, bind => bind.Arguments); break;
            case MethodId.ExchangeUnbind: Read<ExchangeUnbind>(payload, isChecked, unbind => unbind.Arguments); break;
            case MethodId.QueueDeclare: Read<QueueDeclare>(payload, isChecked, declare => declare.Arguments); break;
            case MethodId.QueueDeclareOk: Read<QueueDeclareOk>(payload, isChecked); break;
            case MethodId.QueueBind: Read<QueueBind>(payload, isChecked, bind => bind.Arguments); break;
            case MethodId.QueueUnbind: Read<QueueUnbind>(payload, isChecked, unbind => unbind.Arguments); break;
            case MethodId.QueuePurge: Read<QueuePurge>(payload, isChecked); break;
            case MethodId.QueueDelete: Read<QueueDelete>(payload, isChecked); break;
            case MethodId.BasicQos: Read<BasicQos>(payload, isChecked); break;
            case MethodId.BasicConsume: Read<BasicConsume>(payload, isChecked, consume => consume.Arguments); break;
            case MethodId.BasicCancel: Read<BasicCancel>(payload, isChecked); break;
            case MethodId.BasicPublish: Read<BasicPublish>(payload, isChecked); break;
            case MethodId.BasicReturn: Read<BasicReturn>(payload, isChecked); break;
            case MethodId.BasicDeliver: Read<BasicDeliver>(payload, isChecked); break;
            case MethodId.BasicGet: Read<BasicGet>(payload, isChecked); break;
            case MethodId.BasicGetOk: Read<BasicGetOk>(payload, isChecked); break;
            case MethodId.BasicAck: Read<BasicAck>(payload, isChecked); break;
            case MethodId.BasicReject: Read<BasicReject>(payload, isChecked); break;
            case MethodId.BasicRecover: Read<BasicRecover>(payload, isChecked); break;
            case MethodId.BasicNack: Read<BasicNack>(payload, isChecked); break;
        }
        return id;
    }

    // What is reserved, and bits without a meaning, are written as zero: octets are compared from the first writing on, values from the first reading on.
    private void Read<TMethod>(ReadOnlyMemory<byte> payload, bool isChecked, Func<TMethod, FieldTable>? table = null)
        where TMethod : struct, IMethod<TMethod>
    {
        var method = MethodPayload.Read<TMethod>(payload);
        if (!isChecked)
            return;
        _buffer.Clear();
        _buffer.WriteMethod(1, method);
        var again = MethodPayload.Read<TMethod>(_buffer.Written[7..^1]);
        FindingException.Unless(method.Equals(again), $"{TMethod.Id} is another after it was written and read");
        _again.Clear();
        _again.WriteMethod(1, again);
        FindingException.Unless(_again.WrittenSpan.SequenceEqual(_buffer.WrittenSpan), $"{TMethod.Id} is written in two ways");
        if (table is not null)
            CheckTable(table(method));
    }

    // The strict check has let it through: then every reader gets through, and what it reads is what there is.
    private static void CheckTable(FieldTable table)
    {
        var builder = new FieldTableBuilder();
        var lookups = 0;
        foreach (var field in table)
        {
            builder.Add(field.Name, field.Value);
            if (field.Value.TryGetTable(out var inner))
                CheckTable(inner);
            if (lookups++ >= MostLookups)
                continue; // Each goes through the table from its start.
            FindingException.Unless(table.TryGet(field.Name.Span, out _) && table.TryFind(field.Name.Span, out _), "a field that is there is not found");
        }
        FindingException.Unless(builder.ToTable() == table, "a table is another after it was read and built");
        table.ToDictionary();
    }
}

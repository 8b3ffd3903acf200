namespace Warren.Amqp;

// The confirm class: publisher confirms (RabbitMQ).

/// <summary><c>confirm.select</c> (85/10). Puts the channel in confirm mode.</summary>
public readonly record struct ConfirmSelect(bool NoWait = false) : IMethod<ConfirmSelect>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConfirmSelect;

    /// <inheritdoc/>
    public int EncodedLength => 1;

    /// <inheritdoc/>
    public static ConfirmSelect Read(ref WireReader reader)
    {
        var bits = reader.ReadOctet();
        return new((bits & 1) != 0);
    }

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
        writer.WriteOctet((byte)((NoWait ? 1 : 0)));
    }
}

/// <summary><c>confirm.select-ok</c> (85/11). The channel is in confirm mode.</summary>
public readonly record struct ConfirmSelectOk() : IMethod<ConfirmSelectOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.ConfirmSelectOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static ConfirmSelectOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

using System.Runtime.InteropServices;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>
/// x-random, and x-local-random of RabbitMQ 4 (https://www.rabbitmq.com/docs/local-random-exchange): one of the bindings. A broker of one node has no queue
/// that is not local.
/// </summary>
internal sealed class RandomRouter(IEntropy entropy, bool isLocal) : Router
{
    private readonly BindingList _bindings = new();

    /// <inheritdoc/>
    public override bool UsesKeys => false;

    public override void Check(ShortString routingKey, FieldTable arguments)
    {
        if (isLocal && !routingKey.IsEmpty)
            throw new ChannelException(ReplyCode.PreconditionFailed, $"Non empty binding '{routingKey}' key not permitted");
    }

    public override void Check(Destination destination)
    {
        if (!isLocal)
            return;
        if (destination is not Queue queue)
            throw new ChannelException(ReplyCode.PreconditionFailed, "Destination not found");
        if (queue.IsQuorum)
            throw new ChannelException(ReplyCode.PreconditionFailed, "Queue type rabbit_quorum_queue not valid for this exchange type");
    }

    public override void Add(Binding binding) => _bindings.Add(binding);

    public override void Remove(Binding binding) => _bindings.Remove(binding);

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        var bindings = _bindings.Span;
        if (bindings.IsEmpty)
            return;
        var random = 0u;
        entropy.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref random)));
        routes.Add(bindings[(int)((ulong)random * (ulong)bindings.Length >> 32)].Destination);
    }
}

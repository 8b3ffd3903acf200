using System.Diagnostics;
using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The default exchange: every queue is bound to it by its name. Replies to callers come here too.</summary>
internal sealed class DefaultRouter(VirtualHost host) : Router
{
    public override void Add(Binding binding) => throw new UnreachableException("Nothing binds to the default exchange.");

    public override void Remove(Binding binding) => throw new UnreachableException("Nothing binds to the default exchange.");

    public override void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes)
    {
        if (host.Queues.Find(routingKey) is { } queue)
            routes.Add(queue);
        else if (host.ReplyAddresses.Find(routingKey) is { } caller)
            routes.Add(caller);
    }
}

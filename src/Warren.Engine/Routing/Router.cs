using Warren.Amqp;

namespace Warren.Engine;

/// <summary>How an exchange finds the bindings that a message takes: one router per exchange type, and one for the default exchange.</summary>
internal abstract class Router
{
    /// <summary>Refuses a key or arguments that a binding of this type cannot have.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public virtual void Check(ShortString routingKey, FieldTable arguments)
    {
    }

    /// <summary>Refuses what a binding of this type cannot lead to.</summary>
    /// <exception cref="ChannelException">406.</exception>
    public virtual void Check(Destination destination)
    {
    }

    /// <summary>False when a message's further keys (CC, BCC) change nothing: then it asks once.</summary>
    public virtual bool UsesKeys => true;

    public abstract void Add(Binding binding);

    public abstract void Remove(Binding binding);

    /// <summary>Adds every destination to the routes.</summary>
    public abstract void Route(ReadOnlySpan<byte> routingKey, PropertiesView properties, Routes routes);

    /// <summary>The exchange ends.</summary>
    public virtual void End()
    {
    }
}

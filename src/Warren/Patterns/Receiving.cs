namespace Warren;

/// <summary>Taking messages from a queue or from an exchange; a subscription runs until it is disposed and comes back after a lost connection.</summary>
public static class Receiving
{
    /// <summary>
    /// Takes messages from a queue, which is declared first: <c>await bus.ReceiveAsync("hello", (string text) => Console.WriteLine(text))</c>. Several
    /// receivers share the work. A message is done when its handler has returned; a receiver that dies leaves it to another.
    /// </summary>
    /// <remarks>
    /// A handler that throws gives the message back once. When it throws again, or when the body is not a <typeparamref name="T"/>, the message is moved to the
    /// queue <c>NAME.failed</c>, with the reason in the header <c>failed-reason</c>: nothing is lost and nothing loops.
    /// </remarks>
    /// <exception cref="Client.ChannelClosedException">The queue exists and is different (406), or may not be used (403).</exception>
    public static Task<Subscription> ReceiveAsync<T>(this Bus bus, Queue queue, Action<T> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new QueueSource(queue), code, options, cancellationToken);
    }

    /// <inheritdoc cref="ReceiveAsync{T}(Bus, Queue, Action{T}, ReceiveOptions?, CancellationToken)"/>
    public static Task<Subscription> ReceiveAsync<T>(this Bus bus, Queue queue, Func<T, Task> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new QueueSource(queue), code, options, cancellationToken);
    }

    /// <summary>As above; the token fires when the connection is lost, because the message will then be delivered again.</summary>
    /// <inheritdoc cref="ReceiveAsync{T}(Bus, Queue, Action{T}, ReceiveOptions?, CancellationToken)"/>
    public static Task<Subscription> ReceiveAsync<T>(this Bus bus, Queue queue, Func<T, CancellationToken, Task> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new QueueSource(queue), code, options, cancellationToken);
    }

    /// <summary>
    /// Gets messages of an exchange from now on, in a queue of its own that goes with the subscription:
    /// <c>await bus.SubscribeAsync(Exchange.Topic("logs_topic"), ["kern.*"], (string text) => Console.WriteLine(text))</c>. A handler that throws is
    /// logged, and its message counts as done.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="exchange">Declared first.</param>
    /// <param name="routingKeys">What to bind: keys for a direct exchange, patterns for a topic exchange, <c>[""]</c> for a fanout exchange.</param>
    /// <param name="handler">Called with each message; <typeparamref name="T"/> may be <see cref="Message"/>.</param>
    /// <param name="options">How messages are taken.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="Client.ChannelClosedException">The exchange exists and is different (406).</exception>
    public static Task<Subscription> SubscribeAsync<T>(
        this Bus bus, Exchange exchange, IEnumerable<string> routingKeys, Action<T> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new ExchangeSource(exchange, routingKeys), code, options, cancellationToken);
    }

    /// <inheritdoc cref="SubscribeAsync{T}(Bus, Exchange, IEnumerable{string}, Action{T}, ReceiveOptions?, CancellationToken)"/>
    public static Task<Subscription> SubscribeAsync<T>(
        this Bus bus, Exchange exchange, IEnumerable<string> routingKeys, Func<T, Task> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new ExchangeSource(exchange, routingKeys), code, options, cancellationToken);
    }

    /// <summary>As above; the token fires when the connection is lost.</summary>
    /// <inheritdoc cref="SubscribeAsync{T}(Bus, Exchange, IEnumerable{string}, Action{T}, ReceiveOptions?, CancellationToken)"/>
    public static Task<Subscription> SubscribeAsync<T>(
        this Bus bus, Exchange exchange, IEnumerable<string> routingKeys, Func<T, CancellationToken, Task> handler, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        var code = MessageHandler.From(bus, handler);
        return Subscription.StartAsync(bus, new ExchangeSource(exchange, routingKeys), code, options, cancellationToken);
    }
}

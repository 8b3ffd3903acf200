using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>Calling and serving contracts: interfaces with <see cref="RpcContractAttribute"/>.</summary>
public static class Contracting
{
    /// <summary>
    /// A client of a contract: its methods are calls. Make one and use it from any thread: <c>var calculator = bus.Client&lt;ICalculator&gt;();</c>
    /// What a call throws is an <see cref="RpcException"/>, or an <see cref="OperationCanceledException"/> when its token was cancelled.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="options">How the calls are made; by default as <see cref="BusOptions"/> say.</param>
    public static TContract Client<TContract>(this Bus bus, CallOptions? options = null)
        where TContract : class
    {
        ArgumentNullException.ThrowIfNull(bus);
        var contract = RpcContract<TContract>.Get();
        return contract.CreateClient(new ContractClient(bus, contract, options ?? new CallOptions()));
    }

    /// <summary>Serves a contract. Start it as often and in as many processes as there is work: each request goes to one of them.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="service">What the methods do; used by many requests at once.</param>
    /// <param name="options">How requests are taken.</param>
    /// <param name="cancellationToken">Stops the waiting for the first connection.</param>
    /// <exception cref="Client.ChannelClosedException">406: the contract's queue was declared with other options before.</exception>
    public static Task<RpcServer> ServeAsync<TContract>(this Bus bus, TContract service, ServeOptions? options = null, CancellationToken cancellationToken = default)
        where TContract : class
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(service);
        options ??= new ServeOptions();
        options.Check();
        var contract = RpcContract<TContract>.Get();
        return bus.ServeAsync(ContractTopology.QueuesOf(contract, options.DeliveryLimit), new ContractHandler<TContract>(contract, service), options, cancellationToken);
    }

    /// <summary>
    /// Calls all instances of a contract at once, and returns their replies as they come, good ones and faults:
    /// <c>await foreach (var reply in bus.CallAllAsync((ICache cache) =&gt; cache.Clear()))</c>. Ends at the deadline, or after so many replies.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="call">The call; its method returns a task.</param>
    /// <param name="most">After how many replies it ends; as many as come before the deadline by default.</param>
    /// <param name="options">The deadline; that replies were few is no error.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<RpcReply<TReply>> CallAllAsync<TContract, TReply>(
        this Bus bus, Func<TContract, Task<TReply>> call, int most = int.MaxValue, CallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TContract : class
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(call);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var contract = RpcContract<TContract>.Get();
        var noted = new NotedCall();
        var called = call(contract.CreateClient(noted));
        if (called.IsFaulted)
            await called.ConfigureAwait(false); // Wrong arguments, found before they are sent.
        if (noted.Method is not RpcMethod<TReply> method)
            throw new ArgumentException("The call has to call one method of the contract, and no more.", nameof(call));
        var scatter = bus.Scatter(contract.Name, method, ControlMessage.CallWord, noted.Arguments, options);
        await foreach (var reply in scatter.ReadAsync(most, cancellationToken).ConfigureAwait(false))
            yield return reply;
    }

    /// <summary>
    /// Asks running servers, over any broker: <c>ping</c>, <c>info</c> (their methods) or <c>stats</c> (counts and durations). Each instance that answers in
    /// time gives one JSON object.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="question">ping, info or stats.</param>
    /// <param name="service">A contract's address or a queue's name; null asks all there are.</param>
    /// <param name="within">How long to wait for answers, default 1 s.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> DiscoverAsync(
        this Bus bus, string question = InstanceReport.PingWord, string? service = null, TimeSpan? within = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bus);
        if (question is not (InstanceReport.PingWord or InstanceReport.InfoWord or InstanceReport.StatsWord))
            throw new ArgumentException($"'{question}' is not a question. Ask {InstanceReport.PingWord}, {InstanceReport.InfoWord} or {InstanceReport.StatsWord}.", nameof(question));
        var options = new CallOptions { Timeout = within ?? TimeSpan.FromSeconds(1) };
        var scatter = bus.Scatter<ReadOnlyMemory<byte>>(service ?? ContractTopology.Everyone, null, question, default, options);
        await foreach (var reply in scatter.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false))
        {
            if (reply.Fault is null)
                yield return reply.ValueOrDefault;
        }
    }
}

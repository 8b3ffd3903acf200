using System.Diagnostics;

namespace Warren;

/// <summary>What all requests of a server share.</summary>
internal sealed record ServedBy(
    string Queue, RequestHandler Handler, ServeOptions Options, TimeProvider Time, RunningRequests Running, MethodStatistics Statistics)
{
    /// <summary>What spans and metrics call the method.</summary>
    public string NameOf(RpcMethod? method) => CallTelemetry.NameOf(Queue, Handler.Contract, method);
}

/// <summary>A request from its start to its end: its token, its context for the handler's code, its span, its time.</summary>
internal sealed class RunningRequest
{
    private readonly ServedBy _server;
    private readonly Budget _budget;
    private readonly MethodDurations _durations;
    private readonly bool _isTimed;
    private readonly long _started;
    private readonly RequestToken? _source;
    private readonly RequestContext? _context;
    private readonly Activity? _span;
    private RpcStatus? _failure;

    public RunningRequest(ServedBy server, in ServerItem item, RpcMethod? method, Budget budget, RequestKey key, long now, string? callId = null)
    {
        _server = server;
        _budget = budget;
        Item = item;
        Method = method;
        _started = now;
        Key = key;
        Deadline = budget.LeftMs > int.MaxValue ? long.MaxValue : _started + (budget.LeftMs * server.Time.TimestampFrequency / 1000);
        if (server.Handler.TakesToken(method))
            _source = server.Running.Start(Key, Deadline);
        if (server.Handler.TakesContext)
            _context = new RequestContext(callId, callId is null ? item.CallIdOctets() : [], MethodName, item.Attempt, item.Redelivered, Deadline, server.Time, Token);
        _span = CallTelemetry.Serve(server.NameOf(method), item.Properties);
        server.Statistics.Started();
        _durations = server.Statistics.Of(MethodName);
        _isTimed = _durations.Add() || IsStream || _span is not null || CallMetrics.WantsRequests;
    }

    public ServerItem Item { get; private set; }

    public RpcMethod? Method { get; }

    public RequestKey Key { get; }

    /// <summary>A timestamp of the bus's clock.</summary>
    public long Deadline { get; }

    public CancellationToken Token => _source?.Token ?? default;

    /// <summary>Why its token has fired, if it has.</summary>
    public StopReason Stopped => _source?.Reason ?? StopReason.None;

    private string MethodName => Method?.Name ?? "";

    private bool IsStream => Method is { Kind: RpcMethodKind.Stream };

    /// <summary>From here on the request outlives the buffer it came in.</summary>
    public RunningRequest Keep()
    {
        Item = Item.ToOwned(withBody: false);
        return this;
    }

    /// <summary>Starts the handler in its context. False when the request cannot be decoded; then the fault says why.</summary>
    public bool TryStart(out StartedRequest started, out Fault fault)
    {
        var (context, current) = (RequestContext.Current, Activity.Current);
        Enter();
        try
        {
            if (_server.Handler.TryStart(_server.Queue, Item, Method, _budget, Token, out started, out fault))
                return true;
            _failure = fault.Status;
            return false;
        }
        finally
        {
            // They have flowed into what the handler awaits; the next request on this thread has its own.
            if (_context is not null)
                RequestContext.Current = context;
            if (_span is not null)
                Activity.Current = current;
        }
    }

    /// <summary>From here on the running code, and what it awaits, serves this request. In an async method that ends with the method.</summary>
    public void Enter()
    {
        if (_context is not null)
            RequestContext.Current = _context;
        if (_span is not null)
            Activity.Current = _span;
    }

    /// <summary>The handler threw.</summary>
    public void Fails(RpcStatus status) => _failure = status;

    public void End()
    {
        if (_source is not null)
            _server.Running.End(_source);
        _server.Statistics.Left();
        if (_failure is not null)
            _durations.Fail();
        if (!_isTimed)
            return;
        var took = _server.Time.GetElapsedTime(_started);
        _durations.Sample(took, IsStream);
        CallTelemetry.Served(_server.NameOf(Method), _span, _failure, took, _budget.Age);
    }
}

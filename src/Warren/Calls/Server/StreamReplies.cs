using System.Collections.Concurrent;
using Warren.Amqp;

namespace Warren;

/// <summary>The streams that a server sends, found by their request when their caller grants credit.</summary>
internal sealed class StreamReplies
{
    private readonly ConcurrentDictionary<RequestKey, StreamReply> _open = new();

    public StreamReply Open(RunningRequest request)
    {
        var stream = new StreamReply(this, request);
        _open[request.Key] = stream;
        return stream;
    }

    public void Grant(RequestKey key, int credit)
    {
        if (_open.TryGetValue(key, out var stream))
            stream.Grant(credit);
    }

    public void Close(StreamReply stream) => _open.TryRemove(new KeyValuePair<RequestKey, StreamReply>(stream.Key, stream));
}

/// <summary>One stream on its way: how many items its caller takes yet, and the number of the next.</summary>
internal sealed class StreamReply(StreamReplies all, RunningRequest request) : IDisposable
{
    // A caller that grants nothing at all is no Warren client, and takes whatever comes.
    private readonly SemaphoreSlim? _credit = request.Item.Credit > 0 ? new SemaphoreSlim(request.Item.Credit) : null;
    private readonly ShortString _correlationId = request.Item.Properties.CorrelationId.ToOwned();
    private long _next;

    public RequestKey Key => request.Key;

    public Task WaitForCreditAsync(CancellationToken cancellationToken) => _credit?.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>From any thread, also when the stream has just ended.</summary>
    public void Grant(int credit)
    {
        try
        {
            if (credit > 0)
                _credit?.Release(credit);
        }
        catch (SemaphoreFullException)
        {
            // More than can be counted is as good as what there is.
        }
    }

    public BasicProperties NextProperties(ContentType? contentType) =>
        StreamHeaders.Item(contentType, _correlationId, _next++, request.Item.Link.ControlQueue);

    // The semaphore is not disposed, because credit may come this moment; it has nothing to dispose of.
    public void Dispose() => all.Close(this);
}

namespace Warren;

/// <summary>Sends the items of streams, as fast as their callers want them, and then how each ended.</summary>
internal sealed class StreamRunner(ReplySender replies, RequestFaults faults, CallerWatch callers)
{
    private readonly StreamReplies _streams = new();

    /// <summary>The caller of a stream takes more items.</summary>
    public void Grant(RequestKey key, int credit) => _streams.Grant(key, credit);

    public async ValueTask RunAsync(RunningRequest request, IAsyncEnumerable<Payload> items)
    {
        request.Enter(); // The code behind the items runs from here on, piece by piece, and not where the stream was made.
        Fault? fault = null;
        var count = 0L;
        using (callers.Watch(request))
        using (var stream = _streams.Open(request))
        {
            try
            {
                await foreach (var item in items.WithCancellation(request.Token).ConfigureAwait(false))
                {
                    await stream.WaitForCreditAsync(request.Token).ConfigureAwait(false);
                    if (!replies.SendPart(request.Item, item, stream.NextProperties(item.ContentType)))
                        break;
                    count++;
                }
                request.Token.ThrowIfCancellationRequested(); // A stream that ends because it was told to has not ended well.
            }
            catch (Exception e)
            {
                fault = faults.Of(e, request);
                request.Fails(fault.Value.Status);
            }
        }
        if (fault is { } failed)
            replies.Answer(request.Item, failed with { Items = count });
        else
        {
            replies.SendPart(request.Item, default, StreamHeaders.End(request.Item.Properties.CorrelationId, count));
            replies.Settle(request.Item);
        }
        replies.Flush();
        request.End();
    }
}

using Warren.Client;

namespace Warren.Tests.Calls;

public sealed class PendingCallsTests
{
    private readonly List<IPendingCall> _expired = [];
    private readonly List<IPendingCall> _warned = [];

    [Fact]
    public void A_reply_takes_its_call_out_once()
    {
        var pending = new PendingCalls(4, firstGeneration: 100);
        var call = Add(pending);

        Assert.Same(call, pending.Take(call.Id, CallEnd.Replied, out _));
        Assert.Null(pending.Take(call.Id, CallEnd.Replied, out var lastEnd));
        Assert.Equal(CallEnd.Replied, lastEnd);
        Assert.Equal(0, pending.Count);
    }

    [Fact]
    public void A_late_reply_never_meets_the_slot_s_next_call()
    {
        var pending = new PendingCalls(1, firstGeneration: 100);
        var first = Add(pending);
        var lateId = first.Id;
        pending.Take(first);
        var second = Add(pending);

        Assert.NotEqual(lateId, second.Id);
        Assert.Null(pending.Take(lateId, CallEnd.Replied, out var lastEnd));
        Assert.Equal(CallEnd.GivenUp, lastEnd);
        Assert.Same(second, pending.Take(second.Id, CallEnd.Replied, out _));
    }

    [Theory]
    [InlineData(0, 102)]  // A generation that is not yet.
    [InlineData(0, 99)]   // One from before this client.
    [InlineData(3, 101)]  // A slot that was never used.
    public void An_id_that_was_never_given_out_is_unknown(int slot, ulong generation)
    {
        var pending = new PendingCalls(4, firstGeneration: 100);
        var call = Add(pending);

        Assert.Null(pending.Take(new CorrelationId(slot, generation), CallEnd.Replied, out var lastEnd));
        Assert.Equal(CallEnd.None, lastEnd);
        Assert.Equal((0, 101UL), (call.Id.Slot, call.Id.Generation));
    }

    [Fact]
    public void A_deadline_ends_its_call_and_only_that()
    {
        var pending = new PendingCalls(100, firstGeneration: 0);
        var late = Add(pending, deadline: 2000);
        var soon = Add(pending, deadline: 1000, warnAt: 900);

        Assert.True(pending.Expire(899, mayStop: true, _expired, _warned));
        Assert.Empty(_warned);
        pending.Expire(900, mayStop: true, _expired, _warned);
        pending.Expire(950, mayStop: true, _expired, _warned);
        Assert.Equal([soon], _warned);
        Assert.Empty(_expired);
        pending.Expire(1000, mayStop: true, _expired, _warned);
        Assert.Equal([soon], _expired);
        Assert.False(pending.Expire(2000, mayStop: true, _expired, _warned));
        Assert.Equal([soon, late], _expired);
    }

    [Fact]
    public void A_later_call_with_an_earlier_deadline_is_not_overlooked()
    {
        var pending = new PendingCalls(100, firstGeneration: 0);
        Add(pending, deadline: 5000);
        pending.Expire(10, mayStop: true, _expired, _warned);

        var soon = Add(pending, deadline: 20);
        pending.Expire(20, mayStop: true, _expired, _warned);

        Assert.Equal([soon], _expired);
    }

    [Fact]
    public void Past_the_limit_calls_wait_in_order_and_keep_their_deadline()
    {
        var pending = new PendingCalls(1, firstGeneration: 0);
        var first = Add(pending, deadline: 5000);
        var second = new TestCall(5000);
        var third = new TestCall(1000);
        Assert.False(pending.TryAdd(second, null, 5000, out _));
        var secondParked = pending.ParkAsync(second, second.Deadline);
        var thirdParked = pending.ParkAsync(third, third.Deadline);

        Assert.False(pending.TryAdd(new TestCall(1), null, 1, out _));
        pending.Expire(1000, mayStop: true, _expired, _warned);
        Assert.Equal([third], _expired);
        Assert.True(thirdParked.IsCompleted);
        Assert.False(secondParked.IsCompleted);
        pending.Take(first.Id, CallEnd.Replied, out _);

        Assert.True(secondParked.IsCompleted);
        Assert.True(second.HasSlot);
        Assert.Same(second, pending.Take(second.Id, CallEnd.Replied, out _));
    }

    [Fact]
    public void Whoever_takes_a_call_out_is_the_only_one()
    {
        var pending = new PendingCalls(64, firstGeneration: 7);
        var calls = Enumerable.Range(0, 64).Select(_ => Add(pending)).ToArray();
        var taken = 0;

        Parallel.For(0, 64 * 4, i =>
        {
            var call = calls[i % 64];
            if (i % 2 == 0 ? pending.Take(call) : pending.Take(call.Id, CallEnd.Replied, out _) is not null)
                Interlocked.Increment(ref taken);
        });

        Assert.Equal(64, taken);
        Assert.Equal(0, pending.Count);
    }

    [Fact]
    public void The_watch_is_started_once_and_again_after_it_stopped()
    {
        var pending = new PendingCalls(4, firstGeneration: 0);
        var call = new TestCall(10);
        Assert.True(pending.TryAdd(call, null, 10, out var start));
        Assert.True(start);
        Assert.True(pending.TryAdd(new TestCall(10), null, 10, out start));
        Assert.False(start);

        Assert.False(pending.Expire(10, mayStop: true, _expired, _warned));

        Assert.True(pending.TryAdd(new TestCall(10), null, 10, out start));
        Assert.True(start);
    }

    private static TestCall Add(PendingCalls pending, long deadline = long.MaxValue, long? warnAt = null)
    {
        var call = new TestCall(deadline);
        Assert.True(pending.TryAdd(call, null, warnAt ?? deadline, out _));
        return call;
    }

    private sealed class TestCall(long deadline) : IPendingCall
    {
        private readonly TaskCompletionSource _completion = new();

        public CorrelationId Id { get; set; }

        public bool HasSlot { get; set; }

        public long Started => 0;

        public long Deadline => deadline;

        public CallAddress Address { get; } = new("q", isContract: false);

        public RpcMethod? Method => null;

        public int Credit => 0;

        public System.Diagnostics.Activity? Span => null;

        public bool IsAttempt => false;

        public bool TakesMany => false;

        public CallLink? Link { get; set; }

        public SendPosition Position { get; set; }

        public int Refusals { get; set; }

        public byte Sends { get; set; }

        public Task Completion => _completion.Task;

        public bool TryAdd(in CallEvent reply) => false;

        public void Complete(in CallEvent reply) => _completion.TrySetResult();

        public void Fail(Exception reason) => _completion.TrySetException(reason);
    }
}

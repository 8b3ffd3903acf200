using System.Text;

namespace Warren.Tests.Calls;

public sealed class ReplyLogTests
{
    [Fact]
    public void A_reply_comes_back_as_it_was()
    {
        var log = new ReplyLog();
        var fault = new StoredReply(RpcStatus.FailedPrecondition, "application/json", "{\"detail\":1}"u8.ToArray(), "kein Geld \U0001F4B8") { FaultName = "Overdrawn", Outcome = RpcOutcome.MaybeExecuted };
        var value = new StoredReply(null, "", new byte[] { 0, 255 });

        Assert.True(log.TryAdd("fault", fault, storedAt: 7));
        Assert.True(log.TryAdd("", value, storedAt: 8));

        Assert.True(log.TryFind("fault", out var found));
        Assert.Equal(fault with { Body = default }, found with { Body = default });
        Assert.Equal(fault.Body.ToArray(), found.Body.ToArray());
        Assert.True(log.TryFind("", out found));
        Assert.Equal((null, "", "", "", RpcOutcome.Executed, 255), (found.Status, found.ContentType, found.Detail, found.FaultName, found.Outcome, found.Body.Span[1]));
        Assert.Equal(7, log.OldestAt);
        Assert.False(log.TryFind("faul", out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_is_like_a_dictionary_that_forgets_the_oldest(int seed)
    {
        var random = new Random(seed);
        var log = new ReplyLog();
        var model = new Dictionary<string, string>();
        var order = new Queue<string>();

        for (var step = 0; step < 20_000; step++)
        {
            var id = $"call-{random.Next(3000)}";
            if (random.Next(3) > 0)
            {
                var body = new string((char)('a' + (step % 26)), random.Next(100) == 0 ? random.Next(100_000) : random.Next(60));
                Assert.Equal(model.TryAdd(id, body), log.TryAdd(id, StoredReply.Of(body), step));
                if (!order.Contains(id))
                    order.Enqueue(id);
            }
            else if (order.Count > 0)
            {
                for (var drop = random.Next(200) == 0 ? order.Count : 1; drop > 0; drop--)
                {
                    log.RemoveOldest();
                    model.Remove(order.Dequeue());
                }
            }
            Assert.True(model.Count == log.Count && (log.Count > 0 || log.Octets == 0), $"seed {seed}, step {step}");
            id = $"call-{random.Next(3000)}";
            Assert.True(model.GetValueOrDefault(id) == (log.TryFind(id, out var reply) ? Encoding.UTF8.GetString(reply.Body.Span) : null), $"seed {seed}, step {step}, {id}");
        }
    }
}

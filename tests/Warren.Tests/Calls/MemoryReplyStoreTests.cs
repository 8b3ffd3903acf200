using Warren.Tests.Broker;

namespace Warren.Tests.Calls;

public sealed class MemoryReplyStoreTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public async Task The_first_reply_of_an_id_stays()
    {
        var store = new MemoryReplyStore(time: _time);

        await StoreAsync(store, "a", "first");
        await StoreAsync(store, "a", "second");

        Assert.Equal(("first", null), (await FindAsync(store, "a"), await FindAsync(store, "b")));
    }

    [Fact]
    public async Task Past_the_limit_the_oldest_goes()
    {
        var store = new MemoryReplyStore(limit: 3, time: _time);

        for (var i = 0; i < 5; i++)
            await StoreAsync(store, $"{i}", "x");

        Assert.Equal(3, store.Count);
        Assert.Equal((null, null, "x", "x", "x"), (await FindAsync(store, "0"), await FindAsync(store, "1"), await FindAsync(store, "2"), await FindAsync(store, "3"), await FindAsync(store, "4")));
    }

    [Fact]
    public async Task What_is_too_old_is_neither_found_nor_counted()
    {
        var store = new MemoryReplyStore(age: TimeSpan.FromHours(1), time: _time);
        await StoreAsync(store, "old", "x");
        _time.Advance(TimeSpan.FromMinutes(40));
        await StoreAsync(store, "young", "y");

        _time.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal((null, "y", 1), (await FindAsync(store, "old"), await FindAsync(store, "young"), store.Count));
        await StoreAsync(store, "old", "again");
        Assert.Equal("again", await FindAsync(store, "old"));
    }

    [Fact]
    public async Task Large_replies_are_bounded_by_their_octets()
    {
        var store = new MemoryReplyStore(time: _time, maxOctets: 1_000_000);

        for (var i = 0; i < 100; i++)
            await StoreAsync(store, $"{i}", new string('x', 100_000));
        Assert.Equal(9, store.Count);
        Assert.NotNull(await FindAsync(store, "99"));

        await StoreAsync(store, "huge", new string('x', 2_000_000));
        Assert.Equal(1, store.Count);
        Assert.NotNull(await FindAsync(store, "huge"));
        await StoreAsync(store, "small", "x");
        Assert.Equal(("x", null, 1), (await FindAsync(store, "small"), await FindAsync(store, "huge"), store.Count));
    }

    private static ValueTask StoreAsync(MemoryReplyStore store, string id, string value) => store.StoreAsync(id, StoredReply.Of(value), default);

    private static async Task<string?> FindAsync(MemoryReplyStore store, string id) =>
        await store.FindAsync(id, default) is { } reply ? System.Text.Encoding.UTF8.GetString(reply.Body.Span) : null;
}

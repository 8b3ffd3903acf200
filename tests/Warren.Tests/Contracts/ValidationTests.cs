namespace Warren.Tests.Contracts;

/// <summary>ValidationAttributes, on the client before anything is sent and on the server before anything runs.</summary>
public sealed class ValidationTests
{
    private readonly Shop _shop = new();

    private static readonly Line Good = new("bolt", 1);

    private Loopback<IShop> Loopback => new(_shop);

    [Fact]
    public async Task What_is_within_its_bounds_runs()
    {
        Assert.Equal(2, await Loopback.Client.Buy(new Basket("Ann", Good, [Good])));
        await Loopback.Client.Configure(new Settings { Name = "x" });
        await Loopback.Client.Offer([Good, Good], "abc");
        await Loopback.Client.Offer([]);
        await Loopback.Client.Book(new Period(DateOnly.MinValue, DateOnly.MaxValue));

        Assert.Equal(5, _shop.Runs);
    }

    [Fact]
    public async Task The_client_refuses_and_sends_nothing()
    {
        await RefusesAsync(client => client.Buy(new Basket("", Good, [])), "Buy: basket.customer: The field customer must be a string with a minimum length of 1 and a maximum length of 20.");
        await RefusesAsync(client => client.Buy(new Basket("Ann", new Line("bolt", 0), [])), "Buy: basket.first.count: The field count must be between 1 and 100.");
        await RefusesAsync(client => client.Buy(new Basket("Ann", Good, [Good, new Line("bolt", 101)])), "Buy: basket.others[1].count: The field count must be between 1 and 100.");
        await RefusesAsync(client => client.Configure(new Settings { Name = "x", Tags = [] }), "Configure: settings.tags: The field tags must be a string or array type with a minimum length of '1'.");
        await RefusesAsync(client => client.Offer([Good, Good, Good]), "Offer: lines: The field lines must be a string or array type with a maximum length of '2'.");
        await RefusesAsync(client => client.Offer([Good], "ABC"), "Offer: code: The field code must match the regular expression '[a-z]+'.");
        await RefusesAsync(client => client.Offer([new Line("", 1)]), "Offer: lines[0].item: The item field is required.");
        await RefusesAsync(client => client.Book(new Period(DateOnly.MaxValue, DateOnly.MinValue)), "Book: period.to: The period ends before it begins.");
    }

    [Fact]
    public async Task The_server_refuses_and_runs_nothing()
    {
        Assert.StartsWith("basket.customer: The field customer", Loopback.Refusal("Buy", """{"basket":{"customer":"","first":{"item":"bolt","count":1},"others":[]}}"""), StringComparison.Ordinal);
        Assert.StartsWith(
            "basket.others[0].count: The field count", Loopback.Refusal("Buy", """{"basket":{"customer":"A","first":{"item":"b","count":1},"others":[{"item":"b","count":0}]}}"""), StringComparison.Ordinal);
        Assert.StartsWith("period.to: The period ends", Loopback.Refusal("Book", """{"period":{"from":"2030-01-02","to":"2030-01-01"}}"""), StringComparison.Ordinal);
        Assert.Equal(0, _shop.Runs);
        Assert.Equal("3", await new Loopback<ICalculator>(new Calculator()).ReplyAsync("Fib", """{"n":4}"""));
    }

    [Fact]
    public void A_stream_is_refused_when_it_is_asked_for()
    {
        var loopback = Loopback;

        var error = Assert.Throws<RpcException>(() => loopback.Client.Watch(4));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.Empty(loopback.Sent);
    }

    [Fact]
    public void A_stream_is_refused_by_the_server_too()
    {
        Assert.False(RpcContract<IShop>.Get().Handlers[4].TryStartStream(_shop, """{"level":0}"""u8.ToArray(), default, out var items, out var error));

        Assert.Null(items);
        Assert.StartsWith("level: The field level must be between 1 and 3.", error, StringComparison.Ordinal);
    }

    private async Task RefusesAsync(Func<IShop, Task> call, string detail)
    {
        var loopback = Loopback;
        var error = await Assert.ThrowsAsync<RpcException>(() => call(loopback.Client));
        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted, detail), (error.Status, error.Outcome, error.Detail));
        Assert.Empty(loopback.Sent);
        Assert.Equal(0, _shop.Runs);
    }
}

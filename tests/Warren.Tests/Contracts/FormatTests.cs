using System.ComponentModel.DataAnnotations;
using Warren.Tests.Calls;

namespace Warren.Tests.Contracts;

[RpcContract(Format = typeof(HexFormat))]
public interface IStore
{
    Task<Line> Add(Line line, CancellationToken cancellationToken);

    Task<Line?> Find(string item, CancellationToken cancellationToken);

    IAsyncEnumerable<Line> All(CancellationToken cancellationToken);

    Task<int> Count(Ruled wanted, CancellationToken cancellationToken);

    [Raises<TooMany>]
    Task Remove([Required] Line? line, CancellationToken cancellationToken);
}

public sealed record Ruled([property: Range(1, 9)] int Number);

public sealed record TooMany(int Left);

/// <summary>A contract that brings a format of its own.</summary>
public sealed class FormatTests
{
    private readonly Loopback<IStore> _loopback = new(new Stock());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_travel_in_the_format_and_nothing_stands_around_them()
    {
        Assert.Equal(new Line("bolt", 4), await _loopback.Client.Add(new Line("bolt", 3), Cancelled));

        Assert.StartsWith("7B22", _loopback.Sent[0], StringComparison.Ordinal); // {"
        Assert.Equal("application/x-hex", _loopback.LastReply.ContentType!.Name);
    }

    [Fact]
    public async Task Scalars_stay_text()
    {
        Assert.Equal(new Line("nut", 1), await _loopback.Client.Find("nut", Cancelled));
        Assert.Equal(["nut"], _loopback.Sent);
        Assert.Equal(7, await _loopback.Client.Count(new Ruled(7), Cancelled));
        Assert.Equal("7", _loopback.LastReply.ToString());
    }

    [Fact]
    public async Task Null_travels_where_the_contract_has_a_question_mark() => Assert.Null(await _loopback.Client.Find("nothing", Cancelled));

    [Fact]
    public async Task Items_of_a_stream_travel_in_it()
    {
        var items = new List<Line>();
        await foreach (var item in _loopback.Client.All(Cancelled))
            items.Add(item);

        Assert.Equal([new Line("a", 1), new Line("b", 2)], items);
        Assert.Equal([""], _loopback.Sent); // No parameters, no body.
    }

    [Fact]
    public async Task Rules_are_checked_on_both_sides()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => _loopback.Client.Count(new Ruled(10), Cancelled));
        Assert.Contains("The field number must be between 1 and 9", error.Detail, StringComparison.Ordinal);
        Assert.Empty(_loopback.Sent);

        var body = System.Text.Encoding.UTF8.GetString(new HexFormat().Encode(new Ruled(10)).ToOctets().Span);
        Assert.Contains("must be between 1 and 9", _loopback.Refusal("Count", body), StringComparison.Ordinal);
        Assert.Equal(RpcStatus.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => _loopback.Client.Remove(null, Cancelled))).Status);
    }

    [Fact]
    public async Task Faults_stay_json()
    {
        var error = await Assert.ThrowsAsync<RpcFaultException<TooMany>>(() => _loopback.Client.Remove(new Line("bolt", 9), Cancelled));

        Assert.Equal(new TooMany(3), error.Fault);
    }

    [Fact]
    public void A_body_in_another_format_is_refused_by_its_name()
    {
        var add = RpcContract<IStore>.Get().Handlers[0];

        Assert.False(add.TryStart(new Stock(), new ReceivedBody("{}"u8.ToArray(), "application/json"), default, out _, out var error));
        Assert.Equal("the body is 'application/json', and this contract takes application/x-hex", error);
        Assert.StartsWith("the body is not the application/x-hex of a Line: ", _loopback.Refusal("Add", "{}"), StringComparison.Ordinal);
    }

    private sealed class Stock : IStore
    {
        public Task<Line> Add(Line line, CancellationToken cancellationToken) => Task.FromResult(line with { Count = line.Count + 1 });

        public Task<Line?> Find(string item, CancellationToken cancellationToken) => Task.FromResult(item == "nothing" ? null : new Line(item, 1));

        public async IAsyncEnumerable<Line> All([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return new Line("a", 1);
            yield return new Line("b", 2);
        }

        public Task<int> Count(Ruled wanted, CancellationToken cancellationToken) => Task.FromResult(wanted.Number);

        public Task Remove(Line? line, CancellationToken cancellationToken) => throw new RpcFaultException<TooMany>(new TooMany(3), "too many");
    }
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Warren.Client;

namespace Warren.Tests.Calls;

/// <summary>Formats of the application's own on queue addresses and in messages.</summary>
public sealed class BodyFormatTests : IAsyncLifetime
{
    private readonly BusOptions _both = new()
    {
        Formats = [new HexFormat()],
        Json = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() },
    };

    private BoxedBroker _broker = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await BoxedBroker.StartAsync();

    public async ValueTask DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public async Task A_type_that_a_format_handles_travels_in_it_both_ways()
    {
        await using var bus = await _broker.ConnectAsync(new BusOptions { Formats = [new HexFormat()] });
        var seen = "";
        await using var watcher = await bus.ServeAsync("raw", (Request request, CancellationToken _) =>
        {
            seen = $"{request.Properties.ContentType} {System.Text.Encoding.UTF8.GetString(request.Body.Span)}";
            return Task.FromResult(new Payload(request.Body, "application/x-hex"));
        }, cancellationToken: Cancelled);
        await using var server = await bus.ServeAsync("parts", (Part part) => part with { Count = part.Count + 1 }, cancellationToken: Cancelled);

        Assert.Equal(new Part("bolt", 3), await bus.CallAsync<Part, Part>("raw", new Part("bolt", 3), cancellationToken: Cancelled));
        Assert.Equal(new Part("bolt", 4), await bus.CallAsync<Part, Part>("parts", new Part("bolt", 3), cancellationToken: Cancelled));

        Assert.Equal($"application/x-hex {Convert.ToHexString("""{"Name":"bolt","Count":3}"""u8)}", seen);
    }

    [Fact]
    public async Task Scalars_and_octets_never_come_to_a_format()
    {
        await using var bus = await _broker.ConnectAsync(_both);
        await using var server = await bus.ServeAsync("raw", (Request request, CancellationToken _) =>
            Task.FromResult(new Payload($"{request.Properties.ContentType}|{System.Text.Encoding.UTF8.GetString(request.Body.Span)}")), cancellationToken: Cancelled);

        Assert.Equal("text/plain|30", await bus.CallAsync<int, string>("raw", 30, cancellationToken: Cancelled));
        Assert.Equal("|30", await bus.CallAsync<byte[], string>("raw", "30"u8.ToArray(), cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_reply_is_written_as_its_request_was()
    {
        await using var bus = await _broker.ConnectAsync(_both);
        await using var server = await bus.ServeAsync("parts", async (Part part) =>
        {
            await Task.Yield();
            return part;
        }, cancellationToken: Cancelled);
        await using var atOnce = await bus.ServeAsync("parts-at-once", (Part part) => part, cancellationToken: Cancelled);

        foreach (var queue in (string[])["parts", "parts-at-once"])
        {
            var json = await ReplyAsync(bus, queue, new Payload("""{"Name":"nut","Count":1}"""u8.ToArray(), "application/json; charset=utf-8"));
            Assert.Equal(("application/json", """{"Name":"nut","Count":1}"""), json);
            var xml = await ReplyAsync(bus, queue, new Payload(HexFormat.Of("""{"Name":"nut","Count":2}"""), "Application/X-Hex"));
            Assert.Equal("application/x-hex", xml.ContentType);
        }
    }

    [Fact]
    public async Task What_a_format_cannot_read_is_refused_with_its_words()
    {
        await using var bus = await _broker.ConnectAsync(_both);
        await using var server = await bus.ServeAsync("parts", (Part part) => part, cancellationToken: Cancelled);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<Part>("parts", new Payload("{}"u8.ToArray(), "application/x-hex"), cancellationToken: Cancelled));

        Assert.Equal((RpcStatus.InvalidArgument, RpcOutcome.NotExecuted), (error.Status, error.Outcome));
        Assert.StartsWith("the body is not the application/x-hex of a Part: ", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_content_type_that_nobody_reads_is_named()
    {
        await using var bus = await _broker.ConnectAsync(_both);
        await using var server = await bus.ServeAsync("parts", (Part part) => part, cancellationToken: Cancelled);

        var error = await Assert.ThrowsAsync<RpcException>(() => bus.CallAsync<Part>("parts", new Payload("\u0093"u8.ToArray(), "application/msgpack"), cancellationToken: Cancelled));

        Assert.StartsWith("nothing here reads 'application/msgpack' (BusOptions.Formats), and the body is not the JSON of a Part: ", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_travel_in_it_too()
    {
        await using var bus = await _broker.ConnectAsync(_both);
        var received = new TaskCompletionSource<Part>();
        await using var receiver = await bus.ReceiveAsync("parts", (Part part) => received.SetResult(part), cancellationToken: Cancelled);

        await bus.SendAsync("parts", new Part("bolt", 3), cancellationToken: Cancelled);

        Assert.Equal(new Part("bolt", 3), await received.Task.WaitAsync(Cancelled));
    }

    [Fact]
    public async Task Two_formats_with_one_content_type_are_refused()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => _broker.ConnectAsync(new BusOptions { Formats = [new HexFormat(), new HexFormat()] }));

        Assert.Contains("application/x-hex", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("")]
    [InlineData("cbor")]
    [InlineData("a/b c")]
    [InlineData("application/cbor; v=1")]
    [InlineData("a/\u00e9")]
    public void A_format_needs_a_content_type_of_its_own(string name) => Assert.ThrowsAny<ArgumentException>(() => new NamedFormat(name));

    private static async Task<(string ContentType, string Body)> ReplyAsync(Bus bus, string queue, Payload request)
    {
        var seen = new TaskCompletionSource<(string, string)>();
        await using var replies = await bus.ReceiveAsync(new Queue("replies"), (Message message, CancellationToken _) =>
        {
            seen.SetResult((message.Properties.ContentType.ToString(), message.Text));
            return Task.CompletedTask;
        }, cancellationToken: Cancelled);
        await bus.SendAsync(queue, request, new SendOptions { Properties = new() { ReplyTo = "replies" } }, cancellationToken: Cancelled);
        return await seen.Task.WaitAsync(Cancelled);
    }

    private sealed class NamedFormat(string name) : BodyFormat(name)
    {
        public override void Write<T>(System.Buffers.IBufferWriter<byte> to, T value) => throw new NotSupportedException();

        public override T Read<T>(ReadOnlyMemory<byte> body) => throw new NotSupportedException();
    }
}

public sealed record Part(string Name, int Count);

using Warren.Amqp;

namespace Warren.Tests.Calls;

public sealed class WirePropertiesTests
{
    [Theory]
    [InlineData("text/plain", 1)]
    [InlineData("", 10_000)]
    [InlineData("application/cbor", int.MaxValue)]
    public void A_request_carries_what_its_server_needs(string name, int timeoutMs)
    {
        var contentType = name.Length == 0 ? null : ContentType.Named(name);
        var id = new CorrelationId(5, 77);

        var properties = Written(new RequestProperties(contentType, id, "amq.gen-x", timeoutMs, sentAtMs: 1_900_000_000_123));

        Assert.Equal(id.ToString(), properties.CorrelationId.ToString());
        Assert.Equal("amq.gen-x", properties.ReplyTo.ToString());
        Assert.Equal($"{timeoutMs}", properties.Expiration.ToString());
        Assert.Equal(name, properties.ContentType.ToString());
        var headers = properties.Headers.ToDictionary();
        Assert.Equal(timeoutMs, headers["rpc-timeout-ms"]);
        Assert.Equal(1_900_000_000_123, headers["rpc-sent-at"]);
        Assert.False(headers.ContainsKey("rpc-attempt"));
    }

    [Fact]
    public void What_a_request_may_carry_besides_stands_in_its_place()
    {
        var properties = Written(new RequestProperties(ContentType.Text, new CorrelationId(0, 1), "r", 1, 0) { Attempt = 2, Method = "Fib", Credit = 64, WantsNotice = true, MessageId = "m" });

        var headers = properties.Headers.ToDictionary();
        Assert.Equal(2, headers["rpc-attempt"]);
        Assert.Equal("Fib", headers["rpc-method"]);
        Assert.Equal(64, headers["rpc-credit"]);
        Assert.Equal(["r"], (IEnumerable<object?>)headers["BCC"]!);
        Assert.Equal("m", properties.MessageId.ToString());
        Assert.Equal(2, properties.DeliveryMode);
    }

    [Fact]
    public void A_reply_carries_content_type_and_correlation_id_and_no_more()
    {
        Assert.Equal(
            new BasicProperties { ContentType = "text/plain", CorrelationId = "abc" }, Written(new ReplyProperties(ContentType.Text, "abc")).ToProperties());
        Assert.Equal(PropertyFlags.None, Written(new ReplyProperties(null, default)).Flags);
    }

    [Fact]
    public void A_fault_comes_back_from_its_headers()
    {
        var fault = new Fault(RpcStatus.OutOfRange, RpcOutcome.NotExecuted, "47 is too much");

        Assert.True(Fault.TryRead(Written(fault.ToProperties("abc")), out var read));
        Assert.Equal(fault, read);
        Assert.Equal("""{"status":"OutOfRange","outcome":"NotExecuted","detail":"47 is too much"}""", System.Text.Encoding.UTF8.GetString(fault.ToBody()));
    }

    [Fact]
    public void A_plain_reply_is_no_fault_and_an_unknown_status_is_unknown()
    {
        Assert.False(Fault.TryRead(Written(new BasicProperties { Headers = FieldTable.Create(("x", 1)) }), out _));
        Assert.True(Fault.TryRead(Written(new BasicProperties { Headers = FieldTable.Create(("rpc-status", "99")) }), out var fault));
        Assert.Equal((RpcStatus.Unknown, RpcOutcome.MaybeExecuted), (fault.Status, fault.Outcome));
    }

    private static PropertiesView Written<TProperties>(TProperties properties)
        where TProperties : IPropertiesWriter
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        Assert.Equal(octets.Length, writer.Position);
        return PropertiesView.Read(octets);
    }
}

using Warren.Amqp;

namespace Warren.Tests.Amqp;

public class PropertiesTests
{
    private static readonly BasicProperties All = new()
    {
        ContentType = "text/plain",
        ContentEncoding = "utf-8",
        Headers = FieldTable.Create(("a", 1)),
        DeliveryMode = 2,
        Priority = 9,
        CorrelationId = "c",
        ReplyTo = "r",
        Expiration = "60000",
        MessageId = "m",
        Timestamp = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        Type = "t",
        UserId = "guest",
        AppId = "a",
        ClusterId = "k",
    };

    /// <summary>Row 35.</summary>
    [Fact]
    public void All_fourteen_round_trip() => Assert.Equal(All, View(All).ToProperties());

    [Fact]
    public void Any_subset_round_trips()
    {
        for (var mask = 0; mask < 1 << 14; mask += 37)
        {
            var some = Subset(mask);

            Assert.Equal(some, View(some).ToProperties());
        }
    }

    [Fact]
    public void An_empty_value_is_not_an_absent_one()
    {
        var view = View(new BasicProperties { ReplyTo = "" });

        Assert.True(view.Has(PropertyFlags.ReplyTo));
        Assert.False(view.Has(PropertyFlags.CorrelationId));
    }

    [Fact]
    public void No_properties_are_two_zero_octets() => Assert.Equal(new byte[2], default(PropertiesView).Octets.ToArray());

    [Fact]
    public void Cut_properties_are_refused_at_every_length()
    {
        var octets = View(All).Octets;

        for (var length = 0; length < octets.Length; length++)
            Assert.Throws<ProtocolException>(() => PropertiesView.Read(octets[..length]));
    }

    [Fact]
    public void A_continuation_flag_and_octets_left_over_are_refused_and_the_unused_bit_is_not()
    {
        Assert.Throws<ProtocolException>(() => PropertiesView.Read(new byte[] { 0, 1 }));
        Assert.Throws<ProtocolException>(() => PropertiesView.Read(new byte[] { 0, 0, 0 }));
        PropertiesView.Read(new byte[] { 0, 2 });
    }

    private static PropertiesView View(BasicProperties properties)
    {
        var octets = new byte[properties.EncodedLength];
        var writer = new WireWriter(octets);
        properties.Write(ref writer);
        Assert.Equal(octets.Length, writer.Position);
        return PropertiesView.Read(octets);
    }

    private static BasicProperties Subset(int mask)
    {
        var bit = 0;
        return new BasicProperties
        {
            ContentType = Pick(All.ContentType),
            ContentEncoding = Pick(All.ContentEncoding),
            Headers = Pick(All.Headers),
            DeliveryMode = Pick(All.DeliveryMode),
            Priority = Pick(All.Priority),
            CorrelationId = Pick(All.CorrelationId),
            ReplyTo = Pick(All.ReplyTo),
            Expiration = Pick(All.Expiration),
            MessageId = Pick(All.MessageId),
            Timestamp = Pick(All.Timestamp),
            Type = Pick(All.Type),
            UserId = Pick(All.UserId),
            AppId = Pick(All.AppId),
            ClusterId = Pick(All.ClusterId),
        };

        T? Pick<T>(T? value)
            where T : struct => (mask >> bit++ & 1) == 1 ? value : null;
    }
}

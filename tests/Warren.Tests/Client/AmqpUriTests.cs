using Warren.Client;

namespace Warren.Tests.Client;

public class AmqpUriTests
{
    [Fact]
    public void Everything_in_a_uri_is_read()
    {
        var options = ConnectionOptions.Parse(
            "amqp://us%3Aer:p%40ss@one:1234,two,[::1]:99/my%2Fvhost?heartbeat=7&connection_timeout=1500&channel_max=9&frame_max=8192&name=it");

        Assert.Equal([new("one", 1234), new("two", 5672), new("::1", 99)], options.Endpoints);
        Assert.Equal(("us:er", "p@ss", "my/vhost"), (options.UserName, options.Password, options.VirtualHost));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(1.5)), (options.Heartbeat, options.ConnectTimeout));
        Assert.Equal((9, 8192, "it"), (options.ChannelMax, options.FrameMax, options.ConnectionName));
    }

    [Theory]
    [InlineData("amqp://")]
    [InlineData("amqp://localhost")]
    [InlineData("amqp://localhost/")]
    [InlineData("amqp://guest:guest@localhost:5672/%2f")]
    public void What_is_left_out_is_guest_at_localhost_on_the_usual_port(string uri)
    {
        var options = ConnectionOptions.Parse(uri);

        Assert.Equal([new("localhost", 5672)], options.Endpoints);
        Assert.Equal(("guest", "guest", "/"), (options.UserName, options.Password, options.VirtualHost));
        Assert.Null(options.Tls);
    }

    [Fact]
    public void Amqps_means_tls_on_5671_with_verification()
    {
        var options = ConnectionOptions.Parse("amqps://host/?server_name_indication=other");

        Assert.Equal([new("host", 5671)], options.Endpoints);
        Assert.Equal("other", options.Tls!.TargetHost);
        Assert.Null(options.Tls.RemoteCertificateValidationCallback);
    }

    /// <summary>Row 7.</summary>
    [Theory]
    [InlineData("amqp://host/", LoginMechanism.Plain)]
    [InlineData("amqp://host/?auth_mechanism=plain", LoginMechanism.Plain)]
    [InlineData("amqps://host/?auth_mechanism=external", LoginMechanism.External)]
    [InlineData("amqps://host/?auth_mechanism=EXTERNAL", LoginMechanism.External)]
    public void The_login_mechanism_is_read(string uri, LoginMechanism expected) => Assert.Equal(expected, ConnectionOptions.Parse(uri).LoginMechanism);

    [Theory]
    [InlineData("http://host/", "does not start with amqp://")]
    [InlineData("host:5672", "does not start with amqp://")]
    [InlineData("amqp://host:70000/", "'70000'; write a whole number from 1 to 65535")]
    [InlineData("amqp://host:x/", "port")]
    [InlineData("amqp://[::1/", "bracket")]
    [InlineData("amqp://host/a/b", "%2f")]
    [InlineData("amqp://host/?heartbeat=soon", "heartbeat")]
    [InlineData("amqp://host/?colour=red", "Unknown option 'colour'")]
    [InlineData("amqp://host/?cacertfile=x.pem", "amqps://")]
    [InlineData("amqp://host/?auth_mechanism=external", "amqps://")]
    [InlineData("amqps://host/?auth_mechanism=amqplain", "write plain or external")]
    [InlineData("amqps://host/?auth_mechanism=plain&auth_mechanism=external", "stands twice")]
    [InlineData("amqps://host/?verify=verify_none", "cannot switch the verification")]
    public void A_bad_uri_is_refused_with_the_part_at_fault(string uri, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => ConnectionOptions.Parse(uri)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_password_is_in_no_text_about_the_uri()
    {
        Assert.DoesNotContain("secret", ConnectionOptions.Parse("amqp://user:secret@host/").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Assert.Throws<FormatException>(() => ConnectionOptions.Parse("http://user:secret@host/")).Message, StringComparison.Ordinal);
    }
}
